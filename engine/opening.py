"""How a case begins: whom it is about, its number, its title."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.case_numbers import next_number
from engine.model import ProcessInstance
from records import rows
from records.clock import Clock
from records.drill_marks import MARK
from records.errors import NotFoundError
from records.people import Actor, Region
from records.registry import Establishment


@dataclass(frozen=True)
class Subject:
    """What a case is about: a place, and an establishment when one was chosen."""

    region_code: str
    region_path: str
    establishment: Establishment | None

    @classmethod
    def of_answers(cls, session: Session, answers: Mapping[str, Any], actor: Actor) -> Subject:
        """From the start form's ``establishment``, else its ``region_code``, else the actor's own region.

        Raises NotFoundError for a place outside the actor's jurisdiction.
        """
        chosen, code = answers.get("establishment") or answers.get("establishment_id"), answers.get("region_code")
        if chosen is None and code:
            return cls._of_region(session, str(code), actor)
        if chosen is None:
            return cls(actor.region_path.strip("/").rpartition("/")[2], actor.region_path, None)
        establishment = session.get(Establishment, chosen)
        if establishment is None or not establishment.region_path.startswith(actor.region_path):
            raise NotFoundError
        return cls(establishment.region_code, establishment.region_path, establishment)

    @classmethod
    def _of_region(cls, session: Session, code: str, actor: Actor) -> Subject:
        region = session.scalar(select(Region).where(Region.code == code, Region.deleted_at.is_(None)))
        if region is None or not region.path.startswith(actor.region_path):
            raise NotFoundError
        return cls(region.code, region.path, None)

    @classmethod
    def of_instance(cls, session: Session, instance: ProcessInstance) -> Subject:
        """What another case is about."""
        establishment = None
        if instance.establishment_id is not None:
            establishment = session.get(Establishment, instance.establishment_id)
        return cls(instance.region_code, instance.region_path, establishment)

    @property
    def search_text(self) -> str:
        """What the case is found by, beside its number and title."""
        one = self.establishment
        return "" if one is None else f"{one.name} {one.name_key} {one.credit_code}"


def new_instance(
    session: Session, clock: Clock, actor: Actor, subject: Subject, *,
    definition_id: str, key: str, name: str, prefix: str, is_drill: bool,
) -> ProcessInstance:  # fmt: skip
    """The row of a new case."""
    number = next_number(session, clock, prefix, subject.region_code)
    about = subject.establishment
    plain = name if about is None else f"{name} · {about.name}"
    title = MARK + plain if is_drill else plain
    values = {
        "id": clock.new_id(), "definition_id": definition_id, "process_key": key, "business_key": number,
        "title": title[:200], "region_code": subject.region_code, "region_path": subject.region_path,
        "establishment_id": None if about is None else about.id, "is_drill": is_drill, "started_at": clock.now(),
        "started_by": actor.id, "search_text": f"{number} {title} {subject.search_text}"[:400],
    }  # fmt: skip
    return rows.add(session, ProcessInstance, values)


def case_data(instance: ProcessInstance) -> dict[str, Any]:
    """What models and forms see as ``case``."""
    return {
        "id": instance.id,
        "no": instance.business_key,
        "region_code": instance.region_code,
        "region_path": instance.region_path,
        "establishment_id": instance.establishment_id,
        "is_drill": instance.is_drill,
        "started_at": instance.started_at.isoformat(),
        "started_by": instance.started_by,
    }
