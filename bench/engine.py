"""The engine: the work of a small process beside its floor and its naive rival; long and wide ones; much history."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from bench.databases import fresh
from bench.history import fill_with_history
from bench.processes import together
from bench.result import Result
from bench.rivals import Floor, Naive, Step, Tape, adopt_definitions
from bench.size import size_of, tidy
from bench.work import ANSWERS, Office, chain_of_tasks, many_at_once
from engine.deployment import Bundle
from records.db import Database

SMALL, TEN, LONG = chain_of_tasks("small", 2), chain_of_tasks("ten", 10), chain_of_tasks("long", 200)


@dataclass(frozen=True)
class Amount:
    """How much is done: rounds of the small work, items at once, finished instances in the way, seconds together."""

    rounds: int
    chunk: int
    long_steps: int
    items: int
    few: int
    history: int
    seconds: float


WHOLE = Amount(rounds=20, chunk=10, long_steps=199, items=500, few=50, history=100_000, seconds=15)
QUICK = Amount(rounds=6, chunk=6, long_steps=40, items=150, few=15, history=3_000, seconds=3)


def run(db: str, quick: bool) -> list[Result]:
    """Every figure, ours and the references in turn."""
    amount = QUICK if quick else WHOLE
    results = [*_small(db, amount), *_long(db, amount), *_wide(db, amount), *_history(db, amount)]
    return results + (together(amount.seconds) if db == "postgresql" else [])


class _Race:
    """One process with its floor and its naive rival, each in a database of its own."""

    def __init__(self, ours: Database, floor: Database, naive: Database, *bundles: Bundle) -> None:
        self.office = Office.furnish(ours, *bundles)
        self.tape, self.floor = Tape(ours), Floor(floor)
        self.naive = {bundle.key: Naive(naive, bundle.bpmn, bundle.key) for bundle in bundles}
        for other in (floor, naive):
            adopt_definitions(ours, other)

    def taped(self, work: Callable[[], str]) -> tuple[str, list[Step]]:
        """Do some work and give what it wrote."""
        self.tape.steps = []
        self.office.steps = self.tape.step
        with self.tape.running():
            found = work()
        self.office.steps = lambda _name: None
        return found, self.tape.steps


@contextmanager
def _race(db: str, *bundles: Bundle) -> Iterator[_Race]:
    with fresh(db) as ours, fresh(db) as floor, fresh(db) as naive:
        yield _Race(ours, floor, naive, *bundles)


def _small(db: str, amount: Amount) -> list[Result]:
    """Instances a second of the small work; ours counts untaped ones, the rivals play what taped ones wrote."""
    ours, floor, naive = [], [], []
    with _race(db, SMALL) as race:
        race.office.whole("small")
        before, made = size_of(race.office.database), 1
        for _ in range(amount.rounds):
            tidy(race.office.database)
            taped = [race.taped(partial(race.office.whole, "small")) for _ in range(amount.chunk)]
            idle = race.office.idle
            taken = _time(partial(_work, race.office, amount.chunk))
            ours.append(amount.chunk / (taken - (race.office.idle - idle)))
            made += 2 * amount.chunk
            floor.append(_rate(partial(_play_floor, race, taped), amount.chunk))
            naive.append(_rate(partial(_play_naive, race, taped), amount.chunk))
        grown = (size_of(race.office.database) - before) / (made - 1)
    mine, bare, stock = (statistics.median(each) for each in (ours, floor, naive))
    return [
        _at_least("small process, beside the floor", db, mine, "inst/s", bare, 0.6),
        _at_least("small process, beside naive", db, mine, "inst/s", stock, 2),
        _row("the floor itself, beside naive", db, bare, "inst/s", stock, "how far it goes", holds=True),
        _row("database a finished instance", db, grown, "bytes", None, "<= 6144", grown <= 6144),
    ]


def _work(office: Office, instances: int) -> None:
    for _ in range(instances):
        office.whole("small")


def _play_floor(race: _Race, taped: list[tuple[str, list[Step]]]) -> None:
    for _id, steps in taped:
        race.floor.play(steps)


def _play_naive(race: _Race, taped: list[tuple[str, list[Step]]]) -> None:
    for instance_id, steps in taped:
        race.naive["small"].play(instance_id, steps, ANSWERS)


def _long(db: str, amount: Amount) -> list[Result]:
    with _race(db, TEN, LONG) as race:
        few: list[float] = []
        for _ in range(max(2, amount.long_steps // 10)):
            few += _steps(race.office, "ten", 9)
        many = _steps(race.office, "long", amount.long_steps)
        instance_id, steps = race.taped(partial(_begun_and_done, race.office, "long", amount.long_steps))
        naive = [_time(partial(race.naive["long"].play, instance_id, [step], ANSWERS)) for step in steps]
    late = [t for (name, _writes), t in zip(steps, naive, strict=True) if name == "complete"]
    ten, long, stock = _median_ms(few), _median_ms(many), _median_ms(late)
    return [
        _at_most("step of the 200-task process, beside 10 tasks", db, long, "ms", ten, 1.5),
        _at_most("step of the 200-task process, beside naive", db, long, "ms", stock, 0.1),
    ]


def _wide(db: str, amount: Amount) -> list[Result]:
    wide, narrow = many_at_once("wide", amount.items), many_at_once("narrow", amount.few)
    with _race(db, wide, narrow) as race:
        few: list[float] = []
        while len(few) < amount.items:
            few += _steps(race.office, "narrow", amount.few - 1)
        begin = time.perf_counter()
        many = _steps(race.office, "wide", amount.items)
        whole = time.perf_counter() - begin
        instance_id, steps = race.taped(partial(race.office.whole, "wide"))
        stock = _time(lambda: race.naive["wide"].play(instance_id, steps, ANSWERS))
    one, all_of_them = _median_ms(few), _median_ms(many)
    at_once = f"{amount.items} user tasks at once"
    return [
        _at_most(f"step of {at_once}, beside {amount.few}", db, all_of_them, "ms", one, 2),
        _at_most(f"{at_once}, whole, beside naive", db, whole, "s", stock, 0.1),
    ]


def _history(db: str, amount: Amount) -> list[Result]:
    """The same step with many finished instances in the database."""
    with fresh(db) as empty, fresh(db) as full:
        here, there = Office.furnish(empty, SMALL), Office.furnish(full, SMALL)
        fill_with_history(there, "small", amount.history)
        light: list[float] = []
        heavy: list[float] = []
        for _ in range(amount.rounds):
            light += _times(here, amount.chunk)
            heavy += _times(there, amount.chunk)
    name = f"step beside {amount.history} finished instances"
    return [_at_most(name, db, _median_ms(heavy), "ms", _median_ms(light), 1.2)]


def _times(office: Office, instances: int) -> list[float]:
    return [t for _ in range(instances) for t in _steps(office, "small", 2)]


def _steps(office: Office, key: str, most: int) -> list[float]:
    """The seconds of each completion of an instance, claimed before, as many as wanted."""
    _id, todo = office.begin(key)
    taken: list[float] = []
    while todo and len(taken) < most:
        task = todo.pop()
        office.claim(task)
        begin = time.perf_counter()
        opened = office.complete(task)
        taken.append(time.perf_counter() - begin)
        todo += opened
    return taken


def _begun_and_done(office: Office, key: str, most: int) -> str:
    instance_id, todo = office.begin(key)
    for _ in range(most):
        task = todo.pop()
        office.claim(task)
        todo += office.complete(task)
    return instance_id


def _time(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _rate(work: Callable[[], object], times: int) -> float:
    return times / _time(work)


def _median_ms(seconds: Sequence[float]) -> float:
    return 1000 * statistics.median(seconds)


def _row(name: str, db: str, value: float, unit: str, reference: float | None, bar: str, holds: bool) -> Result:
    known = None if reference is None else round(reference, 3)
    ratio = None if not reference else round(value / reference, 3)
    return Result(
        name=name, db=db, value=round(value, 3), unit=unit, reference=known, ratio=ratio, bar=bar, holds=holds
    )  # fmt: skip


def _at_least(name: str, db: str, value: float, unit: str, reference: float, share: float) -> Result:
    return _row(name, db, value, unit, reference, f">= {share:g} x", value >= share * reference)


def _at_most(name: str, db: str, value: float, unit: str, reference: float, share: float) -> Result:
    return _row(name, db, value, unit, reference, f"<= {share:g} x", value <= share * reference)
