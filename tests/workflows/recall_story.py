"""How a recall is told: a case that opens one over a traced lot, and the deeds of those who take part."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.completion import Completion
from engine.deployment import Bundle
from engine.engine import Engine
from engine.messages import Message
from engine.model import UserTask, UserTaskState
from engine.process import Process, Step, process
from records.lots import Lot
from records.people import SYSTEM, Actor, User, actor_of
from records.recalls import Disposal, Recall, RecallResponse, RecallScopeLot, open_recall
from records.store import Store
from records.trace import run_trace
from tests.engine.toys import START, chain, lanes, model
from tests.factories import place, user
from tests.records.chain import Chain
from tests.workflows.story import Story

CALLER = Bundle(
    "recalling",
    model(
        "recalling",
        lanes(LEAD="begin")
        + '<startEvent id="begin" name="开始"/><serviceTask id="open_recall"/>'
        + '<callActivity id="recalled" calledElement="recall"/><endEvent id="done"/>'
        + chain("begin", "open_recall", "recalled", "done"),
    ),
    {"begin": START | {"components": [*START["components"], {"type": "checkbox", "key": "is_drill", "label": "演练"}]}},
    {},
)
PLAN = {
    "responsible": "陈桂英",
    "contact": "陈小妹",
    "contact_phone": "13800000001",
    "quantity": 90,
    "unit": "kg",
    "scope_text": "鱼峰区一家批发户和一家粉店，共三家",
    "hazard_text": "检出致病菌，可能引起腹泻、呕吐",
    "procedure": "停止生产销售，通知下游经营者退回，门店张贴公告",
    "media_text": "请消费者停止食用该批干米粉，凭包装到购买处退货，联系电话见公告。",
    "disposal_plan": "收回后集中焚烧",
    "loss_forecast": "预计收回七成以上，损失约五千元",
    "stopped": True,
}
NONE_LEFT = {"on_hand": 0, "quarantined": 0, "sold": 0, "returned": 0}


def opening(given: str | None = None, **told: Any) -> Process:
    """The caller's code: it traces the lot that the case notes and opens a recall over it."""

    def open_recall_of_case(step: Step) -> dict[str, object]:
        run = run_trace(step.store, lot_ids=[step.data["begin"]["note"]], instance=step.instance)
        recall = open_recall(
            step.store, instance=step.instance, establishment_id=step.instance.establishment_id,
            trace_run_id=run.id, reason="监督抽检检出致病菌", recall_class=given,
        )  # fmt: skip
        return {"recall_id": recall.id, **told}

    open_recall_of_case.__name__ = "open_recall"
    return process("recalling", open_recall_of_case, prefix="测")


class RecallStory(Story):
    """A recall of 90 kg of noodles: ten left at the plant, fifty at the wholesaler, ten at the shop, twenty eaten."""

    chain: Chain
    plant: Actor
    wholesaler: Actor

    def prepare(self, given: str | None = None, **told: Any) -> None:
        """The chain with its people, and a process that opens a recall."""
        caller = opening(given, **told)
        self.engine = Engine({**self.engine.processes, "recalling": caller}, self.clock)
        with self.database.unit_of_work() as session:
            self.engine.deploy_all(session, [CALLER], SYSTEM)
            self.chain = Chain(Store(session, self.clock, SYSTEM))
        self.plant = self.hire("plant", "乙老板", self.chain.plant.id)
        self.wholesaler = self.hire("wholesaler", "丙老板", self.chain.wholesaler.id)

    def hire(self, username: str, name: str, establishment_id: str) -> Actor:
        """Somebody who acts for a business."""
        with self.database.unit_of_work() as session:
            store = Store(session, self.clock, SYSTEM)
            person = user(store, username=username, name=name, role="BIZ", region_code=place(session)["region_code"])
            store.correct(person, {"establishment_id": establishment_id})
            return actor_of(session.get_one(User, person.id))

    def begin(self, *, is_drill: bool = False) -> None:
        """Somebody found that the lot must come back."""
        answers = {"establishment": self.chain.plant.id, "note": self.chain.noodles.id, "is_drill": is_drill}
        with self.database.unit_of_work() as session:
            self.case = self.engine.start(session, "recalling", answers, self.cast.lead).id

    def publish(self, name: str = "announcement_published", **said: Any) -> None:
        """Word of what became of the notice."""
        told = {"published_at": self.clock.now().isoformat()} | said
        with self.database.unit_of_work() as session:
            self.engine.correlate(session, Message(name, self.instance().business_key, told), SYSTEM)

    def plan(self, **changes: Any) -> Completion:
        """The plant hands in its plan."""
        finish = {"finish_by": self.moment(hours=72)[:10]}
        return self.do("recall_plan", self.plant, **(PLAN | finish | changes))

    def approve_plan(self) -> Completion:
        """The manager lets the recall begin."""
        return self.do("review_plan", self.cast.manager, decision="approve")

    def answer(self, who: Actor, **quantities: Any) -> Completion:
        """A holder says what it has."""
        answers = {
            "notified_at": self.moment(),
            "lines": [{"code": "粉-1"} | NONE_LEFT | quantities],
            "answered_by": who.name,
            "stopped": True,
        }
        return self.do_of(who, "consignee_response", **answers)

    def visit(self, outcome: str = "visited", **quantities: Any) -> Completion:
        """The inspector goes to a holder that did not answer on the platform."""
        answers: dict[str, Any] = {"outcome": outcome, "attempts": "两次上门，第一次无人，第二次见到店主"}
        if outcome == "visited":
            lines = [{"code": "粉-1"} | NONE_LEFT | quantities]
            answers |= {"notified_at": self.moment(), "answered_by": "丁店主", "lines": lines}
        self.clock.advance(milliseconds=1)
        with self.database.unit_of_work() as session:
            waiting = select(UserTask.id).where(
                UserTask.process_instance_id == self.case,
                UserTask.element_id == "visit_consignee",
                UserTask.state == UserTaskState.OPEN,
            )
            first = session.scalars(waiting.order_by(UserTask.id)).first() or ""
            return self.engine.complete(session, first, answers, self.cast.inspector)

    def until_answers(self, **plan: Any) -> None:
        """Everything until all holders have answered: the shop when visited."""
        self.begin()
        self.plan(**plan)
        self.approve_plan()
        self.answer(self.plant, quarantined=10)
        self.answer(self.wholesaler, returned=50)
        self.visit(sold=20, quarantined=10)

    def confirm_effect(self, decision: str = "close", **changes: Any) -> Completion:
        """The lead says how it goes on."""
        return self.do("confirm_effectiveness", self.cast.lead, decision=decision, **changes)

    def dispose(self, weighed: float = 70, **changes: Any) -> None:
        """The plant tells when and where; two people see it burn."""
        report: dict[str, Any] = {
            "planned_at": self.moment(hours=3), "place": "城南焚烧厂", "method": "incinerate",
            "organiser": "城南环保公司", "lines": [{"code": "粉-1", "planned": 70}],
        }  # fmt: skip
        self.do("report_disposal", self.plant, **(report | changes))
        self.clock.advance(hours=3)
        self.do(
            "witness_disposal",
            self.cast.inspector,
            done_at=self.moment(),
            actual_place="城南焚烧厂",
            witnesses=[{"name": "韦检", "office": "市场监管局"}, {"name": "唐生", "office": "城南街道办"}],
            lines=[{"code": "粉-1", "weighed": weighed}],
            video=[self.video(self.cast.inspector)],
            photos=[self.photo(self.cast.inspector), self.photo(self.cast.inspector)],
            **({} if weighed == 70 else {"difference_reason": "含水率变化，重量少于报告数量"}),
        )

    def sum_up(self) -> Completion:
        """The plant's account."""
        return self.do(
            "recall_summary",
            self.plant,
            summary="三家全部通知到，收回七十公斤，已售二十公斤无法收回，全部焚烧。",
            prevention="更换灭菌设备，加密出厂检验，每批留样。",
            is_true=True,
        )

    def judge(self, evaluation: str = "effective") -> Completion:
        """The authority's judgement."""
        opinion = "通知到位，数量核对清楚，处置合规"
        return self.do("evaluate_recall", self.cast.lead, evaluation=evaluation, evaluation_text=opinion)

    def do_of(self, who: Actor, element_id: str, **answers: Any) -> Completion:
        """Somebody completes the open user task of this name that is their business's."""
        self.clock.advance(milliseconds=1)
        with self.database.unit_of_work() as session:
            mine = select(UserTask.id).where(
                UserTask.process_instance_id == self.case, UserTask.element_id == element_id,
                UserTask.state == UserTaskState.OPEN, UserTask.establishment_id == who.establishment_id,
            )  # fmt: skip
            return self.engine.complete(session, session.scalars(mine).one(), answers, who)

    # -- what is --------------------------------------------------------------------------------------------------

    def recall(self) -> Recall:
        """The recall."""
        return self._all(Recall)[0]

    def holders(self) -> dict[str, str]:
        """The state of each holder's answer, by its name."""
        return {each.holder_name: each.status for each in self._all(RecallResponse)}

    def scope(self) -> list[RecallScopeLot]:
        """The lots of the recall."""
        return self._all(RecallScopeLot)

    def disposal(self) -> Disposal:
        """The disposal."""
        return self._all(Disposal)[0]

    def lot_in(self, session: Session) -> Lot:
        """The noodles, to move them."""
        return session.get_one(Lot, self.chain.noodles.id)

    def lot(self) -> Lot:
        """The noodles, as the store has them."""
        with self.database.reading() as session:
            return session.get_one(Lot, self.chain.noodles.id)
