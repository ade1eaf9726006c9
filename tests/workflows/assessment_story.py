"""Assessments told step by step: a cycle of the city, and the case of each of the assessed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine.completion import Completion
from engine.jobs import run_due
from engine.model import Job, JobKind, ProcessInstance, UserTask, UserTaskState
from engine.running import Running
from records.assessments import AssessmentCycle, AssessmentScore, AssessmentSubject
from records.clock import ZONE
from records.people import Actor, QualificationKind, Role, User, actor_of
from records.registry import Establishment, EstablishmentKind
from records.store import Store
from tests.factories import establishment, qualification
from tests.workflows.story import Story

#: within October, the assessed month
IN_PERIOD = "2026-10-20"


class AssessmentStory(Story):
    """October 2026 in the city: a wholesaler and a market of the district, and the districts' two authorities."""

    cycle_case = ""

    def prepare(self) -> None:
        """Certificates for the assessors, two nodes, and somebody who answers for each."""
        with self.database.unit_of_work() as session:
            store = Store(session, self.clock, self.cast.admin)
            for each in session.scalars(select(User).where(User.username.like("%assessor"))).all():
                qualification(store, each, kind=QualificationKind.ASSESSMENT)
            plant = session.get_one(Establishment, self.cast.business.establishment_id)
            store.correct(plant, {"kind": EstablishmentKind.WHOLESALER})
            owner = session.get_one(User, self.cast.business.id)
            owner.roles = [*owner.roles, session.scalars(select(Role).where(Role.name == "ORG")).one()]
            store.restate(owner, reason="参加考核")
            self.market = establishment(store, name="柳州市鱼峰区东环市场", kind=EstablishmentKind.MARKET)
        with self.database.reading() as session:
            self.owner = actor_of(session.get_one(User, self.cast.business.id))
            self.assessors = {
                each.id: actor_of(each) for each in session.scalars(select(User).where(User.username.like("%assessor")))
            }

    # -- time ---------------------------------------------------------------------------------------------------------

    def at(self, month: int, day: int, hour: int = 9, minute: int = 0, year: int = 2026) -> None:
        """It is this time; everything due is done."""
        self.clock.move_to(datetime(year, month, day, hour, minute, tzinfo=ZONE))
        self.work()

    def work(self) -> None:
        """The worker does what is due."""
        while run_due(self.database, self.engine, {}, self.clock):
            pass

    # -- cases --------------------------------------------------------------------------------------------------------

    def request(self, kind: str = "month", day: str = IN_PERIOD) -> ProcessInstance:
        """The office begins a cycle by hand."""
        answers = {"kind": kind, "any_day": day, "reason": "补发起本周期考核"}
        with self.database.unit_of_work() as session:
            instance = self.engine.start(session, "assessment", answers, self.cast.assessor)
        self.case = self.cycle_case = instance.id
        return instance

    def invite(self) -> None:
        """October is opened on 2 November, and everybody is invited once the data are locked."""
        self.request()
        self.work()

    def subject(self, key: str) -> AssessmentSubject:
        """One of the assessed in the present cycle, by the id of its establishment or organisation."""
        with self.database.reading() as session:
            mine = (AssessmentSubject.cycle_id == self.cycle().id, AssessmentSubject.subject_key == key)
            return session.scalars(select(AssessmentSubject).where(*mine)).one()

    def turn_to(self, key: str) -> AssessmentSubject:
        """What follows is told of this one's case."""
        found = self.subject(key)
        self.case = found.process_instance_id or ""
        return found

    def turn_to_cycle(self) -> None:
        """What follows is told of the whole cycle."""
        self.case = self.cycle_case

    def cycle(self) -> AssessmentCycle:
        """The cycle's record."""
        with self.database.reading() as session:
            found = select(AssessmentCycle).where(AssessmentCycle.process_instance_id == self.cycle_case)
            return session.scalars(found).one()

    def assessed(self) -> list[str]:
        """Everyone assessed in the cycle."""
        with self.database.reading() as session:
            found = select(AssessmentSubject).where(AssessmentSubject.cycle_id == self.cycle().id)
            return [each.subject_key for each in session.scalars(found.order_by(AssessmentSubject.id))]

    # -- deeds --------------------------------------------------------------------------------------------------------

    def rows(self, points: Mapping[str, float] | None = None) -> list[dict[str, Any]]:
        """A row of points for each indicator; as the figures have it, unless told otherwise."""
        given = points or {}
        asked = self.data("open_subject")["rows"]
        usual = {row["code"]: row["max"] if row["points"] is None else row["points"] for row in asked}
        return [{"code": code, "points": given.get(code, points)} for code, points in usual.items()]

    def written(self) -> dict[str, str]:
        """An analysis as the system drafted it."""
        draft = self.data("rank_subjects")
        return {
            "narrative": draft["draft"], "problems": draft["problems"], "suggestions": "对失分较多的指标逐项督促改进。",
        }  # fmt: skip

    def others(self, *but: str) -> None:
        """Everybody else is late, gets the figures' points, and is silent."""
        self.clock.advance(days=8)
        self.work()
        for key in self.assessed():
            if key not in but:
                self.settle(key, None)
        self.clock.advance(days=6)
        self.work()

    @property
    def plant(self) -> str:
        """The key of the wholesaler that the cast's business runs."""
        return self.cast.business.establishment_id or ""

    def self_assess(self, actor: Actor, points: Mapping[str, float] | None = None, **changes: Any) -> Completion:
        """The assessed gives itself points, with evidence of the period where it is wanted."""
        items = []
        for row, asked in zip(self.rows(points), self.data("open_subject")["rows"], strict=True):
            short = row["points"] < asked["max"]
            proof = {"evidence": [self.photo(actor)], "evidence_on": IN_PERIOD} if asked["needs_evidence"] else {}
            items.append(row | proof | ({"note": "部分凭证未及时上传"} if short else {}))
        return self.do("self_assess", actor, **({"items": items, "is_true": True} | changes))

    def review(self, which: str, points: Mapping[str, float] | None = None, **changes: Any) -> Completion:  # type: ignore[override]
        """Whoever was chosen scores."""
        actor = self.reviewer(which)
        told = {row["code"]: row for row in self.data("assign_reviewers")["sheet"]}
        items = []
        for row in self.rows(points):
            own = told[row["code"]]["self"]
            far = own is not None and abs(row["points"] - own) > own * 0.2
            items.append(row | ({"note": "佐证不足，按查实数量计"} if far else {}))
        answers = {"decision": "score", "no_interest": True, "items": items, "veto": "none"}
        return self.do(f"{which}_review", actor, **(answers | changes))

    def reviewer(self, which: str) -> Actor:
        """Who has the review."""
        return self.assessors[self.open_task(f"{which}_review").assignee_id or ""]

    def settle(self, key: str, actor: Actor | None, points: Mapping[str, float] | None = None) -> None:
        """One of the assessed from self-assessment to acceptance; without anybody it is late and silent."""
        self.turn_to(key)
        if actor is not None:
            self.self_assess(actor, points)
        self.review("first", points)
        self.review("second", points)
        if actor is not None:
            self.do("confirm_score", actor, decision="accept")

    def review_business(self, accepted: str) -> Completion:
        """An inspector looks at what the business put right."""
        return self.do("review_rectification", self.cast.inspector, **self._review(accepted))

    def hand(self, element_id: str, to: Actor | None) -> None:
        """The user task goes to somebody, or back to its group."""
        with self.database.unit_of_work() as session:
            task = self.task(element_id, session)
            if to is None:
                self.engine.release(session, task.id, self.cast.superior, "退回重新选派评审")
            else:
                self.engine.assign(session, task.id, to.id, self.cast.superior)

    def analyse(self) -> None:
        """The office writes the analysis, the manager approves."""
        self.turn_to_cycle()
        self.do("write_analysis", self.cast.assessor, **self.written())
        signed = self.photo(self.cast.superior)
        self.do("approve_results", self.cast.superior, decision="approve", signature=signed)
        self.work()

    # -- what is the case ---------------------------------------------------------------------------------------------

    def data(self, element_id: str) -> Any:
        """What an element of the case said."""
        with self.database.reading() as session:
            instance = session.get_one(ProcessInstance, self.case)
            running = Running.read(session, self.clock, self.cast.superior, instance)
            return running.execution.data[element_id]

    def done(self, element_id: str) -> list[UserTask]:
        """The completed user tasks of this name."""
        return [each for each in self._tasks(element_id) if each.state is UserTaskState.COMPLETED]

    def _tasks(self, element_id: str) -> list[UserTask]:
        with self.database.reading() as session:
            of_case = UserTask.process_instance_id == self.case
            return list(session.scalars(select(UserTask).where(of_case, UserTask.element_id == element_id)))

    def sent(self, name: str) -> list[Any]:
        """What was thrown under this name."""
        with self.database.reading() as session:
            jobs = session.scalars(select(Job).where(Job.kind == JobKind.MESSAGE).order_by(Job.created_at, Job.id))
            return [job.payload["content"] for job in jobs if job.payload.get("name") == name]

    def scores(self, kind: str) -> list[AssessmentScore]:
        """The scores of the case that one side gave."""
        return [each for each in self._all(AssessmentScore) if each.kind == kind]

    def case_of(self, process_key: str) -> list[ProcessInstance]:
        """The cases of a process, in the order of their beginning."""
        with self.database.reading() as session:
            found = select(ProcessInstance).where(ProcessInstance.process_key == process_key)
            return list(session.scalars(found.order_by(ProcessInstance.id)))
