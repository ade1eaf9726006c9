"""How a story is told: the cast's deeds in the words of the forms, each in its own unit of work."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.completion import Completion
from engine.engine import Engine
from engine.model import InstanceStep, Job, JobKind, JobState, Notification, ProcessInstance, UserTask, UserTaskState
from records.attachments import Belonging, receive
from records.blobs import BlobStore
from records.checklists import ChecklistItem, ChecklistTemplate, ItemAnswer, released_template
from records.clock import ZONE, FixedClock, today
from records.db import Database
from records.documents import Document
from records.errors import InvalidAnswersError
from records.inspections import Finding, Inspection, Rectification
from records.people import Actor, User
from records.registry import CreditEvent, Establishment
from records.store import Store
from tests.factories import Cast

SITE = {"latitude": 24.3150, "longitude": 109.4280, "accuracy": 8}
FAR_AWAY = {"latitude": 24.3350, "longitude": 109.4280, "accuracy": 8}
VIDEO = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x08free"


class Story:
    """One case at the business's rice-noodle plant (risk grade B), told step by step."""

    def __init__(self, database: Database, engine: Engine, clock: FixedClock, cast: Cast, blobs: BlobStore) -> None:
        self.database, self.engine, self.clock, self.cast, self.blobs = database, engine, clock, cast, blobs
        self.case = ""
        self.pictures = 0

    # -- deeds --------------------------------------------------------------------------------------------------------

    def assign(self, **changes: Any) -> ProcessInstance:
        """The lead assigns the inspection."""
        answers: dict[str, Any] = {
            "establishment": self.cast.business.establishment_id,
            "mode": "routine",
            "reason": "年度监督检查计划",
            "lead_inspector": self.cast.inspector.id,
            "second_inspector": self.cast.colleague.id,
            "planned_on": today(self.clock).isoformat(),
        }
        with self.database.unit_of_work() as session:
            instance = self.engine.start(session, "inspection", answers | changes, self.cast.lead)
            self.case = instance.id
            return instance

    def accept(self) -> Completion:
        """The first inspector accepts for today."""
        return self.do(
            "accept_assignment", self.cast.inspector, no_interest=True, scheduled_on=today(self.clock).isoformat()
        )

    def inspect(self, failing: Mapping[str, Mapping[str, Any]] | None = None, **changes: Any) -> Completion:
        """The first inspector fills in what was found; ``failing``: item code -> how it failed."""
        return self.do("onsite_inspection", self.cast.inspector, **(self.onsite_answers(failing) | changes))

    def confirm(self) -> Completion:
        """The second inspector confirms."""
        return self.do(
            "cosign",
            self.cast.colleague,
            no_interest=True,
            decision="confirm",
            signature=self.photo(self.cast.colleague),
        )

    def tell_result(self, overall: str, **changes: Any) -> Completion:
        """The first inspector tells the result, the business signs."""
        return self.do("result_and_signature", self.cast.inspector, **(self.result_answers(overall) | changes))

    def approve(self) -> Completion:
        """The lead approves the result."""
        return self.do("lead_review", self.cast.lead, decision="approve")

    def until_result(self, failing: Mapping[str, Mapping[str, Any]] | None = None, **assigned: Any) -> None:
        """Everything up to the second inspector's confirmation."""
        self.assign(**assigned)
        self.accept()
        self.inspect(failing)
        self.confirm()

    def until_order(self, failing: Mapping[str, Mapping[str, Any]], overall: str, days: int = 10) -> None:
        """Everything up to the order to correct."""
        self.until_result(failing)
        self.tell_result(overall, rectify_days=days)
        self.approve()

    def submit(self, **changes: Any) -> Completion:
        """The business answers each finding."""
        measures = [
            {
                "cause": "供货商更换后未及时索证",
                "action": "已补齐凭证并建立到货查验制度",
                "done_on": today(self.clock).isoformat(),
                "photos": [self.photo(self.cast.business)],
            }
            for _finding in self.ordered()
        ]
        answers = {"kind": "submit", "measures": measures, "is_true": True} | changes
        return self.do("submit_rectification", self.cast.business, **answers)

    def ask_extension(self, days: int) -> Completion:
        """The business asks for more time."""
        reason = "冷库配件需从厂家订货，下周到货"
        request = {"kind": "extension", "days": days, "reason": reason, "is_true": True}
        return self.do("submit_rectification", self.cast.business, **request)

    def review(self, accepted: str) -> Completion:
        """The first inspector reviews from the desk."""
        return self.do("review_rectification", self.cast.inspector, **self._review(accepted))

    def recheck(self, accepted: str) -> Completion:
        """Two inspectors check on site."""
        answers = self._review(accepted) | {
            "arrived_at": self.moment(minutes=-40),
            "position": SITE,
            "companion": self.cast.colleague.id,
            "photos": [self.photo(self.cast.inspector)],
            "left_at": self.moment(),
            "lead_signature": self.photo(self.cast.inspector),
        }
        return self.do("onsite_recheck", self.cast.inspector, **answers)

    def talk(self) -> Completion:
        """The lead holds the responsibility talk."""
        return self.do(
            "responsibility_talk",
            self.cast.lead,
            held_at=self.moment(),
            place="局二楼约谈室",
            attendee="陈桂英（负责人）",
            matters="两次整改未到位，食品安全主体责任不落实。",
            commitment="三日内停业整顿并书面报告。",
        )

    def do(self, element_id: str, actor: Actor, **answers: Any) -> Completion:
        """Somebody completes the open user task of this name."""
        self.clock.advance(milliseconds=1)  # ids sort by time
        with self.database.unit_of_work() as session:
            return self.engine.complete(session, self.task(element_id, session).id, answers, actor)

    def refused(self, element_id: str, actor: Actor, **answers: Any) -> dict[str, list[str]]:
        """What is said about these answers; they must be refused."""
        try:
            self.do(element_id, actor, **answers)
        except InvalidAnswersError as error:
            return error.errors
        raise AssertionError(f"{element_id} took {answers}")

    def fire_due(self) -> None:
        """The worker does every timer and reminder that is due, and counts anew what is to be counted anew."""
        with self.database.reading() as session:
            due = select(Job.id).where(
                Job.process_instance_id == self.case,
                Job.kind.in_((JobKind.TIMER, JobKind.REMINDER, JobKind.RECALCULATION)),
                Job.state == JobState.WAITING,
                Job.due_at <= self.clock.now(),
            )
            ids = list(session.scalars(due.order_by(Job.due_at)))
        for job_id in ids:
            with self.database.unit_of_work() as session:
                job = session.get_one(Job, job_id)
                if job.state is not JobState.WAITING:
                    continue
                job.state, job.fencing_token = JobState.RUNNING, job.fencing_token + 1
                token = job.fencing_token
            with self.database.unit_of_work() as session:
                self.engine.fire(session, job_id, token)

    # -- answers ------------------------------------------------------------------------------------------------------

    def onsite_answers(self, failing: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Any]:
        """A complete on-site form, arrived an hour ago, at the registered place."""
        who = self.cast.inspector
        return {
            "access": "granted",
            "arrived_at": self.moment(minutes=-60),
            "position": SITE,
            "door_photos": [self.photo(who)],
            "both_present": True,
            "credentials_shown": True,
            "persons_present": "陈桂英（负责人）",
            "checklist": self.checklist(failing or {}),
            "left_at": self.moment(),
        }

    def checklist(self, failing: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """Every item conforms, but for the failing ones."""
        answers: dict[str, Any] = {}
        for item in self.items():
            if item.code in failing:
                failed = {"result": "nonconform", "note": "现场与要求不符", "photos": [self.photo(self.cast.inspector)]}
                answers[item.code] = failed | dict(failing[item.code])
            elif item.answer is ItemAnswer.MEASUREMENT:
                low, high = item.minimum, item.maximum
                answers[item.code] = {"measured": low if low is not None else high, "result": "conform"}
            else:
                answers[item.code] = {"result": "conform"}
        return answers

    def result_answers(self, overall: str) -> dict[str, Any]:
        """A result that the business signs."""
        who = self.cast.inspector
        return {
            "overall": overall,
            "hazard": "no",
            "signature": "signed",
            "signer_name": "陈桂英（负责人）",
            "business_signature": self.photo(who),
            "lead_signature": self.photo(who),
            "second_signature": self.photo(who),
            "delivery": "handed",
        }

    def _review(self, accepted: str) -> dict[str, Any]:
        row = {"accepted": accepted} | ({} if accepted == "yes" else {"comment": "照片看不出已改正"})
        return {"reviews": [dict(row) for _finding in self.ordered()], "opinion": "逐项复查完毕"}

    def photo(self, actor: Actor) -> str:
        """The id of a picture that nobody has uploaded before."""
        self.pictures += 1
        target = io.BytesIO()
        Image.new("RGB", (40, 30), (self.pictures % 256, self.pictures // 256, 90)).save(target, "PNG")
        return self.upload(actor, target.getvalue(), "照片.png")

    def video(self, actor: Actor) -> str:
        """The id of a recording."""
        return self.upload(actor, VIDEO + str(self.pictures).encode(), "录像.mp4")

    def upload(self, actor: Actor, content: bytes, filename: str) -> str:
        """The id of an upload to this case."""
        with self.database.unit_of_work() as session:
            instance = session.get_one(ProcessInstance, self.case)
            belonging = Belonging(
                instance.region_code, instance.region_path, self.case, None, instance.establishment_id
            )
            store = Store(session, self.clock, actor)
            return receive(store, self.blobs, io.BytesIO(content), filename, belonging).id

    def moment(self, **ago: float) -> str:
        """Now (plus a little) as a date-and-time control gives it."""
        return (self.clock.now() + timedelta(**ago)).astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")

    def items(self) -> list[ChecklistItem]:
        """The items of the checklist of rice-noodle producers."""
        with self.database.reading() as session:
            return list(released_template(session, "rice_noodle_producer").items)

    def item(self, *, is_key: bool, number: int = 0) -> str:
        """The code of a general or key item that is answered with yes or no."""
        items = [i for i in self.items() if i.is_key is is_key and i.answer is ItemAnswer.CONFORMITY]
        return items[number].code

    # -- what is the case ---------------------------------------------------------------------------------------------

    def task(self, element_id: str, session: Session) -> UserTask:
        """The open user task of this name."""
        return session.scalars(
            select(UserTask).where(
                UserTask.process_instance_id == self.case,
                UserTask.element_id == element_id,
                UserTask.state == UserTaskState.OPEN,
            )
        ).one()

    def open_task(self, element_id: str) -> UserTask:
        """The open user task of this name, to look at."""
        with self.database.reading() as session:
            return self.task(element_id, session)

    def waits_for(self) -> list[str]:
        """The names of the open user tasks."""
        with self.database.reading() as session:
            return sorted(
                session.scalars(
                    select(UserTask.element_id).where(
                        UserTask.process_instance_id == self.case, UserTask.state == UserTaskState.OPEN
                    )
                )
            )

    def instance(self) -> ProcessInstance:
        """The case."""
        with self.database.reading() as session:
            return session.get_one(ProcessInstance, self.case)

    def passed(self) -> list[str]:
        """The elements that were passed."""
        with self.database.reading() as session:
            own = select(InstanceStep.passed).where(InstanceStep.process_instance_id == self.case)
            steps = session.scalars(own.order_by(InstanceStep.version))
            return [element for step in steps for passed in step.values() for element in passed]

    def inspection(self) -> Inspection:
        """The inspection's record."""
        return self._all(Inspection)[0]

    def findings(self) -> list[Finding]:
        """The findings, by code."""
        return sorted(self._all(Finding), key=lambda finding: finding.code)

    def rectification(self) -> Rectification:
        """The order to correct."""
        return self._all(Rectification)[0]

    def messages(self) -> list[tuple[str, dict[str, Any]]]:
        """The messages that the case threw, with what they say, in their order."""
        with self.database.reading() as session:
            own = select(Job).where(Job.process_instance_id == self.case, Job.kind == JobKind.MESSAGE)
            jobs = session.scalars(own.order_by(Job.created_at, Job.id))
            return [(job.payload["name"], job.payload["content"]) for job in jobs if "name" in job.payload]

    def thrown(self, name: str) -> list[dict[str, Any]]:
        """What its messages of this name say."""
        return [said for each, said in self.messages() if each == name]

    def documents(self) -> list[str]:
        """The kinds of the documents in force."""
        return sorted(each.kind for each in self._all(Document) if each.status != "superseded")

    def credit(self) -> list[tuple[str, int]]:
        """What the case left in the credit file, by kind."""
        return sorted((event.kind, event.points) for event in self._all(CreditEvent))

    def business(self) -> Establishment:
        """The inspected business."""
        with self.database.reading() as session:
            return session.get_one(Establishment, self.cast.business.establishment_id)

    def set_risk_grade(self, grade: str) -> None:
        """The business has this risk grade."""
        with self.database.unit_of_work() as session:
            business = session.get_one(Establishment, self.cast.business.establishment_id)
            Store(session, self.clock, self.cast.admin).correct(business, {"risk_grade": grade})

    def give_address(self, email: str) -> None:
        """The head of the business has a mail address."""
        with self.database.unit_of_work() as session:
            Store(session, self.clock, self.cast.admin).correct(
                session.get_one(User, self.cast.business.id), {"email": email}
            )

    def checklist_code(self) -> str:
        """The code of the checklist that the inspection uses."""
        with self.database.reading() as session:
            return session.get_one(ChecklistTemplate, self.inspection().checklist_template_id).code

    def told(self, actor: Actor) -> list[str]:
        """The kinds of the notifications that somebody got."""
        with self.database.reading() as session:
            mine = (
                select(Notification).where(Notification.user_id == actor.id).order_by(Notification.at, Notification.id)
            )
            return [each.kind for each in session.scalars(mine)]

    def ordered(self) -> list[Finding]:
        """The findings that are to be put right."""
        return [finding for finding in self.findings() if finding.status == "rectifying"]

    def _all(self, kind: type[Any]) -> list[Any]:
        with self.database.reading() as session:
            of_case = select(kind).where(kind.process_instance_id == self.case, kind.deleted_at.is_(None))
            return list(session.scalars(of_case.order_by(kind.id)))


def local(at: datetime) -> str:
    """A moment as people read it."""
    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
