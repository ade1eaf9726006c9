"""What the back office reads with: one read-only session per request, opened when first asked for."""

from __future__ import annotations

from contextlib import ExitStack

from flask import Flask, g
from sqlalchemy.orm import Session

from web.parts import parts


def reading() -> Session:
    """The session of this request."""
    if "admin_session" not in g:
        g.admin_stack = ExitStack()
        g.admin_session = g.admin_stack.enter_context(parts().database.reading())
    found: Session = g.admin_session
    return found


def _close(_error: BaseException | None) -> None:
    g.pop("admin_session", None)
    stack = g.pop("admin_stack", None)
    if stack is not None:
        stack.close()


def register(app: Flask) -> None:
    """Close the session when the request ends."""
    app.teardown_appcontext(_close)
