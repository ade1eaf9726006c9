"""Recording that somebody is away and who stands in meanwhile; and taking it back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.definitions import current_names
from engine.model import Notification
from engine.policy import allowed
from engine.reasons import reason_of
from forms.sentences import say
from records.absences import Absence, AbsenceScope
from records.base import Source
from records.clock import Clock, today
from records.errors import ConflictError, ForbiddenError, InvalidAnswersError, NotFoundError
from records.people import Actor, User, actor_of
from records.scope import visible
from records.store import Origin, Store

LONGEST = timedelta(days=366)
Finding = tuple[str, str]  # field, sentence


@dataclass(frozen=True)
class Away:
    """What is said of an absence. ``user_id`` None: the actor's own. ``scope_value``: process key or role code."""

    substitute_id: str
    starts_on: date
    ends_on: date
    user_id: str | None = None
    scope: AbsenceScope = AbsenceScope.ALL
    scope_value: str | None = None
    reason: str | None = None

    def overlaps(self, other: Absence) -> bool:
        """Both ask for a substitute in the same matter on the same day."""
        same_days = self.starts_on <= other.ends_on and other.starts_on <= self.ends_on
        apart = self.scope is other.scope is not AbsenceScope.ALL and self.scope_value != other.scope_value
        return same_days and not apart


def record_absence(session: Session, clock: Clock, actor: Actor, away: Away, source: Source = Source.TASK) -> Absence:
    """Somebody is away: the actor, or a person of the jurisdiction for whom a lead or manager records it.

    Raises InvalidAnswersError with a sentence for each field; NotFoundError, ForbiddenError for foreign people.
    """
    user = _locked_person(session, clock, actor, away.user_id or actor.id)
    errors: dict[str, list[str]] = {}
    for field, sentence in _findings(session, clock, user, away):
        errors.setdefault(field, []).append(sentence)
    if errors:
        raise InvalidAnswersError(errors)
    absence = Absence(
        user_id=user.id,
        substitute_id=away.substitute_id,
        starts_on=away.starts_on,
        ends_on=away.ends_on,
        scope=away.scope,
        scope_value=away.scope_value if away.scope is not AbsenceScope.ALL else None,
        reason=(away.reason or "").strip()[:500] or None,
        region_code=user.region_code,
        region_path=user.region_path,
    )
    Store(session, clock, actor, Origin(source)).add(absence, reason=absence.reason)
    text = f"{user.name} · {absence.starts_on} – {absence.ends_on}"
    for told in sorted({away.substitute_id, user.id} - {actor.id}):
        session.add(Notification(id=clock.new_id(), user_id=told, kind="absence", text=text, at=clock.now()))
    return absence


def end_absence(
    session: Session, clock: Clock, actor: Actor, absence_id: str, reason: str, source: Source = Source.TASK
) -> None:
    """The person is back, or does not go: nobody stands in from now on. What was taken up meanwhile stays taken up."""
    absence = session.get(Absence, absence_id, with_for_update=True, populate_existing=True)
    if absence is None or not allowed("absence.end", actor, absence, session, clock):
        raise NotFoundError
    if absence.deleted_at is not None:
        raise ConflictError
    Store(session, clock, actor, Origin(source)).tombstone(absence, reason=reason_of(reason))


def possible_substitutes(session: Session, user: Actor) -> list[User]:
    """Who could stand in for a person: colleagues of the same business, or of the same region or one above."""
    parts = user.region_path.strip("/").split("/")
    above = [f"/{'/'.join(parts[:depth])}/" for depth in range(1, len(parts) + 1)]
    fitting = select(User).where(
        User.id != user.id,
        User.active,
        User.deleted_at.is_(None),
        User.region_path.in_(above),
        User.establishment_id.is_not_distinct_from(user.establishment_id),
    )
    return list(session.scalars(fitting.order_by(User.region_path.desc(), User.name, User.id).limit(500)))


def _locked_person(session: Session, clock: Clock, actor: Actor, user_id: str) -> User:
    """The person, locked so that two absences are judged one after the other."""
    user = session.get(User, user_id, with_for_update=True, populate_existing=True)
    is_seen = user is not None and (user.id == actor.id or _sees(session, actor, user.id))
    if user is None or user.deleted_at is not None or not is_seen:
        raise NotFoundError
    if not allowed("absence.record", actor, user, session, clock):
        raise ForbiddenError
    return user


def _sees(session: Session, actor: Actor, user_id: str) -> bool:
    return session.scalar(select(User.id).where(User.id == user_id, visible(User, actor))) is not None


def _findings(session: Session, clock: Clock, user: User, away: Away) -> Iterator[Finding]:
    yield from _about_days(clock, away)
    yield from _about_substitute(session, user, away)
    yield from _about_scope(session, user, away)
    for other in _absences_of(session, user.id):
        if away.overlaps(other):
            yield "starts_on", say("与 %(first)s 至 %(last)s 的请假重叠", first=other.starts_on, last=other.ends_on)


def _about_days(clock: Clock, away: Away) -> Iterator[Finding]:
    if away.starts_on < today(clock):
        yield "starts_on", say("开始日期不能早于今天")
    if away.ends_on < away.starts_on:
        yield "ends_on", say("结束日期不能早于开始日期")
    elif away.ends_on - away.starts_on > LONGEST:
        yield "ends_on", say("请假期间最长一年")


def _about_substitute(session: Session, user: User, away: Away) -> Iterator[Finding]:
    substitute = session.get(User, away.substitute_id)
    if away.substitute_id == user.id:
        yield "substitute_id", say("代办人不能是请假人本人")
    elif substitute is None or not substitute.active or substitute.deleted_at is not None:
        yield "substitute_id", say("未找到所选的代办人")
    elif not user.region_path.startswith(substitute.region_path):
        yield "substitute_id", say("代办人的辖区须包含请假人的辖区")
    elif substitute.establishment_id != user.establishment_id:
        yield "substitute_id", say("代办人须与请假人属于同一单位")
    elif any(
        away.starts_on <= own.ends_on and own.starts_on <= away.ends_on for own in _absences_of(session, substitute.id)
    ):
        yield "substitute_id", say("代办人在此期间也请假")


def _about_scope(session: Session, user: User, away: Away) -> Iterator[Finding]:
    if away.scope is AbsenceScope.ROLE and away.scope_value not in actor_of(user).roles:
        yield "scope_value", say("请假人没有所选的角色")
    if away.scope is AbsenceScope.PROCESS and away.scope_value not in current_names(session):
        yield "scope_value", say("没有所选的流程")


def _absences_of(session: Session, user_id: str) -> list[Absence]:
    own = select(Absence).where(Absence.user_id == user_id, Absence.deleted_at.is_(None))
    return list(session.scalars(own.order_by(Absence.starts_on)))
