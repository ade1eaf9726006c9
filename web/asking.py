"""From a request to what is asked or answered in a side task."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from engine.model import TaskKind
from engine.side_tasks import MOST_FILES, Ask, Decision, Reply
from records.calendar import end_of
from records.clock import today
from records.errors import DomainError
from records.people import Actor
from web.parts import Parts
from web.uploads import keep_upload


class DueDayError(DomainError):
    """The day by which an answer is wanted is no day, or has passed."""

    slug = "due-day"
    sentence = "期限须是今天或以后的日期"


def asked(here: Parts, kind: TaskKind, given: Mapping[str, Any], files: list[str]) -> Ask:
    """What is asked: ``user_id``, ``role`` or neither for the business; ``text``; ``due_on``, whose end counts."""
    return Ask(
        kind=kind,
        question=str(given.get("text") or ""),
        user_id=given.get("user_id") or None,
        role=given.get("role") or None,
        due_at=_due(here, given.get("due_on")),
        files=files,
    )


def replied(given: Mapping[str, Any], files: list[str]) -> Reply:
    """What is answered; a decision that is none counts as none."""
    decision = next((each for each in Decision if each.value == given.get("decision")), None)
    return Reply(str(given.get("text") or ""), decision, files)


def uploads(session: Session, here: Parts, actor: Actor, user_task_id: str) -> list[str]:
    """The files sent along, kept; their ids."""
    sent = [file for file in request.files.getlist("files") if file.filename][:MOST_FILES]
    return [keep_upload(session, here, actor, file, user_task_id).id for file in sent]


def _due(here: Parts, given: object) -> datetime | None:
    if not given:
        return None
    try:
        day = given if isinstance(given, date) else date.fromisoformat(str(given))
        if day >= today(here.clock):
            return end_of(day)
    except (ValueError, OverflowError):
        pass
    raise DueDayError
