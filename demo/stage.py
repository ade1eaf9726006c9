"""The demo city goes about its work: cases begin, jobs run, people do what is in their inboxes, as time passes.

The same stage plays the city's past for ``make demo`` (scenarios that stop where they should) and a whole year for
``make year`` (everything is done).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from demo.performers import performers, somebody
from demo.repertoire import Repertoire
from demo.scene import Scenario, Scene
from engine import Engine
from engine.definitions import separate_from
from engine.errors import FourEyesError, NotQualifiedError
from engine.jobs import Handlers, run_due
from engine.model import InstanceState, ProcessInstance, TaskKind, UserTask, UserTaskState
from engine.running import Running
from engine.suitability import suitable_people
from records.blobs import BlobStore
from records.calendar import WorkCalendar
from records.clock import ZONE, FixedClock, today
from records.db import Database
from records.errors import ConflictError, ForbiddenError, InvalidAnswersError, NotFoundError
from records.people import Actor, RoleCode, User, actor_of
from records.registry import Establishment

#: when people look into their inboxes on a working day; jobs run at these hours on every day
HOURS = (time(9, 40), time(11, 10), time(14, 30), time(16, 20))
MORNING = time(8, 5)
BUSY = 0.4  # how likely a user task is done when somebody looks at it
MOST_STEPS = 60


@dataclass
class Telling:
    """A scenario under way: its case, how often the user task where it stops was seen open."""

    key: str
    scenario: Scenario
    case_id: str
    seen: set[str] = field(default_factory=set)
    is_over: bool = False


class UnfitAnswerError(ValueError):
    """The demo's answer to a user task is refused."""


class Stage:
    """The city at work. Each deed has a unit of work and a moment of its own."""

    def __init__(
        self, database: Database, engine: Engine, handlers: Handlers, clock: FixedClock, blobs: BlobStore, seed: int
    ) -> None:
        self.database, self.engine, self.handlers, self.clock, self.blobs = database, engine, handlers, clock, blobs
        self.chance = random.Random(seed)
        self.repertoire = Repertoire.load()
        self.tellings: dict[str, Telling] = {}
        self.wishes: dict[str, Mapping[str, Any]] = {}
        self.taken: set[str] = set()
        self.done: Counter[str] = Counter()
        self.unanswered: set[str] = set()  # user tasks that no demo module answers: they stay open
        with database.reading() as session:
            self.calendar = WorkCalendar.load(session)

    # -- the passing of time ------------------------------------------------------------------------------------------

    def days(self, first: date, until: datetime) -> Iterator[date]:
        """Let the days pass up to a moment; gives each when its working hours have come, before anybody works."""
        for number in range((until.astimezone(ZONE).date() - first).days + 1):
            day = first + timedelta(days=number)
            self.clock.move_to(min(datetime.combine(day, MORNING, ZONE), until - timedelta(hours=2)))
            self.run_jobs()
            yield day
            self._pass(day, until)

    def _pass(self, day: date, until: datetime) -> None:
        for hour in HOURS:
            at = datetime.combine(day, hour, ZONE) + timedelta(minutes=self.chance.randint(0, 30))
            if at > until:
                return
            self.clock.move_to(at)
            self.run_jobs()
            if self.calendar.is_working_day(day):
                self.work()

    def play(self, scenarios: Sequence[tuple[str, Scenario]], now: datetime) -> Iterator[str]:
        """Play scenarios up to now, each to where it stops; gives a word per case."""
        today_ = now.astimezone(ZONE).date()
        for day in self.days(today_ - timedelta(days=max(each.ago for _, each in scenarios)), now):
            for key, scenario in scenarios:
                if scenario.ago == (today_ - day).days:
                    yield f"{key} · {scenario.until}"
                    self.begin(key, scenario)
        for telling in list(self.tellings.values()):
            self._catch_up(telling, now)
        self.clock.move_to(now)
        self.run_jobs()

    def _catch_up(self, telling: Telling, now: datetime) -> None:
        """What is left of a scenario happens within the last two hours."""
        for step in range(MOST_STEPS):
            self.clock.move_to(now - timedelta(minutes=max(5, 110 - 5 * step)))
            with self.database.reading() as session:
                own = session.execute(_open_tasks().where(UserTask.process_instance_id == telling.case_id)).all()
            going = [task.id for task in own if not self._stops(task.process_instance_id, task.element_id, task.id)]
            if telling.is_over or not going:
                return
            self.do(going[0])
            self.run_jobs()

    def run_jobs(self) -> None:
        """Whatever is due by now: timers, messages, documents, reminders."""
        while run_due(self.database, self.engine, self.handlers, self.clock, 200):
            pass

    # -- beginnings ---------------------------------------------------------------------------------------------------

    def begin(self, key: str, scenario: Scenario) -> str:
        """Somebody begins a case of a process; gives its id."""
        opening = self.repertoire.openings[key]
        with self.database.unit_of_work() as session:
            place = self._place(session, scenario)
            actor = somebody(session, self.chance, opening.role, scenario.district, place)
            scene = Scene(
                session, self.clock, self.blobs, self.chance, actor, scenario.district, place, scenario.wishes
            )
            instance = self.engine.start(session, key, opening.answers(scene), actor)
            case_id = instance.id
        self.wishes[case_id] = scenario.wishes
        self.tellings[case_id] = Telling(key, scenario, case_id)
        self.done["begun"] += 1
        return case_id

    def _place(self, session: Session, scenario: Scenario) -> Establishment | None:
        """An active establishment of the district that no scenario has yet, of the wanted kind of name if there is one."""
        inside = select(Establishment).where(
            Establishment.region_code == scenario.district, Establishment.status == "active",
            Establishment.deleted_at.is_(None), Establishment.kind != "warehouse",
        )  # fmt: skip
        found = list(session.scalars(inside.order_by(Establishment.id)))
        free = [one for one in found if one.id not in self.taken] or found
        if not free:
            return None
        named = [one for one in free if scenario.ending and one.name.endswith(scenario.ending)]
        place = named[0] if named else free[len(self.taken) * 7 % len(free)]
        self.taken.add(place.id)
        return place

    # -- work ---------------------------------------------------------------------------------------------------------

    def work(self) -> None:
        """Everybody looks at their open user tasks and does some of them."""
        with self.database.reading() as session:
            waiting = session.execute(_open_tasks()).all()
        for task_id, case_id, element_id, created_at in waiting:
            if not self._stops(case_id, element_id, task_id) and self.chance.random() < self._eagerness(created_at):
                self.do(task_id)

    def _eagerness(self, created_at: datetime) -> float:
        """How likely it is done now: the longer it lies there, the likelier."""
        return BUSY if self.clock.now() - created_at < timedelta(days=6) else 0.9

    def _stops(self, case_id: str, element_id: str, task_id: str) -> bool:
        telling = self.tellings.get(case_id)
        if telling is None:
            return False
        if element_id == telling.scenario.until and not telling.is_over:
            telling.seen.add(task_id)
            telling.is_over = len(telling.seen) >= telling.scenario.times
            if telling.is_over and telling.scenario.cancelled:
                self._cancel(telling)
        return telling.is_over

    def _cancel(self, telling: Telling) -> None:
        with self.database.unit_of_work() as session:
            begun_by = session.get_one(User, session.get_one(ProcessInstance, telling.case_id).started_by)
            self.engine.cancel(session, telling.case_id, actor_of(begun_by), telling.scenario.cancelled)

    def do(self, task_id: str) -> None:
        """The right person does one user task, if it is still open and somebody may."""
        with self.database.reading() as session:
            candidates = performers(session, self.chance, today(self.clock), task_id)
        performer = next((actor for actor in candidates if self._has(actor, task_id)), None)
        if performer is None:
            self.done["nobody"] += 1
            return
        try:
            self._complete(task_id, performer)
        except (NotQualifiedError, FourEyesError):  # a certificate ran out, or one did the other step meanwhile
            self._pass_on(task_id)

    def _complete(self, task_id: str, performer: Actor) -> None:
        with self.database.unit_of_work() as session:
            task = session.get_one(UserTask, task_id)
            answer = self.repertoire.answers.get((task.process_key, task.element_id))
            if answer is None:
                self.unanswered.add(f"{task.process_key}.{task.element_id}")
                return
            try:
                self.engine.complete(session, task_id, answer(self._scene(session, task, performer)), performer)
            except InvalidAnswersError as error:
                raise UnfitAnswerError(f"{task.process_key}.{task.element_id}: {error.errors}") from error
            except NotFoundError as error:
                raise UnfitAnswerError(f"{task.process_key}.{task.element_id}: unseen by {performer}") from error
        self.done["completed"] += 1

    def _pass_on(self, task_id: str) -> None:
        """The lead gives the user task to somebody who may do it."""
        with self.database.unit_of_work() as session:
            task = session.get_one(UserTask, task_id)
            lead = somebody(session, self.chance, RoleCode.LEAD, task.region_code, None)
            suitable = suitable_people(session, self.clock, lead, [task], separate_from(session, task))
            if suitable:
                self.engine.assign(session, task_id, suitable[0].id, lead)

    def _scene(self, session: Session, task: UserTask, actor: Actor) -> Scene:
        instance = session.get_one(ProcessInstance, task.process_instance_id)
        place = session.get(Establishment, task.establishment_id or instance.establishment_id or "")
        running = Running.read(session, self.clock, actor, instance)
        data = running.data_at(task.execution_id)
        return Scene(
            session, self.clock, self.blobs, self.chance, actor, task.region_code, place,
            self.wishes.get(instance.id, {}), instance, task, data,
        )  # fmt: skip

    def _has(self, actor: Actor, task_id: str) -> bool:
        """Whether the person has the user task, claiming it if need be."""
        try:
            with self.database.unit_of_work() as session:
                if session.get_one(UserTask, task_id).assignee_id != actor.id:
                    self.engine.claim(session, task_id, actor)
        except (ForbiddenError, NotFoundError, ConflictError):
            return False
        return True


def _open_tasks() -> Select[str, str, str, datetime]:
    return (
        select(UserTask.id, UserTask.process_instance_id, UserTask.element_id, UserTask.created_at)
        .join(ProcessInstance, ProcessInstance.id == UserTask.process_instance_id)
        .where(UserTask.state == UserTaskState.OPEN, UserTask.kind == TaskKind.STEP)
        .where(ProcessInstance.state == InstanceState.ACTIVE)
        .order_by(UserTask.created_at, UserTask.id)
    )
