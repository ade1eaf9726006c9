"""``python -m demo.year``: the city works through a simulated year, by a clock that is driven.

Cases begin as often as the demo's openings say, timers and jobs run when they are due, and seeded actors do what lies in
their inboxes. When the year is over everything is finished; then the engine's promises and the journal are checked, and
the figures of the year are printed: what began, how it ended, how long it took, how fast the machine went through it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from datetime import time as daytime
from os import environ
from pathlib import Path

from flask_security import hash_password
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from demo.city import build
from demo.ground import prepare
from demo.scene import Scenario
from demo.sign_ins import PASSWORD
from demo.stage import Stage
from engine.invariants import check_invariants
from engine.model import Incident, InstanceState, Job, JobKind, JobState, ProcessInstance, UserTask, UserTaskState
from records.base import Base
from records.clock import ZONE, FixedClock
from records.journal import JournalEntry
from records.people import SYSTEM
from records.settings import Settings
from records.store import Store
from records.verification import verify_store
from web.app import create_app
from web.parts import Parts
from workflows.handlers import handlers

SEED = 450200
DISTRICTS = ("450203", "450204", "450223")
WORKING_DAYS = 250
WIND_DOWN = timedelta(days=1200)  # the publication of a penalty ends after three years (R-PUB-05)


def main(arguments: Sequence[str] | None = None) -> int:
    """Live the year; 1 when a promise does not hold at its end."""
    parser = argparse.ArgumentParser(prog="python -m demo.year", description=__doc__)
    parser.add_argument("--year", type=int, default=2026)
    parser.add_argument("--scale", type=float, default=0.1, help="how many cases begin, beside a real city's")
    parser.add_argument("--days", type=int, default=365, help="after so many days no case begins any more")
    parser.add_argument("--database", help="an empty database (default: SQLite in a folder that is removed)")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="sujian-year-") as folder:
        settings = replace(
            Settings.from_environment(environ),
            database_url=options.database or f"sqlite:///{Path(folder) / 'year.db'}",
            blob_dir=Path(folder) / "blobs",
            log_level="ERROR",
        )
        year = Year(settings, date(options.year, 1, 1), options.days, options.scale, options.seed)
        return year.live()


class Year:
    """One simulated year on an empty database."""

    def __init__(self, settings: Settings, first: date, days: int, scale: float, seed: int) -> None:
        self.first, self.days, self.scale = first, days, scale
        clock = FixedClock(datetime.combine(first, daytime(7, 0), ZONE), seed=seed)
        app = create_app(settings, clock=clock)
        with app.app_context():
            prepare(app)
            self.parts: Parts = app.extensions["sujian"]
            with self.parts.database.unit_of_work() as session:
                build(Store(session, clock, SYSTEM), hash_password(PASSWORD))
        working = handlers(settings, self.parts.blobs, clock)
        self.stage = Stage(self.parts.database, self.parts.engine, working, clock, self.parts.blobs, seed)
        self.clock = clock

    def live(self) -> int:
        """Let it pass, wind down, judge."""
        began, last_month = time.perf_counter(), 0
        end = datetime.combine(self.first + WIND_DOWN, daytime(18, 0), ZONE) + timedelta(days=self.days)
        for day in self.stage.days(self.first, end):
            if (day - self.first).days < self.days:
                self._begin(day)
            elif not self._is_busy():
                break
            elif (day - self.first).days == self.days:
                self._begin_no_more()
            if day.month != last_month:
                last_month = day.month
                self._say(day, time.perf_counter() - began)
        return self._judge(time.perf_counter() - began)

    def _begin(self, day: date) -> None:
        if not self.stage.calendar.is_working_day(day):
            return
        for key, opening in self.stage.repertoire.openings.items():
            for district in DISTRICTS:
                for _case in range(self._how_many(opening.a_year * self.scale / WORKING_DAYS)):
                    self.stage.taken.clear()
                    self.stage.begin(key, Scenario("end", 0, {}, district=district))

    def _begin_no_more(self) -> None:
        """The clock begins no case any more, either."""
        waiting = update(Job).where(Job.kind == JobKind.START, Job.state == JobState.WAITING)
        with self.parts.database.unit_of_work() as session:
            session.execute(waiting.values(state=JobState.CANCELLED))

    def _how_many(self, expected: float) -> int:
        whole = int(expected)
        return whole + (self.stage.chance.random() < expected - whole)

    def _is_busy(self) -> bool:
        with self.parts.database.reading() as session:
            return _count(session, ProcessInstance, *self._unfinished()) > 0

    def _unfinished(self) -> tuple[ColumnElement[bool], ...]:
        """What makes a case one of the year's that is still active."""
        over = datetime.combine(self.first + timedelta(days=self.days), daytime(0, 0), ZONE)
        return ProcessInstance.state == InstanceState.ACTIVE, ProcessInstance.started_at < over

    def _say(self, day: date, seconds: float) -> None:
        with self.parts.database.reading() as session:
            print(
                f"{day:%Y-%m}  {_count(session, ProcessInstance):>6} cases, "
                f"{_count(session, ProcessInstance, ProcessInstance.state == InstanceState.ACTIVE):>5} active, "
                f"{_count(session, UserTask, UserTask.state == UserTaskState.COMPLETED):>7} user tasks done, "
                f"{_count(session, JournalEntry):>8} journal entries, {seconds:7.1f} s",
                flush=True,
            )

    def _judge(self, seconds: float) -> int:
        with self.parts.database.reading() as session:
            for line in _figures(session):
                print(line)
            done = _count(session, UserTask, UserTask.state == UserTaskState.COMPLETED)
            cases, jobs = _count(session, ProcessInstance), _count(session, Job, Job.state == JobState.DONE)
            print(f"\n{cases} cases, {done} user tasks, {jobs} jobs in {seconds:.0f} s:", end=" ")
            print(f"{cases / seconds:.1f} cases/s, {done / seconds:.1f} user tasks/s, {jobs / seconds:.1f} jobs/s")
            wrong = [str(violation) for violation in check_invariants(session, self.clock.now())]
            wrong += [str(entry) for entry in verify_store(session)]
            wrong += [*_left(session, self._unfinished())]
        wrong += [f"nobody answers {element}" for element in sorted(self.stage.unanswered)]
        print("check-invariants and verify-journal: " + ("clean" if not wrong else f"{len(wrong)} violations"))
        for violation in wrong[:40]:
            print(f"  {violation}", file=sys.stderr)
        return 1 if wrong else 0


def _count(session: Session, kind: type[Base], *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(kind).where(*conditions)) or 0


def _figures(session: Session) -> Iterator[str]:
    """Per process and end: how many, and how many days they took."""
    yield f"\n{'process':<22}{'ended at':<34}{'cases':>7}{'days, mean':>12}{'longest':>9}"
    ended = select(
        ProcessInstance.process_key, ProcessInstance.end_element, ProcessInstance.started_at, ProcessInstance.ended_at
    )
    took: dict[tuple[str, str], list[float]] = {}
    for key, element, started, at in session.execute(ended):
        lasted = (at - started).total_seconds() / 86400 if at else 0.0
        took.setdefault((key, element or ("(none)" if at else "(active)")), []).append(lasted)
    for (key, place), days in sorted(took.items()):
        yield f"{key:<22}{place:<34}{len(days):>7}{sum(days) / len(days):>12.1f}{max(days):>9.1f}"


def _left(session: Session, unfinished: Sequence[ColumnElement[bool]]) -> Iterator[str]:
    """What is not finished although the year is over: cases, incidents."""
    active = select(ProcessInstance.business_key).where(*unfinished)
    yield from (f"still active: {key}" for key in session.scalars(active))
    open_incidents = select(Incident).where(Incident.resolved_at.is_(None))
    yield from (f"incident: {one.slug} {one.element_id} {one.message}" for one in session.scalars(open_incidents))


if __name__ == "__main__":
    sys.exit(main())
