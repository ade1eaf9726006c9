"""The journal: a million entries verified, and a step while seals are made beside it against a step without."""

from __future__ import annotations

import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from bench.databases import BEGIN, fresh, fresh_url, opened
from bench.result import Result
from engine.engine import Engine
from engine.model import UserTask
from records.clock import FixedClock, SystemClock
from records.db import Database
from records.journal import GENESIS, JournalChain, JournalEntry
from records.seal_verification import verify_seals
from records.seals import seal_journal
from records.signing import SigningKey
from records.verification import verify_store
from tests.engine.toys import PROCESSES, RELAY
from tests.factories import Cast

ENTRIES, SECONDS = 1_000_000, 60.0
CHAIN_LENGTH, AT_ONCE = 20, 10_000
STEPS_A_ROUND = 30
SEALS_A_SECOND = 2  # a hundred times as often as the product seals
RATIO = 1.05


def run(db: str, quick: bool) -> list[Result]:
    """Verify, then measure steps."""
    entries = ENTRIES // 20 if quick else ENTRIES
    return [_verifying(db, entries, SECONDS * entries / ENTRIES), _sealing(db, 12 if quick else 60)]


def _verifying(db: str, entries: int, bar: float) -> Result:
    with fresh(db) as database, tempfile.TemporaryDirectory() as folder:
        clock = FixedClock(BEGIN)
        _fill(database, clock, entries)
        key = SigningKey.of_file(Path(folder) / "key")
        seal_journal(database, key, clock)
        began = time.perf_counter()
        with database.reading() as session:
            bad = [*verify_store(session), *verify_seals(session, frozenset({key.public}))]
            seen = session.scalar(select(func.count()).select_from(JournalEntry))
        took = time.perf_counter() - began
    if bad or seen is None or seen < entries:
        raise RuntimeError(f"{len(bad)} bad entries among {seen}")
    return Result(
        name=f"verify {entries:,} journal entries", db=db, value=round(took, 2), unit="s", reference=None, ratio=None,
        bar=f"<= {bar:g}", holds=took <= bar,
    )  # fmt: skip


def _fill(database: Database, clock: FixedClock, entries: int) -> None:
    chains, together = entries // CHAIN_LENGTH, AT_ONCE // CHAIN_LENGTH
    for first in range(0, chains, together):
        written = [_chain(number, clock) for number in range(first, min(first + together, chains))]
        heads = [{"chain": chain[-1]["chain"], "seq": CHAIN_LENGTH, "hash": chain[-1]["hash"]} for chain in written]
        with database.unit_of_work() as session:
            session.execute(insert(JournalEntry), [entry for chain in written for entry in chain])
            session.execute(insert(JournalChain), heads)


def _chain(number: int, clock: FixedClock) -> list[dict[str, Any]]:
    rows, before = [], GENESIS
    for seq in range(1, CHAIN_LENGTH + 1):
        clock.advance(milliseconds=1)
        entry = JournalEntry(
            chain=f"case:B{number:025d}", seq=seq, at=clock.now(),
            actor_id="01JD0000000000000000000001", actor_name="检查员", on_behalf_of=None, remote_address="10.0.0.1",
            verb="user_task.completed", subject_type="user_task", subject_id=f"01JD{number:022d}",
            user_task_id=f"01JD{number:022d}", form_version="onsite@3",
            submission_id=None, submission_hash=None, reason="例行检查", before={"state": "open", "priority": 50},
            after={"state": "completed", "score": 92.5, "findings": [{"code": "3.2", "key": True}]},
        )  # fmt: skip
        before = entry.hash = entry.computed_hash(before)
        rows.append({column.key: getattr(entry, column.key) for column in JournalEntry.__table__.columns})
    return rows


def _sealing(db: str, rounds: int) -> Result:
    with (
        fresh_url(db) as url,
        opened(url) as database,
        tempfile.TemporaryDirectory() as folder,
        _sealer(url, folder) as go,
    ):
        steps = _Steps(database)
        steps.once()
        without, beside = [], []
        for _round in range(rounds):
            go.clear()
            without += steps.times()
            go.set()
            beside += steps.times()
    reference, value = (round(1000 * statistics.median(each), 3) for each in (without, beside))
    ratio = round(value / reference, 3)
    return Result(
        name="step while seals are made beside it", db=db, value=value, unit="ms", reference=reference, ratio=ratio,
        bar=f"<= {RATIO:g} x", holds=ratio <= RATIO,
    )  # fmt: skip


class _Steps:
    """A case begun, its first user task claimed and completed: three steps, each a unit of work of its own."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock = database, SystemClock()
        self.engine = Engine(PROCESSES, self.clock)
        with database.unit_of_work() as session:
            self.engine.deploy(session, RELAY, Cast.load(session).admin)
            self.cast = Cast.load(session)

    def once(self) -> list[float]:
        """The seconds of each of the three steps."""
        lead, inspector = self.cast.lead, self.cast.inspector
        ids: list[str] = []

        def start() -> None:
            with self.database.unit_of_work() as session:
                instance = self.engine.start(session, "relay", {"note": "例行"}, lead)
                session.flush()
                of_case = select(UserTask.id).where(UserTask.process_instance_id == instance.id)
                ids.append(session.scalars(of_case).one())

        def claim() -> None:
            with self.database.unit_of_work() as session:
                self.engine.claim(session, ids[0], inspector)

        def complete() -> None:
            with self.database.unit_of_work() as session:
                self.engine.complete(session, ids[0], {"result": "direct"}, inspector)

        return [_seconds(step) for step in (start, claim, complete)]

    def times(self) -> list[float]:
        """The seconds of a few steps."""
        return [seconds for _ in range(STEPS_A_ROUND // 3) for seconds in self.once()]


def _seconds(step: Callable[[], None]) -> float:
    began = time.perf_counter()
    step()
    return time.perf_counter() - began


@contextmanager
def _sealer(url: str, folder: str) -> Iterator[Event]:
    """A process of its own that seals while the event is set."""
    spawn = multiprocessing.get_context("spawn")
    going, ended = spawn.Event(), spawn.Event()
    process = spawn.Process(target=_seal_on, args=(url, folder, going, ended))
    process.start()
    try:
        yield going
    finally:
        ended.set()
        going.set()
        process.join()


def _seal_on(url: str, folder: str, going: Event, ended: Event) -> None:
    key = SigningKey.of_file(Path(folder) / "key")
    with opened(url) as database:
        while going.wait() and not ended.wait(1 / SEALS_A_SECOND):
            seal_journal(database, key, SystemClock())
