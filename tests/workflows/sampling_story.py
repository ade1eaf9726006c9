"""The deeds of a sampling: taken, sent, received, reported, objected to; asked for by a small caller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine.completion import Completion
from engine.deployment import Bundle
from engine.model import Job, JobKind, JobState, ProcessInstance, UserTask, UserTaskState
from engine.process import Process, Step, process
from records.clock import today
from records.people import Actor
from records.sampling import (
    FoodKind,
    Laboratory,
    RapidTest,
    RetestDraw,
    Sample,
    SamplePortion,
    SampleTest,
    plan_sample,
)
from records.store import Store
from tests.engine.toys import START, chain, lanes, model
from tests.workflows.story import Story

CALLER = Bundle(
    "picking",
    model(
        "picking",
        lanes(LEAD="begin")
        + '<startEvent id="begin"/><serviceTask id="open_sampling"/>'
        + '<callActivity id="samples" calledElement="sampling"><multiInstanceLoopCharacteristics isSequential="false">'
        + '<loopDataInputRef>open_sampling.sample_ids</loopDataInputRef><inputDataItem id="sample_id"/>'
        + '</multiInstanceLoopCharacteristics></callActivity><endEvent id="done"/>'
        + chain("begin", "open_sampling", "samples", "done"),
    ),
    {"begin": START},
    {},
)


def open_sampling(step: Step) -> Mapping[str, object]:
    """Samples of what was told."""
    known = step.session.scalars(select(Sample).where(Sample.process_instance_id == step.instance.id)).all()
    return {"sample_ids": [one.id for one in known] or [_planned(step, one) for one in PLANS]}


def _planned(step: Step, told: Mapping[str, Any]) -> str:
    rapid = step.store.add(replaced(step, told["rapid"])) if "rapid" in told else None
    sample = plan_sample(
        step.store,
        instance=step.instance,
        establishment_id=step.instance.establishment_id or "",
        product_name=told["product"],
        reason="监督抽检计划",
        lot_code=told.get("lot_code"),
        kind=told.get("kind", FoodKind.FOOD),
        rapid_test_id=rapid.id if rapid else None,
    )
    step.session.flush()
    return sample.id


def replaced(step: Step, told: Mapping[str, Any]) -> RapidTest:
    """A rapid test on site."""
    return RapidTest(
        **told,
        kit_lot="K1",
        kit_expires_on=today(step.clock),
        establishment_id=step.instance.establishment_id,
        region_code=step.instance.region_code,
        region_path=step.instance.region_path,
    )


PICKING: Process = process("picking", open_sampling, prefix="试")
PLANS: list[dict[str, Any]] = []


class SamplingStory(Story):
    """Samples of the rice-noodle plant, from the plan to their last conclusion."""

    def begin(self, *plans: Mapping[str, Any]) -> ProcessInstance:
        """A case that asks for these samples (one of dry rice noodles, unless told otherwise)."""
        PLANS[:] = [dict(one) for one in plans or ({"product": "干米粉", "lot_code": "20261102"},)]
        with self.database.unit_of_work() as session:
            start = {"establishment": self.cast.business.establishment_id}
            instance = self.engine.start(session, "picking", start, self.cast.lead)
            self.case = instance.id
            return instance

    def until_sampling(self) -> None:
        """An inspection on whose site a sample was asked for."""
        self.assign()
        self.accept()
        self.inspect(samples=[{"product_name": "干米粉", "lot_code": "20261102", "reason": "抽检计划"}])
        self.confirm()

    def take(self, number: int = 1, **changes: Any) -> Completion:
        """Two sealed portions of a chilled product."""
        return self.do("take_sample", self.cast.inspector, **(self.taking(number) | changes))

    def taking(self, number: int = 1) -> dict[str, Any]:
        """The answers of taking a sample."""
        who = self.cast.inspector
        return {
            "possible": "yes",
            "product_name": "干米粉",
            "kind": "food",
            "specification": "400克/袋",
            "lot_code": "20261102",
            "produced_on": "2026-11-02",
            "shelf_life_days": 365,
            "producer_name": "柳州市鱼峰区老陈米粉厂",
            "base_quantity": "120",
            "quantity": "6",
            "unit": "bag",
            "price": "48",
            "portions": [
                {"kind": "test", "seal_no": f"封{number:03d}A", "quantity": "4"},
                {"kind": "spare", "seal_no": f"封{number:03d}B", "quantity": "2"},
            ],
            "storage": "normal",
            "place": "成品库",
            "taken_at": self.moment(),
            "photos": [self.photo(who) for _ in range(3)],
            "companion": "覃协",
            "signer_name": "陈桂英（负责人）",
            "business_signature": self.photo(who),
            "sampler_signature": self.photo(who),
        }

    def ship(self, laboratory: Laboratory | None = None, **changes: Any) -> Completion:
        """To the first laboratory of the city."""
        answers = {
            "laboratory": (laboratory or self.laboratories()[0]).id,
            "shipped_at": self.moment(),
            "carrier": "self",
            "photos": [self.photo(self.cast.inspector)],
        }
        return self.do("ship_sample", self.cast.inspector, **(answers | changes))

    def receive(self, **changes: Any) -> Completion:
        """The laboratory takes the sample in."""
        answers = {
            "received_at": self.moment(),
            "decision": "accept",
            "seals_intact": True,
            "photos": [self.photo(self.cast.laboratory)],
        }
        return self.do("receive_sample", self.cast.laboratory, **(answers | changes))

    def reject(self) -> Completion:
        """The laboratory takes it not in: the seal is broken."""
        return self.receive(decision="reject", seals_intact=False, reasons=["seal"], note="检验样品封条断裂")

    def report(self, value: str = "0.1", **changes: Any) -> Completion:
        """The first laboratory's report on lead, limit 0.2 mg/kg; changes of ``items`` replace them."""
        return self.do("report_test", self.cast.laboratory, **(self.reporting(value) | changes))

    def reporting(self, value: str, number: str = "JC-2026-001") -> dict[str, Any]:
        """A report on lead that agrees with itself."""
        verdict = "pass" if float(value) <= 0.2 else "fail"
        item = {
            "name": "铅",
            "category": "contaminant",
            "method": "GB 5009.12—2023",
            "value": value,
            "unit": "mg/kg",
            "limit_kind": "at_most",
            "limit_high": "0.2",
            "verdict": verdict,
        }
        return {
            "report_no": number,
            "reported_on": today(self.clock).isoformat(),
            "standard": "GB 2762—2022",
            "items": [item],
            "conclusion": verdict,
            "report_file": [self.photo(self.cast.laboratory)],
        }

    def until_failed(self, **taken: Any) -> None:
        """A sample with too much lead, told to the business."""
        self.begin()
        self.take(**taken)
        self.ship()
        self.receive()
        self.report("0.35")

    def object(self, **changes: Any) -> Completion:
        """The business asks for a re-test."""
        answers = {
            "decision": "retest",
            "reason": "同批产品自检合格，对检测值有异议",
            "given": "20261118",
            "fee": "1200",
            "fee_proof": [self.photo(self.cast.business)],
            "applicant": "陈桂英 13800000000",
            "is_true": True,
        }
        return self.do("request_retest", self.cast.business, **(answers | changes))

    def send_spare(self, **changes: Any) -> Completion:
        """The spare portion goes to the re-test laboratory."""
        answers = {
            "seals_intact": True,
            "sent_at": self.moment(),
            "companion": "龙化",
            "photos": [self.photo(self.cast.inspector)],
        }
        return self.do("send_spare", self.cast.inspector, **(answers | changes))

    def retest(self, value: str, who: Actor | None = None, **changes: Any) -> Completion:
        """The re-test laboratory's report."""
        answers = self.reporting(value, "FJ-2026-001") | {
            "received_at": self.moment(),
            "seals_intact": True,
            "approach": "laboratory",
        }
        return self.do("report_retest", who or self.cast.second_laboratory, **(answers | changes))

    # -- what is the case ---------------------------------------------------------------------------------------------

    def tasks(self, element_id: str) -> list[str]:
        """The ids of the open user tasks of this name."""
        open_ones = UserTask.state == UserTaskState.OPEN, UserTask.element_id == element_id
        with self.database.reading() as session:
            own = select(UserTask.id).where(UserTask.process_instance_id == self.case, *open_ones)
            return list(session.scalars(own.order_by(UserTask.id)))

    def samples(self) -> list[Sample]:
        """The samples of the case."""
        return sorted(self._all(Sample), key=lambda sample: sample.no or "")

    def portions(self) -> list[tuple[str, str]]:
        """Seal numbers and what became of them."""
        return sorted((one.seal_no, one.status) for one in self._all(SamplePortion))

    def reports(self) -> list[SampleTest]:
        """The reports, the first one first."""
        return sorted(self._all(SampleTest), key=lambda one: one.is_retest)

    def draw(self) -> RetestDraw:
        """The draw of the re-test laboratory."""
        found: RetestDraw = self._all(RetestDraw)[0]
        return found

    def laboratories(self) -> list[Laboratory]:
        """The laboratories of the city, the cast's first."""
        with self.database.reading() as session:
            return list(session.scalars(select(Laboratory).order_by(Laboratory.accreditation_no)))

    def correct_laboratory(self, number: int, **changes: Any) -> None:
        """A laboratory's accreditation changes."""
        with self.database.unit_of_work() as session:
            found = session.scalars(select(Laboratory).order_by(Laboratory.accreditation_no)).all()[number]
            Store(session, self.clock, self.cast.admin).correct(found, changes)

    def last_thrown(self) -> dict[str, dict[str, Any]]:
        """What the case's last message of each name says."""
        return dict(self.messages())

    def deliver_messages(self) -> None:
        """The worker delivers what was thrown and can be taken."""
        with self.database.reading() as session:
            waiting = Job.kind.in_((JobKind.MESSAGE, JobKind.SIGNAL)), Job.state == JobState.WAITING
            ids = list(session.scalars(select(Job.id).where(*waiting).order_by(Job.created_at, Job.id)))
        for job_id in ids:
            with self.database.unit_of_work() as session:
                job = session.get_one(Job, job_id)
                job.state, job.fencing_token = JobState.RUNNING, job.fencing_token + 1
                token = job.fencing_token
            with self.database.unit_of_work() as session:
                self.engine.fire(session, job_id, token)

    def cases(self, key: str) -> list[ProcessInstance]:
        """The cases of a process."""
        with self.database.reading() as session:
            own = select(ProcessInstance).where(ProcessInstance.process_key == key)
            return list(session.scalars(own.order_by(ProcessInstance.id)))
