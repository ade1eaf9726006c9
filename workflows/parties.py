"""The people and places of a case: the business it concerns, the inspectors, those to be told."""

from __future__ import annotations

from collections.abc import Sequence

from engine.model import JobKind
from engine.process import Step
from records.drill_marks import marked, takes_part
from records.inspections import Inspection
from records.people import User, users_of_establishment
from records.registry import Establishment


def business_of(step: Step) -> Establishment:
    """The establishment that the case concerns."""
    return step.session.get_one(Establishment, step.instance.establishment_id)


def business_named(step: Step, establishment_id: str | None) -> Establishment:
    """Another establishment than the case's, or the same."""
    return step.session.get_one(Establishment, establishment_id)


def subject_name(step: Step) -> str:
    """The name of the establishment that the case concerns; empty where it concerns none."""
    found = step.session.get(Establishment, step.instance.establishment_id or "")
    return "" if found is None else found.name


def tell_business(step: Step, kind: str, text: str) -> None:
    """A notification, and mail after the transaction, for everyone who acts for the business of the case."""
    tell_establishment(step, step.instance.establishment_id or "", kind, text)


def tell_establishment(step: Step, establishment_id: str, kind: str, text: str) -> None:
    """The same for everyone who acts for another business. A drill tells only the businesses that take part in it."""
    if step.instance.is_drill and not takes_part(step.session, step.instance.id, establishment_id):
        step.store.enter("drill.notice_withheld", "establishment", establishment_id, after={"kind": kind, "text": text})
        return
    people = users_of_establishment(step.session, establishment_id)
    tell_people(step, [person.id for person in people], kind, text)


def tell_people(step: Step, user_ids: Sequence[str], kind: str, text: str) -> None:
    """A notification, and mail after the transaction, for these people."""
    step.notify(user_ids, kind, text)
    mail = {"user_ids": list(user_ids), "subject": step.instance.title, "text": marked(text, step.instance)}
    step.job(JobKind.NOTIFICATION, mail, f"mail:{step.clock.new_id()}")


def team(inspection: Inspection) -> tuple[str | None, str | None]:
    """The two inspectors, the one in charge first."""
    return inspection.lead_inspector_id, inspection.second_inspector_id


def names(step: Step, inspection: Inspection) -> list[str]:
    """The inspectors' names."""
    return [step.session.get_one(User, user_id).name for user_id in team(inspection) if user_id]
