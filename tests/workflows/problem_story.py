"""The deeds of problem handling and penalties, in the words of their forms."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from engine.completion import Completion
from engine.messages import Message
from engine.model import Job, JobKind, JobState, ProcessInstance, UserTask, UserTaskState
from engine.running import Running
from records.clock import today
from records.lots import add_lot
from records.penalties import Penalty
from records.people import SYSTEM, Actor, User, actor_of
from records.problems import GapRequest, ProblemCase
from records.registry import Establishment
from records.store import Store
from records.trace_events import LotItem, enter_event, lot_event
from records.trace_model import Lot, LotState, TraceEvent
from records.trace_words import BusinessStep, EventAction, EventType
from tests.factories import establishment, user
from tests.workflows.story import Story

NAME, PHONE, NOTE = "甘举实", "13977001122", "系该厂离职包装工"
SIX = ("time", "place", "stage", "cause", "party", "scope")


class ProblemStory(Story):
    """One problem at the business's plant."""

    lot_id = ""
    owner: Actor

    def lot(self, tlc: str = "LZ20261101", *, is_made: bool = True, **values: Any) -> str:
        """The id of a lot of the plant, with its beginning."""
        with self.database.unit_of_work() as session:
            plant = session.get_one(Establishment, self.cast.business.establishment_id)
            known: dict[str, Any] = {
                "tlc": tlc, "product_name": "干米粉", "quantity": 500, "unit": "kg", "establishment_id": plant.id,
                "region_code": plant.region_code, "region_path": plant.region_path,
            }  # fmt: skip
            lot = Lot(**(known | values))
            made_at = self.clock.now() if is_made else None
            return add_lot(Store(session, self.clock, self.cast.admin), lot, made_at=made_at).id

    def register(self, actor: Actor | None = None, **changes: Any) -> ProcessInstance:
        """A named complaint about the plant's noodles; lots unknown unless told."""
        answers: dict[str, Any] = {
            "source": "complaint",
            "informant_name": NAME,
            "informant_phone": PHONE,
            "informant_note": NOTE,
            "establishment": self.cast.business.establishment_id,
            "product_name": "干米粉",
            "lots_known": "no",
            "lots_unknown_reason": "举报人未保留包装",
            "found_at": self.moment(days=-1),
            "place": "柳石路158号车间",
            "hazard": "additive",
            "population": "general",
            "affected": 12,
            "ill": 0,
            "dead": 0,
            "summary": "举报称该厂在米粉中添加硼砂增加韧性，现场有白色粉末。",
        }
        with self.database.unit_of_work() as session:
            instance = self.engine.start(session, "problem_handling", answers | changes, actor or self.cast.inspector)
            self.case = instance.id
            return instance

    def report(self, **content: Any) -> None:
        """Another process reports a problem by message."""
        told = {
            "source": "sampling", "establishment": self.cast.business.establishment_id,
            "summary": "抽检不合格：硼砂检出", "hazard": "additive", "product_name": "干米粉",
            "lot_ids": [], "ill": 0, "dead": 0,
            "source_case_no": "检-1", "found_at": self.clock.now().isoformat(),
        } | content  # fmt: skip
        with self.database.unit_of_work() as session:
            receipt = self.engine.correlate(session, Message("problem_reported", payload=told), self.cast.admin)
            self.case = str(receipt.process_instance_id)

    def assign_pair(self, **changes: Any) -> Completion:
        """The lead takes the report on and names the pair."""
        answers = {"handler": self.cast.inspector.id, "second": self.cast.colleague.id}
        level = self.problem().level
        return self.do("assign_handlers", self.cast.lead, **(answers | {"level": str(level)} | changes))

    def verify(self, established: str = "yes", **changes: Any) -> Completion:
        """The handler says whether it is true."""
        answers: dict[str, Any] = {
            "kind": "result",
            "visited_at": self.moment(),
            "verification": "现场查见硼砂两袋，投料记录与举报相符。",
            "established": established,
        }
        if established == "yes":
            answers |= {"control": "no", "sampling": "no", "evidence": [self.photo(self.cast.inspector)]}
        return self.do("preliminary_verification", self.cast.inspector, **(answers | changes))

    def confirm(self, **changes: Any) -> Completion:  # type: ignore[override]
        """The handler confirms scope and stage."""
        answers: dict[str, Any] = {"stage": "production", "stage_basis": "投料记录和现场查见的添加物"}
        if not self.problem().lots:
            answers["scope_note"] = "按硼砂购进日期之后的全部生产日期确定"
        return self.do("confirm_scope", self.cast.inspector, **(answers | changes))

    def determine(self, **changes: Any) -> Completion:
        """The six answers."""
        return self.do("determination", self.cast.inspector, **(self.six() | changes))

    def six(self) -> dict[str, Any]:
        """A complete determination; the plant answers for all of it."""
        answers: dict[str, Any] = {
            "action": "determine",
            "began_at": self.moment(days=-20),
            "ended_at": self.moment(days=-2),
            "region": "柳州市鱼峰区",
            "site": "柳石路158号拌料间",
            "stage": "production",
            "cause_code": "adulteration",
            "cause": "为增加韧性在拌料时添加硼砂",
            "method": "five_whys",
            "analysis": [{"question": "为什么添加", "answer": "增加韧性，减少断条"}],
            "parties": [self.party()],
            "suspected_crime": "no",
            "legal_basis": "食品安全法第三十四条第一项",
            "evidence": [{"answer": each, "description": "现场笔录第3页"} for each in SIX],
        }
        if self.problem().lots:
            return answers | {"scope_confirmed": True}
        return answers | {"scope_reason": "按硼砂购进日期之后的全部生产日期确定"}

    def party(self, share: int = 100, **changes: Any) -> dict[str, Any]:
        """The plant's share."""
        plant = {"party": self.cast.business.establishment_id, "share": share, "basis": "生产者，投料人员供认"}
        return plant | changes

    def approve_determination(self) -> Completion:
        """The lead approves."""
        return self.do("review_determination", self.cast.lead, decision="approve")

    def until_measures(self, **registered: Any) -> None:
        """Everything up to the choice of measures."""
        self.register(**registered)
        self.assign_pair()
        self.verify()
        self.confirm()
        self.determine()
        self.approve_determination()

    def choose(self, *measures: str, **changes: Any) -> Completion:
        """The lead chooses what follows."""
        answers: dict[str, Any] = {"measures": list(measures), "reason": "依调查情况确定"}
        if "rectify" in measures:
            answers |= {"rectify_days": 10, "requirement": "停止添加，清除库存硼砂"}
        if "transfer" in measures:
            answers |= {
                "transfer_to": "police", "recipient": "柳州市鱼峰区公安局", "transfer_reason": "涉嫌生产有毒有害食品",
                "materials": ["determination", "evidence"],
            }  # fmt: skip
        if "recall" in measures:
            answers |= {"recall_reason": "问题批次仍在市场销售", "recall_class": "2"}
        if "warning" in measures:
            text = "请停止食用该批次干米粉并联系销售者退货。"
            answers |= {"warning_title": "关于某批次干米粉的消费提示", "warning_text": text}
        return self.do("choose_measures", self.cast.lead, **(answers | changes))

    def close(self, **changes: Any) -> None:
        """The lead verifies, the handler sums up."""
        answers = {"children_ended": True, "lots_reconciled": True, "closing": "全部措施落实，同意办结该问题"}
        self.do("verify_closure", self.cast.lead, **(answers | changes))
        self.do("lessons", self.cast.inspector, lessons="应当增加对添加物仓库的突击检查", risk_alert="no")

    def control(self, kind: str = "seal", **changes: Any) -> Completion:
        """The handler proposes a control measure."""
        answers = {
            "kind": kind, "objects": "干米粉 500 千克", "place": "成品库", "reason": "含有硼砂，继续销售有危害",
            "photos": [self.photo(self.cast.inspector)],
        }  # fmt: skip
        return self.do("control_measures", self.cast.inspector, **(answers | changes))

    # -- penalty ------------------------------------------------------------------------------------------------------

    def file_penalty(self) -> None:
        """Filed and approved."""
        self.do(
            "file_case", self.cast.inspector, matter="生产添加硼砂的米粉", violated="食品安全法第三十四条第一项",
            source="problem", clues="现场查见硼砂两袋，投料记录载明用量", companion=self.cast.colleague.id,
        )  # fmt: skip
        self.do("approve_filing", self.cast.lead, decision="approve")

    def investigate(self, *kinds: str, **changes: Any) -> Completion:
        """The facts and what is proposed."""
        answers: dict[str, Any] = {
            "found": "当事人自十一月一日起在拌料时添加硼砂，共生产干米粉 500 千克。",
            "evidence": [{"name": "现场笔录", "kind": "record"}],
            "recorded": True,
            "both_present": True,
            "kinds": list(kinds),
            "violated": "食品安全法第三十四条第一项",
            "punished_under": "食品安全法第一百二十三条",
            "discretion": "首次违法，主动召回，从轻",
            "is_cross_province": "no",
        }
        if "fine" in kinds:
            answers["fine"] = 50000
        return self.do("investigate", self.cast.inspector, **(answers | changes))

    def lawyer(self) -> Actor:
        """The district's legal reviewer, taken on when first needed."""
        with self.database.unit_of_work() as session:
            found = session.scalars(select(User).where(User.username == "legal")).one_or_none()
            store = Store(session, self.clock, self.cast.admin)
            return actor_of(found or user(store, username="legal", name="石法", role="LGL"))

    def review_law(self) -> Completion:
        """Somebody else finds the law kept."""
        checked = ["subject", "facts", "law", "discretion", "procedure", "crime"]
        return self.do("legal_review", self.lawyer(), checked=checked, decision="approve")

    def decide(self, **changes: Any) -> Completion:
        """The manager decides."""
        [penalty] = self._all(Penalty)
        answers = {"decision": "punish", "decision_no": "鱼市监处罚〔2026〕3号", "kinds": penalty.kinds}
        answers |= {} if penalty.fine is None else {"fine": str(penalty.fine)}
        return self.do("decide", self.cast.manager, **(answers | changes))

    def serve(self) -> Completion:
        """Served by hand."""
        answers = {"method": "direct", "served_at": self.moment(), "receiver": "陈桂英"}
        return self.do("serve", self.cast.inspector, **answers, receipt=[self.photo(self.cast.inspector)])

    def execute(self, paid: int | None = 50000) -> Completion:
        """Paid."""
        answers: dict[str, Any] = {"way": "fulfilled", "done_at": self.moment(), "execution": "已足额缴纳"}
        if paid is not None:
            answers["paid"] = paid
        return self.do("execution", self.cast.inspector, **(answers | {"receipts": [self.photo(self.cast.inspector)]}))

    # -- what is the case ---------------------------------------------------------------------------------------------

    def problem(self) -> ProblemCase:
        """The problem's record."""
        return self._all(ProblemCase)[0]

    def one(self, kind: type[Any]) -> Any:
        """The case's only record of a kind."""
        [found] = self._all(kind)
        return found

    def post(self) -> None:
        """The worker delivers every message that is on its way."""
        with self.database.reading() as session:
            waiting = select(Job.id).where(Job.kind == JobKind.MESSAGE, Job.state == JobState.WAITING)
            ids = list(session.scalars(waiting.where(Job.due_at <= self.clock.now()).order_by(Job.id)))
        for job_id in ids:
            with self.database.unit_of_work() as session:
                job = session.get_one(Job, job_id)
                job.state, job.fencing_token = JobState.RUNNING, job.fencing_token + 1
                token = job.fencing_token
            with self.database.unit_of_work() as session:
                self.engine.fire(session, job_id, token)

    def case_of(self, process_key: str) -> str:
        """The id of the only case of a process."""
        with self.database.reading() as session:
            found = select(ProcessInstance.id).where(ProcessInstance.process_key == process_key)
            return session.scalars(found.order_by(ProcessInstance.id.desc())).first() or ""

    def all(self, kind: type[Any]) -> list[Any]:
        """The case's records of a kind, the oldest first."""
        return self._all(kind)

    def data(self) -> dict[str, Any]:
        """What is visible at the root of the case."""
        with self.database.reading() as session:
            running = Running.read(session, self.clock, SYSTEM, session.get_one(ProcessInstance, self.case))
            return dict(running.execution.data)

    def hours(self, count: int) -> timedelta:
        """So many hours."""
        return timedelta(hours=count)

    def lot_state(self) -> LotState:
        """How the lot of the story stands."""
        with self.database.reading() as session:
            return session.get_one(Lot, self.lot_id).state

    def shop(self, name: str = "鱼峰区阿兰粮油店") -> str:
        """The id of a shop of the district."""
        with self.database.unit_of_work() as session:
            return establishment(Store(session, self.clock, self.cast.admin), name=name).id

    def give_to_shop(self, quantity: int = 200) -> str:
        """The plant ships some of the lot to a shop, which has no paper of it; ``owner`` is the shop's."""
        shop_id = self.shop()
        with self.database.unit_of_work() as session:
            store = Store(session, self.clock, self.cast.admin)
            plant = session.get_one(Establishment, self.cast.business.establishment_id)
            item = LotItem(session.get_one(Lot, self.lot_id), Decimal(quantity), "kg").content()
            shipped = TraceEvent(
                event_type=EventType.OBJECT, action=EventAction.OBSERVE, business_step=BusinessStep.SHIPPING,
                occurred_at=self.clock.now(), establishment_id=plant.id, from_id=plant.id, to_id=shop_id,
                region_code=plant.region_code, region_path=plant.region_path, inputs=[], outputs=[item],
            )  # fmt: skip
            enter_event(store, shipped)
            person = user(store, username="owner", name="兰姐", role="BIZ")
            store.correct(person, {"establishment_id": shop_id})
            self.owner = actor_of(person)
        return shop_id

    def sell(self, quantity: int) -> None:
        """The plant sells some of the lot to consumers."""
        with self.database.unit_of_work() as session:
            lot = session.get_one(Lot, self.lot_id)
            items = [LotItem(lot, Decimal(quantity), "kg")]
            sold = lot_event(lot, BusinessStep.RETAIL_SELLING, self.clock.now(), items=items)
            enter_event(Store(session, self.clock, self.cast.admin), sold)

    def plant_name(self) -> str:
        """What the plant is called."""
        with self.database.reading() as session:
            return session.get_one(Establishment, self.cast.business.establishment_id).name

    def asked(self) -> UserTask | None:
        """The first open question for papers."""
        with self.database.reading() as session:
            asked = select(UserTask).where(
                UserTask.process_instance_id == self.case, UserTask.element_id == "fill_gap",
                UserTask.state == UserTaskState.OPEN,
            )  # fmt: skip
            return session.scalars(asked.order_by(UserTask.id)).first()

    def answer_gaps(self, **changes: Any) -> None:
        """Whoever is asked for papers hands them in; ``changes`` to each answer."""
        while (task := self.asked()) is not None:
            is_plant = task.establishment_id == self.cast.business.establishment_id
            who = self.cast.business if is_plant else self.owner
            paper = {
                "has_paper": "yes", "voucher_no": "XS-1", "voucher_on": today(self.clock).isoformat(),
                "quantity": 200, "images": [self.photo(who)],
            }  # fmt: skip
            with self.database.unit_of_work() as session:
                request = next(one for one in self._all(GapRequest) if one.holder_id == task.establishment_id)
                papers = [paper | changes for _item in request.items]
                self.engine.complete(session, task.id, {"papers": papers, "is_true": True}, who)
