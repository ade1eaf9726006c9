"""Timers: thousands due at once, fired exactly once by one, two and four workers, while somebody uses the pages."""

from __future__ import annotations

import logging
import os
import statistics
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection

import structlog
from flask.testing import FlaskClient
from sqlalchemy import func, select

from bench.databases import BEGIN, fresh_url, opened
from bench.result import Result
from engine.deployment import Bundle
from engine.engine import Engine
from engine.jobs import run_due
from engine.model import Job, JobKind, JobState
from engine.process import process
from records.clock import FixedClock
from records.db import Database
from records.journal import JournalEntry
from records.people import User, actor_of
from records.settings import Settings
from tests.engine.toys import START, chain, lanes, model
from web.app import create_app
from workflows.worker import JOBS_A_ROUND, step_aside

MANY, FEW = 10_000, 1_000
WORKERS = (1, 2, 4)
FLOOR = 150.0  # timers a second and worker
LOOKS_IDLE, PAUSE = 120, 0.02
AWAKE = Bundle(
    "awake",
    model(
        "awake",
        lanes(LEAD="begin")
        + '<startEvent id="begin"/><intermediateCatchEvent id="later"><timerEventDefinition>'
        + "<timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent><endEvent id='done'/>"
        + chain("begin", "later", "done"),
    ),
    {"begin": START},
    {},
)
PROCESSES = {"awake": process("awake", prefix="醒")}
DUE = BEGIN + timedelta(hours=2)


@dataclass(frozen=True)
class Firing:
    """How long it took from the first worker's start to the last one's end, and what a page needed meanwhile."""

    seconds: float
    p95_ms: float


def run(db: str, quick: bool) -> list[Result]:
    """Start the cases, let the workers loose, count."""
    number = FEW if quick else MANY
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    results: list[Result] = []
    for workers in WORKERS if db == "postgresql" else WORKERS[:1]:
        with fresh_url(db) as url, opened(url) as database:
            _begin(database, number)
            results += _measure(db, url, database, number, workers)
    return results


def _measure(db: str, url: str, database: Database, number: int, workers: int) -> Iterator[Result]:
    browser = _browser(url, database)
    idle = _p95([_look(browser) for _ in range(LOOKS_IDLE)])
    firing = _fire(url, browser, workers)
    fired, twice = _counted(database)
    rate = number / firing.seconds
    cores = len(os.sched_getaffinity(0))
    bar = FLOOR * min(workers, max(1, cores // 2))  # the database needs a core for every worker's
    yield _row(db, f"{number} timers, {workers} workers on {cores} cores", round(rate, 1), "1/s", bar, ">=",
               rate >= bar)  # fmt: skip
    yield _row(db, f"fired not exactly once, {workers} workers", number - fired + twice, "timers", 0, "==",
               fired == number and twice == 0)  # fmt: skip
    ratio = firing.p95_ms / idle
    yield _row(db, f"page p95 meanwhile ÷ idle ({idle:.0f} ms), {workers} workers", round(ratio, 2), "×", 2, "<",
               ratio < 2)  # fmt: skip


def _row(db: str, name: str, value: float, unit: str, bar: float, sign: str, holds: bool) -> Result:
    return Result(
        name=name, db=db, value=value, unit=unit, reference=bar, ratio=value / bar if bar else None,
        bar=f"{sign} {bar:g}", holds=holds,
    )  # fmt: skip


def _begin(database: Database, number: int) -> None:
    clock = FixedClock(BEGIN, seed=7)
    engine = Engine(PROCESSES, clock)
    with database.unit_of_work() as session:
        people = {user.username: actor_of(user) for user in session.scalars(select(User))}
        engine.deploy(session, AWAKE, people["admin"])
    for _piece in range(number // 100):
        with database.unit_of_work() as session:
            for _ in range(100):
                engine.start(session, "awake", {}, people["lead"])


def _browser(url: str, database: Database) -> FlaskClient:
    """The lead's browser on the application as it is installed."""
    settings = Settings.from_environment({"DATABASE_URL": url, "LOG_LEVEL": "ERROR"})
    app = create_app(settings, database=database)
    browser = app.test_client()
    with database.reading() as session:
        lead = session.scalars(select(User).where(User.username == "lead")).one()
        with browser.session_transaction() as kept:
            kept.update(_user_id=lead.fs_uniquifier, _fresh=True, fs_cc="set", fs_paa=time.time())
    for _ in range(5):
        _look(browser)
    return browser


def _look(browser: FlaskClient) -> float:
    """Open the inbox; gives the milliseconds."""
    begun = time.perf_counter()
    answer = browser.get("/inbox")
    assert answer.status_code == 200, answer.status
    taken = (time.perf_counter() - begun) * 1000
    time.sleep(PAUSE)
    return taken


def _p95(samples: list[float]) -> float:
    return statistics.quantiles(samples, n=20)[-1] if len(samples) > 1 else samples[0]


def _fire(url: str, browser: FlaskClient, workers: int) -> Firing:
    context = get_context("spawn")
    pipes = [context.Pipe() for _ in range(workers)]
    crew = [context.Process(target=_work, args=(url, far)) for _near, far in pipes]
    for each in crew:
        each.start()
    for near, _far in pipes:
        near.recv()  # ready
    begun = time.perf_counter()
    for near, _far in pipes:
        near.send("go")
    looks: list[float] = []
    over = threading.Thread(target=_all_over, args=([near for near, _far in pipes],))
    over.start()
    while over.is_alive():
        looks.append(_look(browser))
    seconds = time.perf_counter() - begun
    for each in crew:
        each.join()
    return Firing(seconds, _p95(looks))


def _all_over(pipes: list[Connection]) -> None:
    for pipe in pipes:
        pipe.recv()


def _work(url: str, pipe: Connection) -> None:
    """A worker process: sweeps until nothing is due."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    step_aside()
    clock = FixedClock(DUE, seed=os.getpid())
    engine = Engine(PROCESSES, clock)
    with opened(url) as database:
        run_due(database, engine, {}, FixedClock(BEGIN), JOBS_A_ROUND)  # nothing is due yet: warm
        pipe.send("ready")
        pipe.recv()
        while run_due(database, engine, {}, clock, JOBS_A_ROUND):
            pass
        pipe.send("over")


def _counted(database: Database) -> tuple[int, int]:
    """How many timers are done and journaled, and how many journal entries are too many."""
    with database.reading() as session:
        timers = session.scalar(select(func.count()).where(Job.kind == JobKind.TIMER, Job.state == JobState.DONE)) or 0
        fired = select(JournalEntry.subject_id).where(JournalEntry.verb == "timer.fired")
        entries = session.scalar(select(func.count()).select_from(fired.subquery())) or 0
        different = session.scalar(select(func.count()).select_from(fired.distinct().subquery())) or 0
    return min(timers, different), entries - different
