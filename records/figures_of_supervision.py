"""Figures of supervision: filing, tests, inspections, rectification, training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from records.calendar import WorkCalendar, end_of
from records.disclosure import DisclosureClock
from records.figures import ONE, Part, Question, counted, part
from records.inspections import Inspection, Rectification
from records.people import Qualification, Role, User
from records.problems import ProblemCase, ProblemSource
from records.registry import Establishment
from records.sample_verdicts import Verdict
from records.sampling import Sample
from records.scope import within

#: days of rest that may lie within the time for verifying, beyond two for each working day
REST = 20


def active_establishments(asked: Question) -> ColumnElement[bool]:
    """Those of the region that were filed before the period ended and are in business."""
    return and_(
        Establishment.deleted_at.is_(None),
        Establishment.status == "active",
        Establishment.filed_on <= asked.period.ends_on,
        within(Establishment.region_path, asked.region_path),
    )


def filing_rate(asked: Question) -> Sequence[Part]:
    """Establishments whose filing is complete and whose licence is valid on the last day, of all in business."""
    valid = and_(
        Establishment.licence_no.is_not(None),
        or_(Establishment.licence_expires_on.is_(None), Establishment.licence_expires_on >= asked.period.ends_on),
        Establishment.phone.is_not(None),
        Establishment.latitude.is_not(None),
    )
    return [part(Establishment, counted(valid), ONE).where(active_establishments(asked))]


def test_pass_rate(asked: Question) -> Sequence[Part]:
    """Samples that passed, of those with a conclusion in the period (a re-test's conclusion replaces the first)."""
    concluded = and_(Sample.conclusion.is_not(None), asked.inside(func.coalesce(Sample.final_at, Sample.told_at)))
    return [part(Sample, counted(Sample.conclusion == Verdict.QUALIFIED), ONE).where(asked.of_case(Sample), concluded)]


def test_plan(asked: Question) -> Sequence[Part]:
    """Samples taken, of those planned in the period."""
    taken = and_(Sample.taken_at.is_not(None), Sample.taken_at <= asked.period.ended_at)
    return [part(Sample, counted(taken), ONE).where(asked.of_case(Sample), asked.inside(Sample.created_at))]


def inspection_plan(asked: Question) -> Sequence[Part]:
    """Inspections whose result was told by the end of the period, of those planned in it."""
    done = and_(Inspection.result_at.is_not(None), Inspection.result_at <= asked.period.ended_at)
    planned = asked.on_days(Inspection.planned_on)
    return [part(Inspection, counted(done), ONE).where(asked.of_case(Inspection), planned)]


def rectification_on_time(asked: Question) -> Sequence[Part]:
    """Orders to correct that were answered in time and accepted, of those due in the period."""
    on_time = and_(Rectification.status == "accepted", Rectification.submitted_at <= Rectification.due_at)
    due = asked.inside(Rectification.due_at)
    return [part(Rectification, counted(on_time), ONE).where(asked.of_case(Rectification), due)]


def training_pass(asked: Question) -> Sequence[Part]:
    """Supervisors with a certificate in force on the last day, of all active ones (standard 4.2)."""
    last = asked.period.ends_on
    held = (
        select(Qualification.id)
        .where(
            Qualification.user_id == User.id,
            Qualification.deleted_at.is_(None),
            Qualification.suspended_at.is_(None),
            Qualification.issued_on <= last,
            Qualification.expires_on >= last,
        )
        .exists()
    )
    supervisors = and_(
        User.active, User.deleted_at.is_(None), User.roles.any(Role.name.in_(("INS", "LEAD"))),
        within(User.region_path, asked.region_path),
    )  # fmt: skip
    nobody: Any = User.establishment_id
    return [part(User, counted(held), ONE, owner=nobody).where(supervisors)]


def disclosure_on_time(asked: Question) -> Sequence[Part]:
    """Announcements that were out in time, of those whose clock ended in the period (R-INS-13, R-PUB-01)."""
    ended = and_(DisclosureClock.status.in_(("kept", "late")), asked.inside(DisclosureClock.ended_at))
    kept = counted(DisclosureClock.status == "kept")
    return [part(DisclosureClock, kept, ONE).where(asked.of_case(DisclosureClock), ended)]


def complaint_on_time(asked: Question) -> Sequence[Part]:
    """Complaints verified within R-CMP-01-VERIFY working days, of those whose time ended in the period."""
    in_time, due = [], []
    for begins, ends, due_at in _days_due(asked):
        reported = and_(ProblemCase.created_at >= begins, ProblemCase.created_at < ends)
        due.append(reported)
        in_time.append(and_(reported, ProblemCase.verified_at <= due_at))
    complaints = and_(asked.of_case(ProblemCase), ProblemCase.origin == ProblemSource.COMPLAINT)
    answered = counted(or_(false(), *in_time))
    return [part(ProblemCase, answered, ONE).where(complaints, or_(false(), *due))]


def _days_due(asked: Question) -> Iterator[tuple[datetime, datetime, datetime]]:
    """The days whose reports were due within the period: from, until, due."""
    calendar, wanted = WorkCalendar.load(asked.session, asked.region_code), asked.rule("R-CMP-01-VERIFY")
    day = asked.period.starts_on - timedelta(days=3 * wanted + REST)
    while day <= asked.period.ends_on:
        begins, ends = end_of(day - timedelta(days=1)), end_of(day)
        due_at = calendar.add_working_days(begins + timedelta(hours=1), wanted)
        if asked.period.begun_at < due_at <= asked.period.ended_at:
            yield begins, ends, due_at
        day += timedelta(days=1)
