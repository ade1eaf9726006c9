"""Whoever signs what goes out says once more who they are: by their password, a short while ago."""

from __future__ import annotations

import time
from datetime import timedelta

from flask import session as browser
from flask import url_for
from sqlalchemy.orm import Session

from engine import queries
from records.errors import ForbiddenError
from records.people import Actor

#: for so long a password stands for its owner; the library notes when it was entered (``fs_paa``, seconds)
LASTS = timedelta(minutes=10)


class IdentityNotConfirmedError(ForbiddenError):
    """The step is signed with the password, and it was not entered lately."""

    slug = "identity-not-confirmed"
    sentence = "提交这一步前，请再输入一次密码确认是您本人"


def require_identity(session: Session, user_task_id: str, actor: Actor) -> None:
    """Raises IdentityNotConfirmedError where the step's form demands the password and it was not entered lately."""
    entered_at = browser.get("fs_paa")
    is_fresh = isinstance(entered_at, int | float) and 0 <= time.time() - entered_at < LASTS.total_seconds()
    if not is_fresh and queries.confirms_identity(session, user_task_id, actor):
        raise IdentityNotConfirmedError


def confirmation_of(user_task_id: str) -> str:
    """Where the password is entered, to come back to the user task."""
    return url_for("security.verify", next=f"/tasks/{user_task_id}")
