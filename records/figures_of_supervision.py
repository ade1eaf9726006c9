"""Figures of supervision: filing, tests, inspections, rectification, training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from records.figures import ONE, Part, Question, counted, part
from records.inspections import Inspection, Rectification
from records.people import Qualification, Role, User
from records.registry import Establishment
from records.sampling import Sample, Verdict
from records.scope import within


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
