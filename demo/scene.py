"""What a demo process says of itself, and what its people have at hand when they answer.

A module ``demo/<key>.py`` of a process gives ``ANSWERS``: user task id -> a function that answers it plausibly from a
scene. If people begin the process by hand it gives ``OPENING`` too, and ``SCENARIOS``: the cases of the demo city.
Answers vary with ``scene.chance`` (seeded) and follow the case's ``wishes`` where a scenario has any.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from demo.city import CITY
from demo.photos import photo, signature
from engine.model import ProcessInstance, UserTask
from records.attachments import Belonging, receive
from records.base import CaseMixin
from records.blobs import BlobStore
from records.clock import ZONE, Clock, today
from records.people import Actor, Role, User
from records.registry import Establishment
from records.store import Store

F = TypeVar("F", bound=CaseMixin)
Answers = dict[str, Any]
Answer = Callable[["Scene"], Answers]


@dataclass(frozen=True)
class Opening:
    """How people begin a process: who (a role code), with what, and about how often in a year of one district."""

    role: str
    answers: Answer
    a_year: int


@dataclass(frozen=True)
class Scenario:
    """A case of the demo city: begun ``ago`` days before today, played until a user task is open for the nth time.

    ``until``: that user task's id, or ``end``. ``wishes``: what its answers should say. ``ending``: of the name of the
    establishment it is about. ``cancelled``: the reason for which it is called off where it stops.
    """

    until: str
    ago: int
    wishes: Mapping[str, Any] = field(default_factory=dict)
    times: int = 1
    district: str = "450203"
    ending: str = ""
    cancelled: str = ""


@dataclass
class Scene:
    """One person before one form: the case, what is visible there, and the things at hand.

    ``task``, ``case`` and ``data`` (what is visible at the user task, by element id) are empty while a case is begun.
    """

    session: Session
    clock: Clock
    blobs: BlobStore
    chance: random.Random
    actor: Actor
    region_code: str
    establishment: Establishment | None
    wishes: Mapping[str, Any]
    case: ProcessInstance | None = None
    task: UserTask | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    def wish(self, name: str, otherwise: Any) -> Any:
        """What the scenario wants of this answer, or the plausible default."""
        return self.wishes.get(name, otherwise)

    @property
    def place(self) -> Establishment:
        """The establishment that the case is about. Raises LookupError where it is about none."""
        if self.establishment is None:
            raise LookupError("the case is about no establishment")
        return self.establishment

    @property
    def case_id(self) -> str:
        """The id of the case. Raises LookupError while it is begun."""
        if self.case is None:
            raise LookupError("the case is not begun yet")
        return self.case.id

    # -- time ---------------------------------------------------------------------------------------------------------

    def moment(self, **since: float) -> str:
        """Now plus ``timedelta(**since)``, as a form's date-and-time control gives it."""
        return moment(self.clock.now() + timedelta(**since))

    def day(self, days: int = 0) -> str:
        """Today plus some calendar days, as a date control gives it."""
        return (today(self.clock) + timedelta(days=days)).isoformat()

    # -- things -------------------------------------------------------------------------------------------------------

    def picture(self) -> str:
        """The id of a fresh photo taken at the establishment now."""
        return self.keep(photo(self.chance, self.clock.now(), *self._where()), "现场照片.jpg")

    def sign(self) -> str:
        """The id of a fresh signature."""
        return self.keep(signature(self.chance), "签字.png")

    def position(self) -> dict[str, Any]:
        """Where the person stands: within some tens of metres of the registered site."""
        latitude, longitude = self._where()
        return {
            "latitude": round(latitude + self.chance.uniform(-0.0004, 0.0004), 6),
            "longitude": round(longitude + self.chance.uniform(-0.0004, 0.0004), 6),
            "accuracy": 12,
            "taken_at": self.moment(),
            "is_mock": False,
        }

    def keep(self, content: bytes, filename: str) -> str:
        """The id of an attachment that this person adds to the case."""
        here = self.establishment or self.case or self.actor_home()
        belonging = Belonging(
            region_code=here.region_code,
            region_path=here.region_path,
            establishment_id=self.establishment.id if self.establishment else None,
            process_instance_id=self.case.id if self.case else None,
        )
        return receive(
            Store(self.session, self.clock, self.actor), self.blobs, io.BytesIO(content), filename, belonging
        ).id

    # -- people and facts ---------------------------------------------------------------------------------------------

    def actor_home(self) -> User:
        """The account of whoever answers."""
        return self.session.get_one(User, self.actor.id)

    def people(self, role: str) -> list[User]:
        """The people with a role in the case's region, or else in the city; whoever answers is left out."""
        return self._people(role, self.region_code) or self._people(role, CITY)

    def _people(self, role: str, region_code: str) -> list[User]:
        found = select(User).where(User.roles.any(Role.name == role), User.active, User.deleted_at.is_(None))
        found = found.where(User.region_code == region_code, User.id != self.actor.id)
        return list(self.session.scalars(found.order_by(User.username)))

    def newest(self, kind: type[F]) -> F:
        """The newest fact of a kind that the case has. Raises LookupError."""
        of_case = select(kind).where(kind.process_instance_id == self.case_id)
        found = self.session.scalars(of_case.order_by(kind.effective_at.desc(), text("id DESC")).limit(1)).first()
        if found is None:
            raise LookupError(kind.__name__)
        return found

    def _where(self) -> tuple[float, float]:
        place = self.establishment
        return (24.3, 109.4) if place is None else (place.latitude or 24.3, place.longitude or 109.4)


def moment(at: datetime) -> str:
    """As a form's date-and-time control gives it: local, to the minute."""
    return at.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")
