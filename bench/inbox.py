"""The inbox with 100,000 open user tasks of 1,000 people in 200 regions: pages, filters, search and counts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.databases import BEGIN, fresh
from bench.inbox_city import QUICK, WHOLE, Size, build
from bench.result import Result
from engine import queries
from engine.model import UserTask, UserTaskState
from engine.queries import DueWindow, InboxFilter, InboxView
from records.clock import FixedClock
from records.db import Database
from records.people import Actor, User, actor_of
from records.settings import Settings
from web.app import create_app

Work = Callable[[Session], object]
ROWS, ROWS_HTTP = 30.0, 80.0  # milliseconds, p95
DEEP = 1000
PAGE = 20
PEOPLE = {"inspector": "of one station", "lead": "of a district", "manager": "of the city"}
FILTERS = {
    "process": ("process=inspection", InboxFilter(process="inspection")),
    "due": ("due=week", InboxFilter(due=DueWindow.WEEK)),
    "text, common": ("q=米粉", InboxFilter(text="米粉")),
    "text, rare": ("q=077777", InboxFilter(text="077777")),
    "text, absent": ("q=无此字号", InboxFilter(text="无此字号")),
    "pinyin": ("q=laochen+mifen", InboxFilter(text="laochen mifen")),
}


@dataclass(frozen=True)
class Bench:
    """What every measurement needs."""

    database: Database
    clock: FixedClock
    size: Size
    rounds: int
    browsers: dict[str, FlaskClient]
    actors: dict[str, Actor]
    db: str


def run(db: str, quick: bool) -> list[Result]:
    """Measure the layers one after the other for an inspector, a lead and a manager."""
    size = QUICK if quick else WHOLE
    with TemporaryDirectory() as folder, fresh(db) as database:
        build(database, size)
        with _opened(database, Path(folder), size, 12 if quick else 60, db) as bench:
            return [row for who in PEOPLE for row in _of(bench, who)]


@contextmanager
def _opened(database: Database, folder: Path, size: Size, rounds: int, db: str) -> Iterator[Bench]:
    clock = FixedClock(BEGIN + timedelta(days=3))
    app = create_app(Settings(blob_dir=folder, log_level="ERROR"), clock=clock, database=database)
    with database.reading() as session:
        users = {who: session.scalars(select(User).where(User.username == f"bench-{who}")).one() for who in PEOPLE}
        actors = {who: actor_of(user) for who, user in users.items()}
    browsers = {who: app.test_client() for who in PEOPLE}
    for who, browser in browsers.items():
        with browser.session_transaction() as kept:
            kept.update(_user_id=users[who].fs_uniquifier, _fresh=True, fs_cc="set", fs_paa=time.time())
    yield Bench(database, clock, size, rounds, browsers, actors, db)


def _of(bench: Bench, who: str) -> Iterator[Result]:
    actor, now = bench.actors[who], bench.clock.now()
    deep = _deep_cursor(bench, actor)

    def page(
        wanted: InboxFilter, cursor: str | None = None, view: InboxView = InboxView.ALL
    ) -> Callable[[Session], object]:
        return lambda session: queries.inbox(session, actor, view, wanted, cursor, PAGE, now=now)

    works = {
        "first page": (page(InboxFilter()), "/inbox?view=all"),
        "first page, group": (page(InboxFilter(), None, InboxView.GROUP), "/inbox?view=group"),
        **{f"filter {name}": (page(wanted), f"/inbox?view=all&{query}") for name, (query, wanted) in FILTERS.items()},
        "page 1,000": (page(InboxFilter(), deep), f"/inbox?view=all&cursor={deep}"),
        "counts": (lambda session: queries.inbox_counts(session, actor, now=now), None),
    }
    for name, (work, address) in works.items():
        ours, bare = _rows(bench, actor, work)
        yield _result(bench, f"{who}: {name}", ours, ROWS, bare)
        if address is not None:
            yield _result(bench, f"{who}: {name}, HTTP", _http(bench, who, address), ROWS_HTTP, None)


def _deep_cursor(bench: Bench, actor: Actor) -> str | None:
    """The cursor that a reader has who turned the pages one after the other (or the last one there is)."""
    with bench.database.reading() as session:
        most, now = (DEEP - 1) * PAGE, bench.clock.now()
        found = queries.inbox(session, actor, InboxView.ALL, InboxFilter(), None, most, now=now)
        return found.next_cursor


def _rows(bench: Bench, actor: Actor, work: Work) -> tuple[float, float]:
    """The 95th percentile in milliseconds of the work, and of the bare indexed SELECT of a page of rows."""
    bare_page = (
        select(UserTask)
        .where(UserTask.state == UserTaskState.OPEN, UserTask.region_path == actor.region_path)
        .order_by(UserTask.sort_due, UserTask.id)
        .limit(PAGE + 1)
    )
    ours: list[float] = []
    bare: list[float] = []
    for _round in range(bench.rounds):
        for times, act in ((ours, work), (bare, lambda session: session.scalars(bare_page).all())):
            with bench.database.reading() as session:
                begun = time.perf_counter()
                act(session)
                times.append((time.perf_counter() - begun) * 1000)
    return _p95(ours), _p95(bare)


def _http(bench: Bench, who: str, address: str) -> float:
    times = []
    for _round in range(max(5, bench.rounds // 3)):
        begun = time.perf_counter()
        answer = bench.browsers[who].get(address)
        times.append((time.perf_counter() - begun) * 1000)
        assert answer.status_code == 200, answer.text[:500]
    return _p95(times[1:])


def _p95(times: list[float]) -> float:
    return round(quantiles(times, n=20)[-1], 2)


def _result(bench: Bench, name: str, value: float, bar: float, reference: float | None) -> Result:
    return Result(
        name=name, db=bench.db, value=value, unit="ms p95", reference=reference,
        ratio=None if not reference else round(value / reference, 2), bar=f"<= {bar:g}", holds=value <= bar,
    )  # fmt: skip
