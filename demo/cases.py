"""Cases in every state: each scenario is played through the engine by the people of the city, on days gone by."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.answers import Field, moment
from demo.city import City
from demo.scenarios import Scenario, scenarios
from engine import Engine
from engine.model import UserTask, UserTaskState
from records.blobs import BlobStore
from records.checklists import ChecklistTemplate
from records.clock import ZONE, FixedClock, today
from records.db import Database
from records.inspection_findings import current, findings_of_case
from records.inspections import Inspection
from records.people import Actor, actor_of
from records.registry import Establishment

#: district -> lead, first and second inspector
TEAMS = {
    "450203": ("lead", "inspector", "colleague"),
    "450204": ("lead204", "inspector204", "colleague204"),
    "450223": ("lead223", "inspector223", "colleague223"),
}


class Play:
    """Plays one scenario: each step in its own unit of work, at its own time."""

    def __init__(
        self, database: Database, engine: Engine, clock: FixedClock, blobs: BlobStore, city: City, seed: int
    ) -> None:
        self.database, self.engine, self.clock, self.blobs, self.city = database, engine, clock, blobs, city
        self.chance = random.Random(seed)
        self.case = ""
        self._steps: dict[str, Callable[[Field, Scenario, Actor], dict[str, Any]]] = {
            "accept_assignment": self._accept,
            "onsite_inspection": self._onsite,
            "obstruction_record": self._obstruction,
            "not_found_record": self._not_found,
            "cosign": lambda f, _s, a: {"no_interest": True, "decision": "confirm", "signature": f.sign(a)},
            "result_and_signature": lambda f, s, a: f.result(a, s.overall, s.days, s.hazard, s.variant),
            "control_order": self._control,
            "control_approval": lambda _f, _s, _a: {"decision": "approve"},
            "lead_review": lambda _f, _s, _a: {"decision": "approve"},
            "investigation_referral": self._referral,
            "submit_rectification": self._submit,
            "decide_extension": lambda _f, _s, _a: {"decision": "grant", "days": 5},
            "review_rectification": lambda f, s, _a: f.review(self._codes(f.session), self._round(s)),
            "onsite_recheck": self._recheck,
            "responsibility_talk": self._talk,
        }

    def tell(self, scenario: Scenario, establishment: Establishment, now: datetime) -> None:
        """From the assignment to where the scenario stops, never later than ``now``."""
        self.round = 0
        self._start(scenario, establishment, now)
        for _step in range(30):
            self._let_time_pass(now)
            with self.database.unit_of_work() as session:
                task = self._next(session, scenario)
                if task is None:
                    break
                self._complete(session, scenario, establishment, task)
        if scenario.until == "cancel":
            with self.database.unit_of_work() as session:
                self.engine.cancel(
                    session,
                    self.case,
                    self._actor(session, TEAMS[scenario.district][0]),
                    "与另一检查任务重复，撤销本次派发",
                )

    def _start(self, scenario: Scenario, establishment: Establishment, now: datetime) -> None:
        begun = now.astimezone(ZONE).date() - timedelta(days=scenario.ago)
        self.clock.move_to(_at_work(begun, self.chance, now))
        lead, first, second = TEAMS[scenario.district]
        answers = {
            "establishment": establishment.id,
            "mode": scenario.mode,
            "reason": scenario.reason,
            "lead_inspector": self.city.users[first].id,
            "second_inspector": self.city.users[second].id,
            "planned_on": (today(self.clock) + timedelta(days=1)).isoformat(),
        }
        with self.database.unit_of_work() as session:
            self.case = self.engine.start(session, "inspection", answers, self._actor(session, lead)).id

    def _next(self, session: Session, scenario: Scenario) -> UserTask | None:
        open_tasks = session.scalars(
            select(UserTask)
            .where(UserTask.process_instance_id == self.case, UserTask.state == UserTaskState.OPEN)
            .order_by(UserTask.created_at.desc(), UserTask.element_id)
        ).all()
        stop = "accept_assignment" if scenario.until == "cancel" else scenario.until
        waiting = [task for task in open_tasks if not self._stops(task, stop, scenario)]
        return waiting[0] if (waiting and len(waiting) == len(open_tasks)) or (stop == "end" and waiting) else None

    def _stops(self, task: UserTask, stop: str, scenario: Scenario) -> bool:
        return task.element_id == stop and (stop != "submit_rectification" or self.round >= scenario.rounds.count("no"))

    def _let_time_pass(self, now: datetime) -> None:
        """Some hours or a day, in office hours, never beyond ``now``."""
        self.clock.advance(hours=self.chance.choice((2, 3, 20, 26)))
        local = self.clock.now().astimezone(ZONE)
        if not 9 <= local.hour < 17 or local.weekday() >= 5:
            ahead = (
                (7 - local.weekday() if local.weekday() >= 4 else 1) if local.hour >= 9 or local.weekday() >= 5 else 0
            )
            self.clock.move_to(_at_work(local.date() + timedelta(days=ahead), self.chance, now))
        if self.clock.now() >= now:
            self.clock.move_to(now - timedelta(minutes=self.chance.randint(2, 40)))

    def _complete(self, session: Session, scenario: Scenario, establishment: Establishment, task: UserTask) -> None:
        actor = self._performer(session, scenario, establishment, task)
        field = Field(session, self.clock, self.blobs, self.chance, establishment, self.case)
        if task.assignee_id is None:
            self.engine.claim(session, task.id, actor)
        self.engine.complete(session, task.id, self._steps[task.element_id](field, scenario, actor), actor)

    def _performer(self, session: Session, scenario: Scenario, establishment: Establishment, task: UserTask) -> Actor:
        if task.assignee_id is not None:
            user = next(u for u in self.city.users.values() if u.id == task.assignee_id)
            return self._actor(session, user.username)
        if task.candidate_group == "BIZ":
            return _business(establishment)
        return self._actor(session, TEAMS[scenario.district][0])

    def _actor(self, session: Session, username: str) -> Actor:
        return actor_of(session.merge(self.city.users[username], load=True))

    def _codes(self, session: Session) -> list[str]:
        return [finding.code for finding in findings_of_case(session, self.case)]

    def _round(self, scenario: Scenario) -> str:
        verdict = scenario.rounds[min(self.round, len(scenario.rounds) - 1)]
        self.round += 1
        return verdict

    def _accept(self, _field: Field, _scenario: Scenario, _actor: Actor) -> dict[str, Any]:
        return {
            "no_interest": True,
            "scheduled_on": (today(self.clock) + timedelta(days=2)).isoformat(),
            "note": "带快检试剂",
        }

    def _onsite(self, field: Field, scenario: Scenario, actor: Actor) -> dict[str, Any]:
        if scenario.access != "granted":
            return {"access": scenario.access, "arrived_at": moment(self.clock.now() - timedelta(minutes=40)),
                    "left_at": moment(self.clock.now() - timedelta(minutes=5))} | (
                        {"door_photos": [field.picture(actor)]} if scenario.access == "refused" else {})  # fmt: skip
        inspection = current(field.session, Inspection, self.case)
        assert inspection is not None
        template = field.session.get_one(ChecklistTemplate, inspection.checklist_template_id)
        return field.onsite(actor, template, dict(scenario.failing), "")

    def _obstruction(self, field: Field, _scenario: Scenario, actor: Actor) -> dict[str, Any]:
        return {
            "kind": "refused", "happened_at": moment(self.clock.now() - timedelta(hours=1)), "person": "自称仓库主管的男子",
            "described": "检查人员出示证件后，对方锁闭仓库大门拒绝进入，告知法律后果后仍不配合。", "evidence": [field.picture(actor)],
            "police_called": "no", "lead_signature": field.sign(actor), "second_signature": field.sign(actor),
        }  # fmt: skip

    def _not_found(self, field: Field, _scenario: Scenario, actor: Actor) -> dict[str, Any]:
        now = self.clock.now()
        visits = [
            (now - timedelta(days=2), "卷帘门紧闭，招牌已拆除"),
            (now - timedelta(hours=3), "仍无人经营，邻铺称已搬走一个月"),
        ]
        return {
            "visits": [
                {"visited_at": moment(at), "result": said, "photos": [field.picture(actor)]} for at, said in visits
            ],
            "inquiries": "询问左右邻铺和社区网格员，均称该店已于上月搬离，去向不明。",
            "suggestion": "abnormal",
            "lead_signature": field.sign(actor),
        }

    def _control(self, field: Field, _scenario: Scenario, actor: Actor) -> dict[str, Any]:
        return {
            "kind": "seal", "objects": "无检疫证明猪肉 38 千克，存放于摊位后冷柜", "reason": "不能提供检疫合格证明和进货凭证，继续销售有安全隐患",
            "photos": [field.picture(actor)],
        }  # fmt: skip

    def _referral(self, _field: Field, _scenario: Scenario, _actor: Actor) -> dict[str, Any]:
        return {
            "suspected": "涉嫌未按规定履行进货查验义务，重点项不符合", "transfer_to": "enforcement", "handler": "综合执法一中队",
            "materials": ["result_sheet", "checklist", "photos"],
        }  # fmt: skip

    def _submit(self, field: Field, scenario: Scenario, actor: Actor) -> dict[str, Any]:
        if scenario.extension:
            return {"kind": "extension", "days": 5, "reason": "更换的冷柜厂家通知下周才能到货", "is_true": True}
        return field.measures(actor, self._codes(field.session))

    def _recheck(self, field: Field, scenario: Scenario, actor: Actor) -> dict[str, Any]:
        companion = self.city.users[TEAMS[scenario.district][2]].id
        return field.recheck(actor, companion, self._codes(field.session), self._round(scenario))

    def _talk(self, field: Field, _scenario: Scenario, actor: Actor) -> dict[str, Any]:
        return {
            "held_at": moment(self.clock.now() - timedelta(hours=2)), "place": "鱼峰区市场监管局二楼约谈室", "attendee": f"{field.establishment.legal_person} 负责人",
            "matters": "两次整改均未到位，问题长期存在，责任不落实。", "commitment": "承诺一周内停业整顿，请专业机构指导并书面报告。",
        }  # fmt: skip


def play_all(
    database: Database, engine: Engine, clock: FixedClock, blobs: BlobStore, city: City, now: datetime
) -> Iterator[str]:
    """Play every scenario; gives a word per case."""
    taken: set[str] = set()
    for number, (scenario, ending) in enumerate(scenarios(), start=1):
        establishment = _place(city, scenario.district, ending, taken)
        taken.add(establishment.id)
        Play(database, engine, clock, blobs, city, number).tell(scenario, establishment, now)
        yield f"{scenario.until} · {establishment.name}"
    clock.move_to(now)


def _place(city: City, district: str, ending: str, taken: set[str]) -> Establishment:
    """The first establishment of the kind in the district that has no case yet, else the first in the district."""
    inside = [
        e for e in city.establishments if e.region_code == district and e.id not in taken and e.status == "active"
    ]
    inside = [e for e in inside if e.kind.value not in ("warehouse",)]
    return next((e for e in inside if ending and e.name.endswith(ending)), inside[len(taken) * 7 % len(inside)])


def _business(establishment: Establishment) -> Actor:
    """The head of a business that has no account in the demo, acting through the counter."""
    return Actor(
        id=f"biz-{establishment.id[-12:].lower()}",
        name=establishment.legal_person,
        roles=frozenset({"BIZ"}),
        region_path=establishment.region_path,
        establishment_id=establishment.id,
    )


def _at_work(day: date, chance: random.Random, now: datetime) -> datetime:
    at = datetime.combine(day, time(9 + chance.randint(0, 6), chance.randint(0, 55)), ZONE)
    return min(at, now - timedelta(minutes=chance.randint(40, 200)))
