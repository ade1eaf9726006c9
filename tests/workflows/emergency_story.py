"""How an emergency is told, real or as a drill: the deeds of coordinator, manager, experts, agencies and evaluators."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from engine.completion import Completion
from engine.model import UserTask, UserTaskState
from records.drills import Drill, Inject, PlanVersion
from records.emergencies import AgencyAction, AgencyReport, EmergencyEvent, SituationReport
from records.people import SYSTEM, load_actor
from records.store import Store
from tests.factories import place
from tests.records.chain import Chain
from tests.workflows.recall_story import RecallStory

AGENCIES = ("regulation", "cdc", "health", "police", "information", "logistics")
TEXT = "按预案开展处置，进展正常，未发现新的情况。"
REPORTS: dict[str, dict[str, Any]] = {
    "regulation": {
        "sealed": "粉-1批次干米粉十公斤，封存于厂内二号库", "stopped": 3, "inspected": 3, "disinfected": "yes",
        "recall": "yes", "recall_reason": "流行病学调查指向该批干米粉",
    },
    "cdc": {
        "cases": 12, "probable": 8, "confirmed": 4, "exposed": 40, "exposed_ill": 12, "unexposed": 20,
        "unexposed_ill": 0, "food": "干米粉", "agent": "致病菌", "samples": 6, "sanitary": "清洗消毒两处",
        "told_both": True,
    },
    "health": {
        "patients": 12, "mild": 9, "severe": 1, "critical": 0, "discharged": 2, "dead": 0, "beds": 60,
        "hospitals": "鱼峰区人民医院",
    },
    "police": {"scene": "秩序正常", "evidence": "封存监控录像和进货单据", "controlled": 0, "rumours": 0}
    | {"clue": "none"},
    "information": {"hot": 1, "release": "none"},
    "logistics": {"vehicles": 4, "kits": 10, "cold_storage": "区冷库三号间", "destruction_site": "城南焚烧厂"},
}  # fmt: skip


class EmergencyStory(RecallStory):
    """People fall ill after eating the noodles of the chain."""

    def prepare(self, given: str | None = None, **told: Any) -> None:
        """The chain with its people."""
        with self.database.unit_of_work() as session:
            self.chain = Chain(Store(session, self.clock, SYSTEM))
        self.plant = self.hire("plant", "乙老板", self.chain.plant.id)
        self.wholesaler = self.hire("wholesaler", "丙老板", self.chain.wholesaler.id)

    def keep_plan(self) -> None:
        """A plan of the district is in force."""
        with self.database.unit_of_work() as session:
            plan = PlanVersion(
                name="鱼峰区食品安全事故应急预案", number=3, text="略", valid_from=self.clock.now().date(),
                status="in_force", approved_at=self.clock.now(), **place(session),
            )  # fmt: skip
            Store(session, self.clock, SYSTEM).add(plan)

    def begin_real(self, **changes: Any) -> None:
        """The coordinator enters a real event at the plant."""
        answers = {
            "kind": "real", "summary": "多人食用干米粉后呕吐腹泻，已送医院", "event_at": self.moment(hours=-1),
            "place": "鱼峰区某学校食堂", "product_name": "干米粉", "establishment": self.chain.plant.id,
            "ill": 12, "severe": 1, "dead": 0,
        }  # fmt: skip
        self._start(answers | changes)

    def begin_drill(self) -> None:
        """The coordinator sets up a drill."""
        self._start({"kind": "drill", "title": "二〇二六年食品安全应急演练"})

    def _start(self, answers: dict[str, Any]) -> None:
        with self.database.unit_of_work() as session:
            self.case = self.engine.start(session, "recall_emergency", answers, self.cast.coordinator).id

    def design_answers(self, **changes: Any) -> dict[str, Any]:
        """A drill of two objectives and two injects in which the plant takes part."""
        answers: dict[str, Any] = {
            "title": "二〇二六年食品安全应急演练",
            "scenario": "某学校食堂十二名学生食用干米粉后呕吐腹泻，已送医院救治。",
            "notice": "no",
            "safety_rule": "出现真实事件立即停止演练，所有通话以“演练”开头。",
            "clock_factor": "10",
            "agencies": list(AGENCIES),
            "businesses": [{"establishment": self.chain.plant.id}],
            "lots": [{"lot": self.chain.noodles.id}],
            "evaluators": [{"evaluator": self.cast.colleague.id}, {"evaluator": self.cast.unqualified.id}],
            "objectives": [
                {"code": "1", "objective": "两小时内初报", "metric": "report", "target": 120, "weight": 60},
                {"code": "2", "objective": "部门配合顺畅", "metric": "manual", "weight": 40},
            ],
            "injects": [
                {"code": "A", "kind": "rumour", "minute": 100, "text": "网传中毒三百人", "expected": "一小时内澄清"},
                {"code": "B", "kind": "death", "minute": 6000, "text": "一名学生死亡", "expected": "重新定级"},
            ],
        }  # fmt: skip
        return answers | changes

    def design(self, **changes: Any) -> Completion:
        """The coordinator designs the drill."""
        return self.do("design_drill", self.cast.coordinator, **self.design_answers(**changes))

    def approve_drill(self) -> Completion:
        """The manager lets it begin."""
        return self.do("approve_drill", self.cast.manager, decision="approve")

    def report_first(self, **changes: Any) -> Completion:
        """The initial report."""
        answers: dict[str, Any] = {
            "event_at": self.moment(hours=-1), "place": "鱼峰区某学校食堂", "product_name": "干米粉",
            "lots": [{"lot": self.chain.noodles.id}], "ill": 12, "severe": 1, "dead": 0,
            "symptoms": ["呕吐", "腹泻"], "spread": "county", "reporter": "区人民医院", "reporter_phone": "07720000000",
            "measures": "送医救治，封存剩余食品", "agencies": list(AGENCIES),
        }  # fmt: skip
        return self.do("initial_report", self.cast.coordinator, **(answers | changes))

    def acknowledge(self, *agencies: str) -> None:
        """Whoever is called confirms."""
        for agency in agencies or AGENCIES:
            self.do_assigned(f"ack_{agency}", by="值班员", phone="0772-1111111", people=4)

    def report(self, *agencies: str, finished: str = "yes", **changes: Any) -> None:
        """Agencies report, each in its own words; police, disease control, health … may take it."""
        for agency in agencies or AGENCIES:
            answers = {"reported_at": self.moment(), "text": TEXT, "finished": finished} | REPORTS[agency] | changes
            self.do(f"report_{agency}", self.member(agency), **answers)

    def member(self, agency: str) -> Any:
        """Somebody of an agency."""
        return {
            "regulation": self.cast.inspector,
            "cdc": self.cast.disease_control,
            "health": self.cast.health,
            "police": self.cast.police,
            "information": self.cast.disclosure,
            "logistics": self.cast.operations,
        }[agency]

    def grade(self, grade: str = "IV", **changes: Any) -> Completion:
        """The experts confirm."""
        return self.do("confirm_grade", self.cast.lead, grade=grade, experts="谭疾、廖卫", **changes)

    def activate(self) -> Completion:
        """The manager activates the plan."""
        told = {"commander": "梁局", "command_group": "市场监管、疾控、卫健、公安、宣传、后勤各一名"}
        return self.do("activate_plan", self.cast.manager, orders="立即封存、救治、流调、追溯", **told)

    def review_situation(self, decision: str = "controlled", **changes: Any) -> Completion:
        """The coordinator reviews the situation."""
        answers: dict[str, Any] = {"ill": 12, "severe": 1, "dead": 0, "text": "各部门按时报告，没有新病例。"}
        if decision == "controlled":
            answers["recall"] = "no"
        return self.do("situation_review", self.cast.coordinator, decision=decision, **(answers | changes))

    def terminate(self) -> Completion:
        """The manager ends the response."""
        ticks = dict.fromkeys(("treated", "removed", "no_new", "recalled"), True)
        summary = "十二人发病全部治愈，涉事食品已控制，原因为干米粉受致病菌污染。"
        return self.do("terminate_response", self.cast.manager, summary=summary, **ticks)

    def until_controlled(self, **review: Any) -> None:
        """From the initial report until the situation is under control and every agency done."""
        self.report_first()
        self.acknowledge()
        self.grade()
        self.activate()
        self.report()
        self.review_situation(**review)

    def evaluate(self, first: float = 60, second: float = 30) -> None:
        """Both evaluators score."""
        for who, cut in ((self.cast.colleague, 0), (self.cast.unqualified, 10)):
            scores = [
                {"code": "1", "score": first, "evidence": "系统测量在目标内"},
                {"code": "2", "score": second - cut, "evidence": "部门之间有两次重复通话"},
            ]
            self.do_mine("evaluate", who, scores=scores)

    def sum_drill_up(self) -> Completion:
        """The after-action report, with one thing to better."""
        action = {
            "code": "1", "gap": "值班名册未及时更新", "action": "每月核对一次值班名册",
            "owner": self.cast.inspector.id, "due_on": self.moment(days=20)[:10],
        }  # fmt: skip
        return self.do(
            "after_action_report", self.cast.coordinator, strengths="初报及时，各部门确认迅速。",
            gaps="值班名册有误，信息组澄清偏慢。", actions=[action],
        )  # fmt: skip

    def do_assigned(self, element_id: str, **answers: Any) -> Completion:
        """Whoever has the open user task of this name does it."""
        with self.database.reading() as session:
            who = load_actor(session, self.task(element_id, session).assignee_id or "")
        return self.do(element_id, who, **answers)

    def do_mine(self, element_id: str, who: Any, **answers: Any) -> Completion:
        """Somebody does the user task of this name that is theirs."""
        self.clock.advance(milliseconds=1)
        with self.database.unit_of_work() as session:
            mine = select(UserTask.id).where(
                UserTask.process_instance_id == self.case, UserTask.element_id == element_id,
                UserTask.state == UserTaskState.OPEN, UserTask.assignee_id == who.id,
            )  # fmt: skip
            return self.engine.complete(session, session.scalars(mine).one(), answers, who)

    # -- what is --------------------------------------------------------------------------------------------------

    def event(self) -> EmergencyEvent:
        """The emergency."""
        return self._all(EmergencyEvent)[0]

    def drill(self) -> Drill:
        """The drill."""
        return self._all(Drill)[0]

    def injects(self) -> list[Inject]:
        """What is put in."""
        return self._all(Inject)

    def actions(self) -> dict[str, AgencyAction]:
        """What each agency did."""
        return {each.agency.value: each for each in self._all(AgencyAction)}

    def agency_reports(self) -> list[AgencyReport]:
        """What the agencies reported."""
        return self._all(AgencyReport)

    def course(self) -> list[str]:
        """The kinds of the reports so far."""
        return [each.kind for each in self._all(SituationReport)]
