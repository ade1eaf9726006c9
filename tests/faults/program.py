"""What runs in the processes that the faults happen to: the product as it is, with the errands as its only processes.

``gunicorn --preload 'tests.faults.program:application()'``, ``python -m tests.faults.program NUMBER`` for so many
workers' loops, ``celery -A tests.faults.program:celery worker --beat`` for a real one. Plans lie in FAULTS_FOLDER.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from flask import Flask

import engine.jobs
import web.app
import workflows.worker
from engine.jobs import Handlers, Ticket
from engine.model import JobKind
from records.clock import SystemClock
from records.db import Database
from tests.faults.errands import PROCESSES
from tests.faults.points import Points

FOLDER = Path(os.environ["FAULTS_FOLDER"])
ROLE = os.environ.get("FAULTS_ROLE", "worker")
POINTS = Points(ROLE, FOLDER)
log = structlog.get_logger("faults")


class MovedClock(SystemClock):
    """The machine's clock, as wrong as the file ``clock-<role>`` says (seconds)."""

    def now(self) -> datetime:
        """The moment that this process believes in."""
        try:
            return super().now() + timedelta(seconds=float((FOLDER / f"clock-{ROLE}").read_text()))
        except (FileNotFoundError, ValueError):
            return super().now()


def outside(_database: Database, ticket: Ticket) -> None:
    """An effect outside the house: a line with the job's key."""
    POINTS.strike("before_effect")
    with (FOLDER / "effects").open("a") as effects:
        effects.write(f"{ticket.key}\n")
    POINTS.strike("after_effect")


def _handlers(*_given: object) -> Handlers:
    return {JobKind.NOTIFICATION: outside}


POINTS.watch()
web.app.SystemClock = workflows.worker.SystemClock = MovedClock  # type: ignore[misc, assignment]
web.app.load = workflows.worker.load = lambda: PROCESSES  # type: ignore[assignment]
workflows.worker.handlers = _handlers  # type: ignore[assignment]
if "FAULTS_BACK_OFF" in os.environ:
    engine.jobs.BACK_OFF = (timedelta(seconds=float(os.environ["FAULTS_BACK_OFF"])),) * 4
celery = workflows.worker.app


def application() -> Flask:
    """The web application; programs need no CSRF token here."""
    app = web.app.create_app()
    app.config.update(WTF_CSRF_ENABLED=False)
    return app


def loop() -> None:
    """A worker's sweeps, one after the other, whatever happens to the database."""
    while True:
        try:
            taken = workflows.worker.sweep()
        except Exception as error:  # noqa: BLE001 - as Celery does: the next sweep begins anew
            log.warning("sweep failed", error=str(error))
            taken = 0
        if not taken:
            time.sleep(0.1)


def nursery(number: int) -> None:
    """So many loops, each in a process of its own; one that dies is replaced."""
    living: set[int] = set()
    while True:
        while len(living) < number:
            child = os.fork()
            if child == 0:
                loop()
            living.add(child)
        dead, _status = os.wait()
        living.discard(dead)


if __name__ == "__main__":
    nursery(int(sys.argv[1]))
