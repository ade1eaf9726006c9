"""Processes that begin by the clock: deployed, a job is armed; each occurrence begins one new instance, once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engine import definitions
from engine.bpmn import Again, Waiting
from engine.definitions import Definition
from engine.event_model import EventKind
from engine.expressions import Expressions
from engine.model import Job, JobKind, JobState, ProcessDefinition
from engine.opening import Subject, case_data, new_instance
from engine.process import Process
from engine.process_model import Element, read_model
from engine.rounds import due_round, next_round
from engine.running import Running
from records.clock import Clock
from records.errors import NotFoundError
from records.people import SYSTEM, Organisation, Region


def arm_starts(session: Session, clock: Clock) -> None:
    """Jobs for the timer start events of the versions that are current now; those of other versions are given up."""
    session.flush()
    current = definitions.current_ids(session)
    session.execute(
        update(Job)
        .where(Job.kind == JobKind.START, Job.state == JobState.WAITING)
        .where(Job.payload["definition_id"].as_string().not_in(current.values()))
        .values(state=JobState.CANCELLED)
    )
    for definition in _beginning_by_timer(session, current):
        for event in _timer_starts(definition):
            begun = definitions.current_row(session, definition.key).deployed_at
            _arm(session, clock, definition, event, begun, 0)


def begin_by_timer(session: Session, clock: Clock, processes: Mapping[str, Process], job: Job) -> None:
    """Begin an instance and arm the next occurrence; occurrences that were missed meanwhile count as this one."""
    definition = definitions.by_id(session, job.payload["definition_id"])
    event = definition.element(definition.key, job.element_id or "")
    begun, rounds = datetime.fromisoformat(job.payload["begun"]), int(job.payload["rounds"])
    subject = _subject(session)
    instance = new_instance(
        session, clock, SYSTEM, subject, definition_id=definition.id, key=definition.key,
        name=definition.parts[definition.key].model.name, prefix=processes[definition.key].prefix, is_drill=False,
    )  # fmt: skip
    running = Running(session, clock, SYSTEM, processes, instance, definition)
    again = next_round(running.expressions, _waiting(definition, event, rounds, begun), begun, clock.now())
    after = {"process": definition.key, "business_key": instance.business_key, "element": event.id,
             "due_at": job.due_at.isoformat(), "missed": missed(again, rounds)}  # fmt: skip
    running.store.enter("process_instance.started", "process_instance", instance.id, after=after)
    stamp = {"_by": SYSTEM.id, "_at": clock.now().isoformat()}
    running.start({"case": case_data(instance), event.id: stamp}, event.id)
    running.save()
    if again is not None:
        _arm(session, clock, definition, event, begun, again.rounds)


def missed(again: Again | None, rounds: int) -> int:
    """How many rounds are spent with the one that fires although their time went by unused."""
    return 0 if again is None else again.rounds - rounds - 1


def _beginning_by_timer(session: Session, current: Mapping[str, str]) -> Iterator[Definition]:
    """Those of the current definitions that the clock begins; the others are not even made ready."""
    for key in sorted(current):
        row = session.get_one(ProcessDefinition, current[key])
        if any(map(_is_timer, next(m for m in read_model(row.bpmn.encode()).processes if m.key == key).start_events())):
            yield definitions.by_id(session, row.id)


def _timer_starts(definition: Definition) -> list[Element]:
    return [event for event in definition.parts[definition.key].model.start_events() if _is_timer(event)]


def _is_timer(event: Element) -> bool:
    return event.event is not None and event.event.kind is EventKind.TIMER


def _arm(
    session: Session, clock: Clock, definition: Definition, event: Element, begun: datetime, rounds: int
) -> None:  # fmt: skip
    number = _timer_starts(definition).index(event)
    key = f"start:{definition.id}:{number}:{begun.timestamp():.0f}:{rounds}"
    if session.scalar(select(Job.id).where(Job.idempotency_key == key)) is not None:
        return
    expressions = Expressions.of_region(session, clock, _subject(session).region_code)
    session.add(
        Job(
            id=clock.new_id(),
            kind=JobKind.START,
            state=JobState.WAITING,
            element_id=event.id,
            payload={
                "process_key": definition.key,
                "definition_id": definition.id,
                "begun": begun.isoformat(),
                "rounds": rounds,
            },
            idempotency_key=key,
            created_at=clock.now(),
            due_at=due_round(expressions, _waiting(definition, event, rounds, begun), begun),
        )
    )


def _waiting(definition: Definition, event: Element, rounds: int, begun: datetime) -> Waiting:
    return Waiting("", definition.key, event.id, {}, event.timer, event.event, rounds, begun.isoformat())


def _subject(session: Session) -> Subject:
    """A case that the clock begins is about the whole jurisdiction of the topmost authority.

    While there is none yet, it is about the topmost region. Raises NotFoundError where there is no region either.
    """
    authority = select(Organisation.region_path).where(Organisation.deleted_at.is_(None), Organisation.is_managing)
    path = session.scalar(authority.order_by(func.length(Organisation.region_path)).limit(1))
    known = select(Region).where(Region.deleted_at.is_(None))
    known = known.where(Region.path == path) if path is not None else known.order_by(func.length(Region.path))
    region = session.scalars(known.limit(1)).first()
    if region is None:
        raise NotFoundError
    return Subject(region.code, region.path, None)
