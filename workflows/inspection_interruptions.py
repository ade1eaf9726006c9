"""What breaks into an inspection: its subject was closed, or the level of an emergency rose."""

from __future__ import annotations

from sqlalchemy import select

from engine.process import Step
from records.inspections import Inspection
from records.people import Role, User
from workflows import words


def record_closure(step: Step) -> None:
    """The subject is closed: the inspection ends with what was seen at its place."""
    inspection = step.session.get_one(Inspection, step.data["prepare_inspection"]["inspection_id"])
    now = step.clock.now()
    step.store.correct(inspection, {"status": "subject_closed", "result_at": now}, reason=_told(step))


def tell_emergency(step: Step) -> None:
    """The inspectors and the leads of the region hear that the emergency level was raised."""
    leads = select(User.id).where(User.roles.any(Role.name == "LEAD"), User.active.is_(True))
    here = leads.where(User.region_code == step.instance.region_code, User.deleted_at.is_(None))
    assigned = step.data.get("inspection_assigned") or {}
    team = [assigned.get("lead_inspector"), assigned.get("second_inspector")]
    told = step.data.get("emergency_level_raised") or {}
    text = words.EMERGENCY_RAISED.format(level=told.get("level") or "")
    step.notify([*filter(None, team), *step.session.scalars(here)], "emergency.raised", text)


def _told(step: Step) -> str | None:
    found: str | None = step.data["closure_record"].get("situation")
    return found
