"""How the story of an announcement is told: the deeds of author, reviewers, approvers and readers."""

from __future__ import annotations

import io
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.completion import Completion
from engine.messages import Message, Receipt
from engine.model import Job, JobKind, JobState, Notification, ProcessInstance, UserTask, UserTaskState
from engine.running import Running
from records.announcements import Announcement, AnnouncementVersion
from records.attachments import Belonging, receive
from records.disclosure import DisclosureClock, DisclosureItem
from records.people import SYSTEM, Actor, load_actor
from records.public_pages import PublicPage, find_public_page
from records.store import Store
from tests.factories import DISTRICT
from tests.workflows.story import Story

BODY = "<p>现将有关事项通知如下：</p><ul><li>落实进货查验</li><li>落实索证索票</li></ul>"
FIELDS = [
    {"label": "抽查对象", "value": "柳州市鱼峰区老陈米粉厂"},
    {"label": "检查结论", "value": "基本符合"},
    {"label": "供货商名单", "value": "甲粮油店、乙粮油店"},
]


class AnnouncementStory(Story):
    """One announcement of the district, told step by step."""

    def begin(self, kind: str = "notice", title: str = "关于做好米粉生产监督的通知", **changes: Any) -> ProcessInstance:
        """The inspector begins."""
        author = changes.pop("author", self.cast.inspector)
        with self.database.unit_of_work() as session:
            answers = {"kind": kind, "title": title, **changes}
            instance = self.engine.start(session, "announcement", answers, author)
            self.case = instance.id
            return instance

    def asked(self, is_drill: object = None, **content: Any) -> None:
        """Another case asks for it by message."""
        known = {
            "kind": "result_disclosure", "title": "食品安全监督检查结果公示", "body": "现公布检查结果。\n请监督。",
            "region_code": DISTRICT, "is_public": True, "category": "inspection", "summary": "检查结果",
            "source_type": "inspection", "source_id": "", "source_case_no": "检-450203-20261118-001",
            "establishment_id": self.cast.business.establishment_id,
            "facts": {"检查日期": "2026年11月18日"},
            "fields": [{"name": f"f{n}", **field} for n, field in enumerate(FIELDS)],
        }  # fmt: skip
        message = Message("announcement_requested", "提请", {**known, **content}, is_drill=bool(is_drill))
        with self.database.unit_of_work() as session:
            receipt = self.engine.correlate(session, message, SYSTEM)
        self.case = receipt.process_instance_id or ""

    def answers(self, **changes: Any) -> dict[str, Any]:
        """A complete draft of a notice to the district's businesses and inspectors."""
        known: dict[str, Any] = {
            "kind": "notice",
            "title": "关于做好米粉生产监督的通知",
            "body": BODY,
            "regions": [DISTRICT],
            "kinds": ["BIZ", "INS"],
            "urgency": "normal",
        }
        return {name: value for name, value in {**known, **changes}.items() if value is not None}

    def public_answers(self, **changes: Any) -> dict[str, Any]:
        """A complete draft of a public disclosure of results."""
        known = {
            "kind": "result_disclosure", "title": "食品安全监督检查结果公示", "is_public": True, "fields": FIELDS,
            "category": "inspection", "summary": "鱼峰区米粉生产企业检查结果", "penalty_kind": "none",
        }  # fmt: skip
        return self.answers(**{**known, **changes})

    def draft(self, author: Actor | None = None, **changes: Any) -> Completion:
        """The author drafts a notice."""
        return self.do("draft", author or self.cast.inspector, **self.answers(**changes))

    def draft_public(self, author: Actor | None = None, **changes: Any) -> Completion:
        """The author drafts a disclosure."""
        return self.do("draft", author or self.cast.inspector, **self.public_answers(**changes))

    def section(self, decision: str = "approve", **more: Any) -> Completion:
        """The head of the section reviews."""
        return self.do("section_review", self.cast.lead, decision=decision, **more)

    def disclose(self, **by_code: dict[str, Any]) -> Completion:
        """The reviewer decides field by field; all is public but what is named."""
        rows = self.open_fields()
        items = [{"decision": "public", **by_code.get(f"item{code}", {})} for code in rows]
        return self.do("disclosure_review", self.cast.disclosure, items=items)

    def open_fields(self) -> list[str]:
        """The codes of the fields to be reviewed."""
        with self.database.reading() as session:
            fields = session.query(Announcement).filter_by(process_instance_id=self.case).one().fields or []
            return [field["code"] for field in fields]

    def sign(self, actor: Actor | None = None, decision: str = "approve", **more: Any) -> None:
        """One approver, or everybody whose turn it is, says so."""
        for _turn in range(3):
            task = next(iter(self.approvals()), None)
            if task is None:
                break
            with self.database.unit_of_work() as session:
                who = actor or self._approver(task)
                self.engine.complete(session, task.id, {"decision": decision, **more}, who)
            self.clock.advance(milliseconds=1)
            if actor is not None:
                break
        self.fire_due()  # the time to publish has come

    def _approver(self, task: UserTask) -> Actor:
        people = (self.cast.manager, self.cast.superior)
        return next((one for one in people if one.id == task.assignee_id), self.cast.manager)

    def until_approval(self, **changes: Any) -> None:
        """A public disclosure up to the approvers."""
        self.begin("result_disclosure", "食品安全监督检查结果公示")
        self.draft_public(**changes)
        self.section()
        self.disclose()

    def published(self, **changes: Any) -> None:
        """A notice, published."""
        self.begin()
        self.draft(**changes)
        self.section()
        self.sign()

    def published_publicly(self, **changes: Any) -> None:
        """A disclosure, published."""
        self.until_approval(**changes)
        self.sign()

    def until_third_party(self) -> None:
        """A disclosure whose list of suppliers touches the business's secrets: it is asked."""
        self.begin("result_disclosure", "食品安全监督检查结果公示")
        self.draft_public()
        self.section()
        asked = {"third_party": self.cast.business.establishment_id, "reason": "供货渠道可能属于商业秘密"}
        self.disclose(item3={"decision": "withhold", "ground": "commercial", **asked})

    def until_approval_withholding(self) -> None:
        """The same, without asking anybody."""
        self.begin("result_disclosure", "食品安全监督检查结果公示")
        self.draft_public()
        self.section()
        reason = {"reason": "属于商业秘密，不予公开"}
        self.disclose(item3={"decision": "withhold", "ground": "commercial", **reason})

    def correction(self, **changes: Any) -> dict[str, Any]:
        """A correction as its form begins: with what stands there now."""
        with self.database.reading() as session:
            data = self.engine_data(session)["open_revision"]
        known = {name: data[name] for name in ("title", "body", "summary", "rows")} | {"kept_files": data["file_ids"]}
        return {**known, "reason": "检查结论写错，应为符合", **changes}

    def correct(self, **changes: Any) -> None:
        """The correction of a public disclosure, through to its new edition."""
        drafted = self.correction(title="食品安全监督检查结果公示（更正）", **changes)
        self.do("draft_correction", self.cast.inspector, **drafted)
        self.do("review_correction", self.cast.disclosure, decision="approve")
        self.do("approve_correction", self.cast.manager, decision="approve")

    def paper(self, actor: Actor, name: str) -> str:
        """The id of a small PDF that somebody adds to the case."""
        content = io.BytesIO(b"%PDF-1.4\n% " + name.encode() + b"\n%%EOF\n")
        with self.database.unit_of_work() as session:
            here = session.get_one(ProcessInstance, self.case) if self.case else None
            belonging = Belonging(
                region_code=DISTRICT, region_path=here.region_path if here else actor.region_path,
                process_instance_id=here.id if here else None,
            )  # fmt: skip
            return receive(Store(session, self.clock, actor), self.blobs, content, name, belonging).id

    def post(self) -> None:
        """The worker delivers every message that is due."""
        with self.database.reading() as session:
            due = select(Job.id).where(
                Job.kind == JobKind.MESSAGE, Job.state == JobState.WAITING, Job.due_at <= self.clock.now()
            )
            ids = list(session.scalars(due.order_by(Job.due_at)))
        for job_id in ids:
            with self.database.unit_of_work() as session:
                job = session.get_one(Job, job_id)
                job.state, job.fencing_token = JobState.RUNNING, job.fencing_token + 1
                token = job.fencing_token
            with self.database.unit_of_work() as session:
                self.engine.fire(session, job_id, token)

    def send(self, name: str, **content: Any) -> Receipt:
        """A message about this announcement, as its page sends it."""
        told = self.announcement()
        body = {"announcement_id": told.id, "requested_by": self.cast.inspector.id, **content}
        message = Message(name, told.no or "", body, sent_from=told.process_instance_id)
        with self.database.unit_of_work() as session:
            receipt = self.engine.correlate(session, message, SYSTEM)
        return receipt

    # -- what is the case ---------------------------------------------------------------------------------------------

    def announcement(self) -> Announcement:
        """The announcement as it stands."""
        with self.database.reading() as session:
            return session.query(Announcement).order_by(Announcement.id.desc()).first()  # type: ignore[return-value]

    def items(self) -> dict[str, DisclosureItem]:  # type: ignore[override]
        """The reviewed fields by code."""
        return {item.code: item for item in self._all(DisclosureItem)}

    def disclosure_clock(self) -> DisclosureClock:
        """The clock of disclosure."""
        clock: DisclosureClock = self._all(DisclosureClock)[0]
        return clock

    def editions(self) -> list[AnnouncementVersion]:
        """The editions, oldest first."""
        with self.database.reading() as session:
            return session.query(AnnouncementVersion).order_by(AnnouncementVersion.edition).all()

    def page(self, edition: int | None = None) -> PublicPage | None:
        """What the public sees now."""
        with self.database.reading() as session:
            return find_public_page(session, self.announcement().id, self.clock.now(), edition)

    def texts(self, actor: Actor, kind: str) -> list[str]:
        """The texts of somebody's notifications of one kind."""
        with self.database.reading() as session:
            mine = select(Notification.text).where(Notification.user_id == actor.id, Notification.kind == kind)
            return list(session.scalars(mine.order_by(Notification.at, Notification.id)))

    def approvals(self) -> list[UserTask]:
        """The open approvals."""
        with self.database.reading() as session:
            found = select(UserTask).where(
                UserTask.process_instance_id == self.case,
                UserTask.element_id.in_(("approve_in_turn", "approve_at_once")),
                UserTask.state == UserTaskState.OPEN,
            )
            return list(session.scalars(found.order_by(UserTask.id)))

    def actor(self, user_id: str) -> Actor:
        """Somebody who is not of the cast."""
        with self.database.reading() as session:
            return load_actor(session, user_id)

    def newest_case(self, key: str) -> str:
        """The case of a process that began last."""
        of_process = select(ProcessInstance.id).where(ProcessInstance.process_key == key)
        with self.database.reading() as session:
            return session.scalars(of_process.order_by(ProcessInstance.id.desc()).limit(1)).one()

    def prefilled(self) -> dict[str, Any]:
        """What a draft begins with."""
        with self.database.reading() as session:
            opened: dict[str, Any] = self.engine_data(session, "draft")["open_announcement"]
        return opened

    def engine_data(self, session: Session, element_id: str = "draft_correction") -> dict[str, Any]:
        """What is visible where something is drafted."""
        task = self.task(element_id, session)
        running = Running.read(session, self.clock, SYSTEM, session.get_one(ProcessInstance, self.case))
        return next(dict(w.data) for w in running.execution.user_tasks() if w.execution_id == task.execution_id)

    def open_steps(self) -> list[str]:
        """The open steps of every case."""
        with self.database.reading() as session:
            found = select(UserTask.element_id).where(UserTask.state == UserTaskState.OPEN)
            return sorted(session.scalars(found))
