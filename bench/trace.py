"""Tracing in ten million links: 15,000 lots with quantities and holders, beside the bare recursive query."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

from sqlalchemy.orm import Session

from bench.databases import fresh
from bench.result import Result
from bench.trace_city import QUICK, WHOLE, Size, build, lot_id
from records.db import Database
from records.trace_query import Way, reached, read_scope

CHAINS, ROUNDS = 5, 6
MOST_MILLISECONDS, MOST_TIMES, MOST_AT_FIRST = 300.0, 8.0, 3_000.0
Work = Callable[[Session, str], int]


def run(db: str, quick: bool) -> list[Result]:
    """Trace forwards from where chains begin and backwards from where they end, beside the bare query, turn by turn."""
    size = QUICK if quick else WHOLE
    with fresh(db) as database:
        links = build(database, size)
        down = _measured(database, db, size, 0, f"15,000 lots downstream, {links:,} links")
        up = _measured(database, db, size, size.lots - 1, "upstream of a last lot")
    return [*down, up[0]]


def _measured(database: Database, db: str, size: Size, place: int, name: str) -> list[Result]:
    """Medians of the repeated reads, and of the first of each chain, whose pages the database then sees first."""
    at_first: list[float] = []
    ours: list[float] = []
    bare: list[float] = []
    rows = 0
    for chain in range(CHAINS):
        for turn in range(ROUNDS):
            lot = lot_id(size, chain, place)
            with database.reading() as session:
                rows, took = _timed(_scope, session, lot)
                (ours if turn else at_first).append(took)
            with database.reading() as session:
                counted, took = _timed(_bare, session, lot)
                bare.append(took)
            assert rows == counted, (rows, counted)
    value, reference, first = (round(median(times), 2) for times in (ours, bare, at_first))
    named, ratio = f"{name}, {rows:,} rows", round(value / reference, 2)

    def result(name: str, value: float, unit: str, reference: float, bar: float) -> Result:
        return Result(name=name, db=db, value=value, unit=unit, reference=reference, ratio=round(value / reference, 2),
                      bar=f"<= {bar:g}", holds=value <= bar)  # fmt: skip

    return [
        result(named, value, "ms p50", reference, MOST_MILLISECONDS),
        result(f"{name}, times bare", ratio, "×", 1, MOST_TIMES),
        result(f"{name}, read for the first time", first, "ms p50", reference, MOST_AT_FIRST),
    ]


def _timed(work: Work, session: Session, lot: str) -> tuple[int, float]:
    begun = time.perf_counter()
    rows = work(session, lot)
    return rows, (time.perf_counter() - begun) * 1000


def _bare(session: Session, lot: str) -> int:
    """Both ways, only which holdings there are."""
    return len({each for way in Way for each in session.scalars(reached([lot], way))})


def _scope(session: Session, lot: str) -> int:
    return len(read_scope(session, [lot]).rows)
