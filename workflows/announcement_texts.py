"""What the steps of an announcement look up: its record, its clock, the people in charge, words for codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.model import UserTask, UserTaskState
from engine.process import Step
from records.announcements import Announcement
from records.deadlines import deadline, moved
from records.disclosure import DisclosureClock, DisclosureItem
from records.pauses import Pauses, pauses_of
from records.people import Organisation, Region, User, users_with_role
from records.registry import Establishment
from workflows import announcement_words as words
from workflows.words import last_day


def announcement_of(step: Step) -> Announcement:
    """The announcement that this case brings about."""
    return step.session.get_one(Announcement, step.data["open_announcement"]["announcement_id"])


def clock_of(step: Step, announcement_id: str | None = None) -> DisclosureClock:
    """The clock of its disclosure."""
    wanted = announcement_id or step.data["open_announcement"]["announcement_id"]
    return step.session.scalars(select(DisclosureClock).where(DisclosureClock.announcement_id == wanted)).one()


def due_at(step: Step, clock: DisclosureClock) -> Any:
    """The end of the time for disclosure, the time in which third parties were asked left out."""
    rows = pauses_of(step.session, step.instance.id, rule_code=clock.rule_code)
    pauses = Pauses.of(rows, step.clock.now())
    if clock.due_at is not None:
        return moved(clock.due_at, clock.started_at, pauses)
    return deadline(step.session, clock.rule_code, clock.started_at, step.instance.region_code, pauses).due_at


def due_word(step: Step, announcement: Announcement) -> str:
    """The last day for disclosure, in words."""
    return last_day(due_at(step, clock_of(step, announcement.id)))


def people_in_charge(step: Step, announcement: Announcement, roles: Sequence[str]) -> list[str]:
    """The author, whoever has a step of the case in hand, and the holders of these roles."""
    at_work = select(UserTask.assignee_id).where(
        UserTask.process_instance_id == step.instance.id,
        UserTask.state == UserTaskState.OPEN,
        UserTask.assignee_id.is_not(None),
    )
    found = [announcement.author_id, *step.session.scalars(at_work.order_by(UserTask.id))]
    for role in roles:
        found += [user.id for user in users_with_role(step.session, role, step.instance.region_path)]
    return list(dict.fromkeys(one for one in found if one))


def people_rows(session: Session, ids: Iterable[str]) -> list[dict[str, str]]:
    """People with the business or office that they belong to."""
    found = session.execute(
        select(User.name, Establishment.name, Organisation.name)
        .outerjoin(Establishment, Establishment.id == User.establishment_id)
        .outerjoin(Organisation, Organisation.id == User.organisation_id)
        .where(User.id.in_(list(ids)))
        .order_by(Establishment.name, User.name, User.id)
    )
    return [{"name": name, "unit": business or office or ""} for name, business, office in found]


def level_of(session: Session, region_code: str) -> str:
    """The level of the releasing authority: province, city or district."""
    level = session.scalar(select(Region.level).where(Region.code == region_code))
    return level if level in ("province", "city") else "district"


def item_rows(items: Iterable[DisclosureItem]) -> list[dict[str, Any]]:
    """Items with their decisions, in words."""
    return [
        {
            "code": item.code,
            "label": item.label,
            "decision_word": words.DECISIONS[item.decision] if item.decision else "",
            "shown": item.shown() or "—",
            "ground_word": words.GROUNDS[item.ground] if item.ground else "",
        }
        for item in items
    ]


def items_of(session: Session, announcement_id: str) -> list[DisclosureItem]:
    """The reviewed fields of an announcement: the text, the others as numbered, the files."""
    found = select(DisclosureItem).where(
        DisclosureItem.announcement_id == announcement_id, DisclosureItem.deleted_at.is_(None)
    )
    return sorted(session.scalars(found), key=lambda item: (len(item.code), item.code))
