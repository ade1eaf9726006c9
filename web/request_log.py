"""One line per request: who, what, how long, how it ended; every line of the request carries its id."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Mapping

import structlog
from flask import Flask, Response, g, request
from flask_login import current_user
from structlog.typing import Processor

QUIET = ("/static/", "/health", "/ready", "/metrics")
log = structlog.get_logger("web.request")


def configure(level: str, *, environment: str) -> None:
    """JSON lines in production, readable lines in development."""
    last: Processor = (
        structlog.processors.JSONRenderer()
        if environment == "production"
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info if environment == "production" else _as_is,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping().get(level.upper(), 20)),
        cache_logger_on_first_use=False,
    )


def _as_is(_logger: object, _name: str, event: Mapping[str, object]) -> Mapping[str, object]:
    return event


def _begin() -> None:
    g.request_id = secrets.token_hex(8)
    g.began = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.get("request_id", "")
    if not request.path.startswith(QUIET):
        log.info(
            "request",
            method=request.method,
            path=request.path,
            status=response.status_code,
            milliseconds=round((time.perf_counter() - g.get("began", time.perf_counter())) * 1000, 1),
            user_id=getattr(current_user, "id", None),
        )
    return response


def register(app: Flask) -> None:
    """Log every request of the application."""
    app.before_request(_begin)
    app.after_request(_end)
