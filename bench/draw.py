"""The double-random draw: 5,000 businesses, 200 drawn with a pair of inspectors each; pools, commitment, seed and all.

The reference is a plain shuffle of the same pools, which proves nothing to anybody.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import date, timedelta
from statistics import median
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bench.databases import BEGIN, fresh
from bench.result import Result
from records import draw as draws
from records import rows, verify_draw
from records.clock import FixedClock
from records.db import Database
from records.draws import Draw
from records.people import SYSTEM, Actor, Qualification, QualificationKind, Region, Role, User, user_role
from records.plans import InspectionPlan, PlanKind, PlanRound, PlanStratum, freeze
from records.registry import Establishment, EstablishmentKind, Segment
from records.store import Store

PLACES, INSPECTORS, WANTED, BAR = 5_000, 80, 200, 1.0
CITY = "450200"
OPERATOR, WITNESS = Actor("bench-operator", "操作人"), Actor("bench-witness", "见证人")


def run(db: str, quick: bool) -> list[Result]:
    """Measure the parts interleaved, and give the medians."""
    rounds = 3 if quick else 9
    timed: dict[str, list[float]] = {"pools": [], "draw": [], "shuffle": [], "whole": [], "verify": []}
    with fresh(db) as database:
        round_id, clock = _city(database)
        for number in range(rounds):
            _measure(database, clock, round_id, number, timed)
    seconds = {name: median(found) for name, found in timed.items()}
    shuffle = seconds["shuffle"]
    return [
        _row("pools of 5,000 from the registers", db, seconds["pools"], None, BAR),
        _row("200 of 5,000 with pairs, by HMAC", "-", seconds["draw"], shuffle, BAR),
        _row("commitment, seed, draw, kept in the store", db, seconds["whole"], shuffle, BAR),
        _row("drawn again by the verifier", "-", seconds["verify"], shuffle, BAR),
    ]


def _measure(
    database: Database, clock: FixedClock, round_id: str, number: int, timed: dict[str, list[float]]
) -> None:  # fmt: skip
    """One draw, voided afterwards so that the next finds the same pools."""
    clock.advance(minutes=1)
    with database.unit_of_work() as session:
        store = Store(session, clock, SYSTEM)
        plan_round = session.get_one(PlanRound, round_id)
        draw = _timed(timed["pools"], lambda: draws.open_draw(store, plan_round, BEGIN.date()))
        seed = verify_draw.seed_of("0" * 64, f"operator-{number}", "witness-part")
        _timed(timed["draw"], lambda: verify_draw.draw(draw.document, seed))
        _timed(timed["shuffle"], lambda: _shuffled(draw.document, random.Random(number)))
        _timed(timed["whole"], lambda: _held(store, clock, draw, number))
        document = draws.approve(store, draw)
        _timed(timed["verify"], lambda: verify_draw.verify(document))
        if len(document["drawn"]) != WANTED:
            raise AssertionError(f"{len(document['drawn'])} were drawn")
        draws.void(store, draw, "measured")


def _held(store: Store, clock: FixedClock, draw: Draw, number: int) -> None:
    draws.bind(store, draw)
    clock.advance(seconds=1)
    draws.hold(
        store, draw, operator=OPERATOR, operator_part=f"operator-{number}", witness=WITNESS,
        witness_part="witness-part", place="bench",
    )  # fmt: skip
    store.session.flush()


def _timed(found: list[float], work: Callable[[], Any]) -> Any:
    begun = time.perf_counter()
    result = work()
    found.append(time.perf_counter() - begun)
    return result


def _shuffled(document: dict[str, Any], dice: random.Random) -> list[tuple[str, str, str]]:
    """The same numbers drawn without any proof."""
    people = [row["id"] for row in document["pools"]["inspectors"]]
    chosen = []
    for quota in document["quotas"]:
        ids = [row["id"] for row in document["pools"]["objects"] if row["stratum"] == quota["stratum"]]
        dice.shuffle(ids)
        for one in ids[: quota["count"]]:
            dice.shuffle(people)
            chosen.append((one, people[0], people[1]))
    return chosen


def _row(name: str, db: str, value: float, reference: float | None, bar: float) -> Result:
    kept = round(value * 1000, 1)
    beside = None if reference is None else round(reference * 1000, 2)
    return Result(
        name=name, db=db, value=kept, unit="ms", reference=beside,
        ratio=None if not beside else round(kept / beside, 1), bar=f"<= {bar * 1000:.0f}", holds=value <= bar,
    )  # fmt: skip


def _city(database: Database) -> tuple[str, FixedClock]:
    """A city of stalls and plants with its inspectors, and an approved plan with one round."""
    clock = FixedClock(BEGIN, seed=7)
    with database.unit_of_work() as session:
        city = session.scalars(select(Region).where(Region.code == CITY)).one()
        _people(session, clock, city)
        places = _places(session, clock, city)
        return _plan(Store(session, clock, SYSTEM), city, places), clock


def _people(session: Session, clock: FixedClock, city: Region) -> None:
    role = session.scalars(select(Role.id).where(Role.name == "INS")).one()
    stamp = {"version": 1, "created_at": clock.now(), "created_by": "system", "updated_at": clock.now()}
    ids = [clock.new_id() for _number in range(INSPECTORS)]
    users = [
        {
            "id": one, "username": f"draw-{n}", "email": f"draw-{n}@example.invalid", "name": f"人员{n}",
            "active": True, "fs_uniquifier": f"draw-{n}", "language": "zh_CN",
            "region_code": city.code, "region_path": city.path, "certificate_no": f"桂柳执{n}", **stamp,
        }
        for n, one in enumerate(ids)
    ]  # fmt: skip
    held = [
        {
            "id": clock.new_id(), "user_id": one, "kind": QualificationKind.INSPECTION,
            "certificate_no": f"证-draw-{n}", "exam_score": 90, "issued_on": date(2026, 1, 1),
            "expires_on": date(2029, 1, 1), **stamp,
        }
        for n, one in enumerate(ids)
    ]  # fmt: skip
    session.execute(insert(rows.table_of(User)), users)
    session.execute(insert(user_role), [{"user_id": one, "role_id": role} for one in ids])
    session.execute(insert(rows.table_of(Qualification)), held)


def _places(session: Session, clock: FixedClock, city: Region) -> dict[str, str]:
    made = [
        {
            "id": clock.new_id(), "credit_code": f"91{n:016d}", "name": f"柳州市螺蛳粉{n}号", "name_key": f"{n}",
            "name_initials": f"{n}", "kind": EstablishmentKind.PRODUCER if n % 5 else EstablishmentKind.STALL,
            "segment": Segment.PRODUCTION, "address": f"柳州市{n}号", "status": "active", "region_code": city.code,
            "region_path": city.path, "version": 1, "created_at": clock.now(), "created_by": "system",
            "updated_at": clock.now(), "legal_person": "陈桂英", "risk_grade": "B", "credit_score": 100,
            "filed_on": BEGIN.date() - timedelta(days=200),
        }
        for n in range(PLACES)
    ]  # fmt: skip
    session.execute(insert(rows.table_of(Establishment)), made)
    return {str(row["id"]): f"{row['kind']}/B" for row in made}


def _plan(store: Store, city: Region, pool: dict[str, str]) -> str:
    here = {"region_code": city.code, "region_path": city.path}
    day = BEGIN.date()
    plan = store.add(InspectionPlan(
        title="量度", year=day.year, kind=PlanKind.ROUTINE, regions=[city.code], checklists=[], starts_on=day,
        ends_on=day + timedelta(days=40), basis="量度", no="划-量度", **here,
    ))  # fmt: skip
    for kind, population, quota in (("producer", 4_000, 160), ("stall", 1_000, 40)):
        store.add(PlanStratum(
            plan_id=plan.id, code=f"{kind}/B", kind=kind, risk_grade="B", population=population, visits=1, ratio=4,
            quota=quota, **here,
        ))  # fmt: skip
    only = PlanRound(plan_id=plan.id, number=1, draw_on=day, inspect_by=day + timedelta(days=30), no=plan.no, **here)
    store.add(only)
    freeze(store, plan, pool)
    return only.id
