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

ROUNDS = 21
MOST_MILLISECONDS, MOST_TIMES = 300.0, 8.0
Work = Callable[[Session, str], int]


def run(db: str, quick: bool) -> list[Result]:
    """Trace forwards from where chains begin and backwards from where they end, each chain once: nothing is warm."""
    size = QUICK if quick else WHOLE
    with fresh(db) as database:
        links = build(database, size)
        rounds = min(ROUNDS, size.chains - 1)
        down = _measured(database, db, size, rounds, 0, f"15,000 lots downstream, {links:,} links")
        up = _measured(database, db, size, rounds, size.lots - 1, "upstream of a last lot")
    return [*down, up[0]]


def _measured(database: Database, db: str, size: Size, rounds: int, place: int, name: str) -> list[Result]:
    ours: list[float] = []
    bare: list[float] = []
    rows = 0
    for chain in range(rounds):
        lot = lot_id(size, chain, place)
        with database.reading() as session:
            counted, took = _timed(_bare, session, lot)
            bare.append(took)
        with database.reading() as session:
            rows, took = _timed(_scope, session, lot)
            ours.append(took)
        assert rows == counted, (rows, counted)
    value, reference = round(median(ours), 2), round(median(bare), 2)
    ratio = round(value / reference, 2)
    named = f"{name}, {rows:,} rows"
    return [
        Result(name=named, db=db, value=value, unit="ms p50", reference=reference, ratio=ratio,
               bar=f"<= {MOST_MILLISECONDS:g}", holds=value <= MOST_MILLISECONDS),
        Result(name=f"{name}, times bare", db=db, value=ratio, unit="×", reference=1, ratio=ratio,
               bar=f"<= {MOST_TIMES:g}", holds=ratio <= MOST_TIMES),
    ]  # fmt: skip


def _timed(work: Work, session: Session, lot: str) -> tuple[int, float]:
    begun = time.perf_counter()
    rows = work(session, lot)
    return rows, (time.perf_counter() - begun) * 1000


def _bare(session: Session, lot: str) -> int:
    """Both ways, only which holdings there are."""
    return len({each for way in Way for each in session.scalars(reached([lot], way))})


def _scope(session: Session, lot: str) -> int:
    return len(read_scope(session, [lot]).rows)
