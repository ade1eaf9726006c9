"""A plan and its draw as a story: the plan is drafted, counted, approved; a round is drawn; inspections begin."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from engine.completion import Completion
from engine.model import Job, JobKind, JobState, ProcessInstance, UserTask, UserTaskState
from engine.running import Running
from records.checklists import ChecklistTemplate
from records.clock import today
from records.documents import Document
from records.draws import ConflictDeclaration, Draw, DrawMember
from records.people import Actor
from records.plans import InspectionPlan, PlanEdition, PlanStratum
from records.store import Store
from tests import factories
from tests.factories import DISTRICT
from tests.workflows.story import Story

REASON = "名录库数量不足，按规定作出决定"


class DrawStory(Story):
    """One plan of the district with one round today, and the draw that it calls."""

    def found(self, count: int = 6) -> list[str]:
        """More rice-noodle plants of the district, filed this year."""
        with self.database.unit_of_work() as session:
            store = Store(session, self.clock, self.cast.admin)
            plants = [
                factories.establishment(store, name=f"柳州市鱼峰区第{n}米粉厂", filed_on=date(2026, 3, 1))
                for n in range(count)
            ]
            return [plant.id for plant in plants]

    def begin_plan(self, **changes: Any) -> ProcessInstance:
        """The lead begins a plan of this year."""
        with self.database.unit_of_work() as session:
            answers = {"year": 2026, "kind": "routine"} | changes
            instance = self.engine.start(session, "inspection_plan", answers, self.cast.lead)
            self.case = instance.id
            return instance

    def draft_answers(self, **changes: Any) -> dict[str, Any]:
        """A complete draft: this district, until the end of the year, one round today."""
        day = today(self.clock)
        with self.database.reading() as session:
            checklist = session.scalars(select(ChecklistTemplate.id).where(ChecklistTemplate.status == "released"))
            templates = list(checklist)[:1]
        return {
            "title": "2026年度食品安全监督检查计划",
            "year": 2026,
            "kind": "routine",
            "mode": "random",
            "regions": [DISTRICT],
            "checklists": templates,
            "starts_on": day.isoformat(),
            "ends_on": "2026-12-31",
            "rounds": [{"draw_on": day.isoformat(), "inspect_by": (day + timedelta(days=20)).isoformat()}],
            "basis": "食品生产经营监督检查管理办法第二十一条",
        } | changes

    def draft(self, **changes: Any) -> Completion:
        """The lead drafts."""
        return self.do("draft_plan", self.cast.lead, **self.draft_answers(**changes))

    def strata(self, ratio: int) -> list[dict[str, Any]]:
        """The proposed strata, each with this ratio."""
        task = self.open_task("set_quotas")
        with self.database.reading() as session:
            rows = self.data(session, task)["propose_quotas"]["strata"]
        return [{"code": row["code"], "visits": row["visits"], "ratio": ratio} for row in rows]

    def data(self, session: Any, task: UserTask) -> Mapping[str, Any]:
        """What is visible at an open user task."""
        instance = session.get_one(ProcessInstance, task.process_instance_id)
        return Running.read(session, self.clock, self.cast.admin, instance).data_at(task.execution_id)

    def count(self, ratio: int = 50, **changes: Any) -> Completion:
        """The lead sets every stratum's ratio."""
        return self.do("set_quotas", self.cast.lead, **({"strata": self.strata(ratio)} | changes))

    def decide(self, decision: str = "approve", **changes: Any) -> Completion:
        """The manager decides on the plan."""
        signed = {"signature": self.photo(self.cast.manager)} if decision == "approve" else {}
        return self.do("approve_plan", self.cast.manager, decision=decision, **(signed | changes))

    def until_approval(self, ratio: int = 50, **changes: Any) -> None:
        """Everything up to the manager's decision."""
        self.begin_plan()
        self.draft(**changes)
        self.count(ratio)

    def until_pools(self, ratio: int = 50, **changes: Any) -> None:
        """Everything up to the round's day: the pools are built."""
        self.until_approval(ratio, **changes)
        self.decide()
        self.fire_due()

    def confirm_pools(self) -> Completion:
        """The lead confirms the pools."""
        return self.do("confirm_pools", self.cast.lead, decision="confirm")

    def contribute(self, actor: Actor | None = None) -> Completion:
        """The operator's part of the seed."""
        answers = {"method": "dice", "seed_part": "三五六二四一六六", "place": "局三楼会议室"}
        return self.do("operator_seed", actor or self.cast.lead, **answers)

    def witness(self, actor: Actor | None = None) -> Completion:
        """The witness's part; the draw happens."""
        return self.do("witness_seed", actor or self.cast.auditor, is_present=True, seed_part="witness-0721")

    def until_drawn(self, ratio: int = 50, **changes: Any) -> None:
        """Everything up to the draw."""
        self.until_pools(ratio, **changes)
        self.confirm_pools()
        self.contribute()
        self.witness()

    def declare(self, actor: Actor, **relations: str) -> Completion:
        """An inspector who was drawn declares; ``relations``: by number of the business (``n0``), otherwise none."""
        self.clock.advance(milliseconds=1)
        with self.database.unit_of_work() as session:
            task = session.scalars(
                select(UserTask).where(
                    UserTask.process_instance_id == self.case,
                    UserTask.element_id == "declare_interest",
                    UserTask.assignee_id == actor.id,
                    UserTask.state == UserTaskState.OPEN,
                )
            ).one()
            duties = [d for d in self.data(session, task)["ask_declarations"]["duties"] if d["inspector"] == actor.id]
            rows = [{"relation": relations.get(f"n{number}", "none")} for number in range(len(duties))]
            return self.engine.complete(session, task.id, {"interests": rows}, actor)

    def all_declare(self) -> None:
        """Nobody has an interest."""
        for actor in (self.cast.inspector, self.cast.colleague):
            self.declare(actor)

    def approve_list(self, **changes: Any) -> Completion:
        """The manager lets the draw stand."""
        return self.do("approve_list", self.cast.manager, **({"decision": "approve"} | changes))

    def deliver(self) -> None:
        """The worker delivers what was thrown to the inspections."""
        with self.database.reading() as session:
            waiting = select(Job).where(Job.kind == JobKind.MESSAGE, Job.state == JobState.WAITING)
            ids = [job.id for job in session.scalars(waiting) if job.payload.get("name") == "inspection_requested"]
        for job_id in ids:
            with self.database.unit_of_work() as session:
                job = session.get_one(Job, job_id)
                job.state, job.fencing_token = JobState.RUNNING, job.fencing_token + 1
                token = job.fencing_token
            with self.database.unit_of_work() as session:
                self.engine.fire(session, job_id, token)

    # -- what is there ------------------------------------------------------------------------------------------------

    def plan(self) -> InspectionPlan:
        """The plan."""
        return self._all(InspectionPlan)[0]

    def quotas(self) -> dict[str, int]:
        """Quota by stratum."""
        return {each.code: each.quota for each in self._all(PlanStratum)}

    def editions(self) -> list[PlanEdition]:
        """The editions of the plan, in order."""
        return sorted(self._all(PlanEdition), key=lambda each: each.number)

    def draws(self) -> list[Draw]:
        """The draws of the plan, in order."""
        return sorted(self._all(Draw), key=lambda each: each.id)

    def members(self) -> list[DrawMember]:
        """Who was drawn, in order."""
        return sorted(self._all(DrawMember), key=lambda each: each.id)

    def declarations(self) -> list[ConflictDeclaration]:
        """What was declared, in order."""
        return sorted(self._all(ConflictDeclaration), key=lambda each: each.id)

    def papers(self, kind: str) -> list[Document]:
        """The documents of a kind."""
        return [each for each in self._all(Document) if each.kind == kind]

    def inspections(self) -> list[ProcessInstance]:
        """The inspections that began."""
        with self.database.reading() as session:
            found = select(ProcessInstance).where(ProcessInstance.process_key == "inspection")
            return list(session.scalars(found.order_by(ProcessInstance.id)))
