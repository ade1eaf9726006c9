"""A city full of open user tasks, written in bulk: what many years of cases would leave."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from bench.databases import BEGIN
from engine.deployment import read_bundle
from engine.engine import Engine
from engine.model import ProcessInstance, UserTask
from engine.open_tasks import FAR
from records.clock import FixedClock
from records.db import Database
from records.people import SYSTEM, Region, Role, User, user_role
from records.registry import Establishment, EstablishmentKind, Segment
from records.store import Store
from tests.factories import CITY, DISTRICT
from workflows import load

ROOT = Path(__file__).parents[1]
PIECE = 2_000
#: process, step, name, role, share
STEPS = (
    ("inspection", "accept_task", "接收检查任务", "INS", 3),
    ("inspection", "onsite_inspection", "现场检查", "INS", 5),
    ("inspection", "review", "审核检查记录", "LEAD", 3),
    ("rectification", "submit_rectification", "提交整改", "BIZ", 4),
    ("rectification", "verify", "核查整改", "INS", 3),
    ("rectification", "approve", "审批结案", "MGR", 2),
)
WORDS = (
    ("老陈", "laochen"),
    ("阿婆", "apo"),
    ("龙城", "longcheng"),
    ("鱼峰", "yufeng"),
    ("壶东", "hudong"),
    ("柳江", "liujiang"),
)
GOODS = (
    ("米粉厂", "mifen"),
    ("螺蛳粉店", "luosifen"),
    ("副食店", "fushi"),
    ("冷冻库", "lengdong"),
    ("农贸市场", "nongmao"),
)


@dataclass(frozen=True)
class Size:
    """How large the city is."""

    tasks: int
    users: int
    regions: int


WHOLE, QUICK = Size(100_000, 1_000, 200), Size(20_000, 200, 200)


def build(database: Database, size: Size) -> None:
    """Regions, users, establishments, cases and their open tasks."""
    clock, dice = FixedClock(BEGIN, seed=5), random.Random(5)
    with database.unit_of_work() as session:
        engine = Engine(load(), clock)
        bundles = [read_bundle(key, ROOT / "bpmn", ROOT / "forms") for key in engine.processes]
        definitions = {one.key: one.id for one in engine.deploy_all(session, bundles, SYSTEM)}
        store = Store(session, clock, SYSTEM)
        regions = _regions(store, size.regions)
        users = _users(session, clock, size.users, regions)
        places = _places(session, clock, regions)
        _tasks(session, clock, dice, size.tasks, definitions, users, places)
    if database.dialect == "postgresql":  # what its autovacuum does within a minute
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    database.keep_statistics()
    database.engine.dispose()  # what is opened from now on knows the statistics


def _regions(store: Store, wanted: int) -> list[tuple[str, str]]:
    """Stations under the seeded districts, until there are so many regions; gives (code, path) of the lowest."""
    city = store.session.scalars(select(Region).where(Region.code == CITY)).one()
    districts = store.session.scalars(
        select(Region).where(Region.path.startswith(city.path), Region.level == "district")
    ).all()
    stations = []
    for number in range(wanted - len(districts) - 2):
        above = districts[number % len(districts)]
        code = f"{above.code}{number // len(districts) + 1:03d}000"
        station = Region(
            code=code,
            name=f"{above.name}第{number}所",
            parent_code=above.code,
            level="station",
            path=f"{above.path}{code}/",
        )
        store.add(station)
        stations.append((code, station.path))
    return stations


def _users(session: Session, clock: FixedClock, wanted: int, regions: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Inspectors in the stations, a lead in each district and the three who measure; ids by region path."""
    roles = {role.name: role.id for role in session.scalars(select(Role))}
    by_code = {code: path for code, path in session.execute(select(Region.code, Region.path))}
    rows, own, found = [], [], {}  # type: list[dict[str, Any]], list[dict[str, str]], dict[str, list[str]]
    known = {
        "inspector": (regions[0], "INS"),
        "lead": ((DISTRICT, by_code[DISTRICT]), "LEAD"),
        "manager": ((CITY, by_code[CITY]), "MGR"),
    }
    for number in range(wanted):
        place, role = regions[number % len(regions)], "INS"
        name = f"user-{number}"
        if number < len(known):
            who = list(known)[number]
            (place, role), name = known[who], f"bench-{who}"
        user_id = clock.new_id()
        rows.append({
            "id": user_id, "username": name, "email": f"{name}@example.invalid", "name": f"人员{number}",
            "active": True,
            "fs_uniquifier": f"u-{number}", "language": "zh_CN", "region_code": place[0], "region_path": place[1],
            "version": 1, "created_at": clock.now(), "created_by": "system", "updated_at": clock.now(),
        })  # fmt: skip
        own.append({"user_id": user_id, "role_id": roles[role]})
        found.setdefault(place[1], []).append(user_id)
    _insert(session, User, rows)
    session.execute(insert(user_role), own)
    return found


def _places(session: Session, clock: FixedClock, regions: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """Twenty establishments in each station."""
    rows = []
    for number in range(20 * len(regions)):
        code, path = regions[number % len(regions)]
        word, goods = WORDS[number % len(WORDS)], GOODS[number % len(GOODS)]
        rows.append({
            "id": clock.new_id(), "credit_code": f"91{number:016d}", "name": f"柳州市{word[0]}{goods[0]}{number}号",
            "kind": EstablishmentKind.PRODUCER, "segment": Segment.PRODUCTION, "address": f"柳州市{number}号",
            "status": "active",
            "region_code": code, "region_path": path, "version": 1, "created_at": clock.now(), "created_by": "system",
            "updated_at": clock.now(), "name_key": f"liuzhoushi{word[1]}{goods[1]}{number}hao",
            "name_initials": f"{number}",
            "legal_person": "陈桂英", "risk_grade": "B", "credit_score": 100, "filed_on": BEGIN.date(),
        })  # fmt: skip
    _insert(session, Establishment, rows)
    return rows


def _tasks(
    session: Session, clock: FixedClock, dice: random.Random, wanted: int, definitions: dict[str, str],
    users: dict[str, list[str]], places: list[dict[str, Any]],
) -> None:  # fmt: skip
    cases: list[dict[str, Any]] = []
    tasks: list[dict[str, Any]] = []
    weights = [step[4] for step in STEPS]
    for number in range(wanted):
        place = places[dice.randrange(len(places))]
        key, element, name, role, _share = dice.choices(STEPS, weights)[0]
        due = None if dice.random() < 0.1 else BEGIN + timedelta(minutes=dice.randrange(-5 * 1440, 60 * 1440))
        staff = users.get(place["region_path"], [])
        owner = dice.choice(staff) if staff and dice.random() < 0.5 else None
        case, title = clock.new_id(), place["name"]
        words = f"检-{place['region_code']}-{number:06d} {title} {place['name_key']}"
        shared = {
            "region_code": place["region_code"],
            "region_path": place["region_path"],
            "establishment_id": place["id"],
            "is_drill": False,
        }
        cases.append({
            "id": case, "definition_id": definitions[key], "process_key": key, "title": title, "state": "active",
            "version": 1,
            "business_key": f"检-{place['region_code']}-20261118-{number:06d}", "is_visible_to_business": role == "BIZ",
            "started_at": BEGIN, "started_by": "system", "search_text": words, **shared,
        })  # fmt: skip
        tasks.append({
            "id": clock.new_id(), "process_instance_id": case, "execution_id": f"{number}", "process_key": key,
            "element_id": element, "name": name, "title": f"{name} · {title}", "candidate_group": role,
            "assignee_id": owner,
            "state": "open", "version": 1, "priority": 50, "created_at": BEGIN, "due_at": due, "sort_due": due or FAR,
            "escalation_level": 0,  **shared,
        })  # fmt: skip
    _insert(session, ProcessInstance, cases)
    _insert(session, UserTask, tasks)


def _insert(session: Session, table: Any, rows: list[dict[str, Any]]) -> None:
    for at in range(0, len(rows), PIECE):
        session.execute(insert(table.__table__), rows[at : at + PIECE])
