"""What readers do with an announcement: note that they read it, confirm it, ask for a correction or a withdrawal."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.engine import Engine
from engine.messages import Message
from engine.reasons import ENOUGH, reason_of
from records.announcement_queries import announcement
from records.announcements import AnnouncementState, Receipt
from records.base import Source
from records.clock import Clock
from records.errors import ConflictError, ForbiddenError, NotFoundError
from records.people import SYSTEM, Actor
from records.store import Origin, Store


class NotPublishedError(ConflictError):
    """The announcement is not published, or not any more."""

    slug = "announcement-not-published"
    sentence = "公告不在发布状态"


def note_reading(session: Session, clock: Clock, actor: Actor, announcement_id: str) -> Receipt:
    """The actor, for whom it is meant, has opened it. Twice is once. Raises NotFoundError for everybody else."""
    return _receipt(session, clock, actor, announcement_id)


def confirm(session: Session, clock: Clock, actor: Actor, announcement_id: str) -> Receipt:
    """The actor has read it and says so. Raises NotFoundError, NotPublishedError."""
    receipt = _receipt(session, clock, actor, announcement_id)
    if receipt.confirmed_at is None:
        edition = announcement(session, actor, announcement_id).announcement.edition
        _store(session, clock, actor).correct(receipt, {"confirmed_at": clock.now(), "edition": edition})
    return receipt


def ask_correction(session: Session, engine: Engine, actor: Actor, announcement_id: str, reason: str) -> None:
    """A correction is asked for: the announcement's case takes it, or a new one begins. Raises ForbiddenError."""
    _ask(session, engine, actor, announcement_id, "correction", {"reason": reason_of(reason, ENOUGH)})


def ask_withdrawal(
    session: Session, engine: Engine, actor: Actor, announcement_id: str, reason: str, ground: str
) -> None:
    """A withdrawal is asked for, in the same way; within three working days it is to be done (R-PUB-05)."""
    _ask(session, engine, actor, announcement_id, "withdraw", {"reason": reason_of(reason, ENOUGH), "ground": ground})


def _receipt(session: Session, clock: Clock, actor: Actor, announcement_id: str) -> Receipt:
    found = announcement(session, actor, announcement_id)
    if not found.is_meant:
        raise NotFoundError
    if found.announcement.status != AnnouncementState.PUBLISHED:
        raise NotPublishedError
    if found.receipt is not None:
        return found.receipt
    told = found.announcement
    return _store(session, clock, actor).add(
        Receipt(
            announcement_id=told.id,
            edition=told.edition,
            user_id=actor.id,
            read_at=clock.now(),
            establishment_id=actor.establishment_id,
            region_code=told.region_code,
            region_path=told.region_path,
            is_drill=told.is_drill,
        )
    )


def _ask(
    session: Session, engine: Engine, actor: Actor, announcement_id: str, name: str, content: dict[str, str]
) -> None:
    found = announcement(session, actor, announcement_id)
    told = found.announcement
    if told.status != AnnouncementState.PUBLISHED:
        raise NotPublishedError
    if not found.may_revise:
        raise ForbiddenError
    store = _store(session, engine.clock, actor)
    store.enter(f"announcement.{name}_asked", "announcement", told.id, after=dict(content), reason=content["reason"])
    body = {"announcement_id": told.id, "requested_by": actor.id, **content}
    message = Message(name, told.no or "", body, is_drill=told.is_drill, sent_from=told.process_instance_id)
    engine.correlate(session, message, SYSTEM)


def _store(session: Session, clock: Clock, actor: Actor) -> Store:
    return Store(session, clock, actor, Origin(Source.TASK))
