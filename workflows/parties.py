"""The people and places of a case: the business it concerns, the inspectors, those to be told."""

from __future__ import annotations

from engine.process import Step
from records.inspections import Inspection
from records.people import User, users_of_establishment
from records.registry import Establishment


def business_of(step: Step) -> Establishment:
    """The establishment that the case concerns."""
    return step.session.get_one(Establishment, step.instance.establishment_id)


def tell_business(step: Step, kind: str, text: str) -> None:
    """A notification for everyone who acts for the business."""
    people = users_of_establishment(step.session, step.instance.establishment_id or "")
    step.notify([person.id for person in people], kind, text)


def team(inspection: Inspection) -> tuple[str | None, str | None]:
    """The two inspectors, the one in charge first."""
    return inspection.lead_inspector_id, inspection.second_inspector_id


def names(step: Step, inspection: Inspection) -> list[str]:
    """The inspectors' names."""
    return [step.session.get_one(User, user_id).name for user_id in team(inspection) if user_id]
