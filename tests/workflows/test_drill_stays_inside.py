"""A drill stays inside: every way out of it is tried, and everything real is as it was before."""

from __future__ import annotations

from collections.abc import Iterable
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select, text

from engine.engine import Engine
from engine.jobs import Ticket
from engine.model import Job, JobKind, Notification, ProcessInstance, UserTask
from forms.pdf import Paper, render
from records.assessment_periods import CycleKind, Period
from records.blobs import BlobStore
from records.clock import FixedClock
from records.credit import record_event
from records.db import Database
from records.documents import Document
from records.drill_marks import MARK, is_real, may_be_told
from records.establishment_page import establishment_detail
from records.figures import Question
from records.inspections import Inspection
from records.journal import JournalEntry
from records.lots import Lot, LotState
from records.people import SYSTEM, User
from records.problems import ProblemCase
from records.public_pages import PublicPage
from records.registry import CreditEvent, Establishment
from records.settings import Mail, Settings
from records.statistics import FIGURES, NOTHING, measure_all
from records.store import Origin, Store
from records.trace import run_trace
from tests.factories import DISTRICT, Cast, inspection, region
from tests.workflows.emergency_story import EmergencyStory
from workflows.handlers import FONTS, Postman, handlers
from workflows.worker import run_due


@pytest.fixture
def drill(database: Database, engine: Engine, clock: FixedClock, cast: Cast, blobs: BlobStore) -> EmergencyStory:
    """A drill with a simulated notice and a recall, in which the plant takes part and the wholesaler does not."""
    clock.advance(hours=2)
    told = EmergencyStory(database, engine, clock, cast, blobs)
    told.prepare()
    told.begin_drill()
    told.design()
    told.approve_drill()
    told.report_first()
    told.acknowledge()
    told.grade()
    told.activate()
    news = {"release": "exercise", "title": "演练通报", "statement": "演练：患者均已得到救治，涉事食品已经封存。"}
    told.report("information", **news)
    told.report("regulation", "cdc", "health", "police", "logistics")
    told.review_situation(recall="yes")
    told.plan()
    told.approve_plan()
    told.answer(told.plant, quarantined=10)
    told.visit(quarantined=50, difference_reason="盘点差异，已复核")
    told.visit(sold=20, quarantined=10, difference_reason="盘点差异，已复核")
    told.confirm_effect()
    told.dispose()
    told.sum_up()
    told.judge()
    return told


def outsiders(story: EmergencyStory) -> list[str]:
    """The users of businesses that take no part."""
    with story.database.reading() as session:
        business = select(User.id).where(User.establishment_id.is_not(None), User.id != story.plant.id)
        return list(session.scalars(business))


def test_lots_stay_as_they_are_and_so_does_every_later_trace(drill: EmergencyStory) -> None:
    assert drill.lot().state is LotState.ACTIVE
    assert [each.state for each in drill.scope()] == ["destroyed"]
    with drill.database.unit_of_work() as session:
        store = Store(session, drill.clock, SYSTEM)
        holdings = run_trace(store, lot_ids=[drill.chain.noodles.id]).snapshot["rows"]
        ended = [row for row in holdings if row["tlc"] == "粉-1" and row["holder_name"] == "乙粉厂"]
        assert [(row["quantity_in"], row["quantity_out"]) for row in ended] == [("90", "80")]
        assert not session.scalars(select(Lot).where(~is_real(Lot))).all()


def test_nobody_outside_is_told_anything(drill: EmergencyStory) -> None:
    strangers = outsiders(drill)
    with drill.database.reading() as session:
        lines = session.scalars(select(Notification).where(Notification.process_instance_id == drill.case)).all()
        tasks = session.scalars(select(UserTask).where(UserTask.process_instance_id == drill.case)).all()
        withheld = session.scalars(select(JournalEntry).where(JournalEntry.verb == "drill.notice_withheld")).all()
    assert not {line.user_id for line in lines} & set(strangers)
    assert {task.establishment_id for task in tasks if task.candidate_group == "BIZ"} == {drill.chain.plant.id}
    assert all(MARK in line.text for line in lines)
    assert all(MARK in task.title for task in tasks)
    assert withheld == []  # nobody even tried


def test_whoever_tries_to_tell_an_outsider_is_stopped(drill: EmergencyStory) -> None:
    strangers = outsiders(drill)
    with drill.database.reading() as session:
        case = session.get_one(ProcessInstance, drill.case)
        told = may_be_told(session, case, [*strangers, drill.plant.id, drill.cast.inspector.id])
    assert told == [drill.plant.id, drill.cast.inspector.id]


def test_mail_leaves_only_for_those_who_take_part(drill: EmergencyStory) -> None:
    sent: list[EmailMessage] = []

    def catch(_mail: Mail, messages: Iterable[EmailMessage]) -> None:
        sent.extend(messages)

    with drill.database.unit_of_work() as session:
        for number, person in enumerate(session.scalars(select(User))):
            Store(session, drill.clock, SYSTEM).correct(person, {"email": f"u{number}@example.org"})
    everybody = [*outsiders(drill), drill.plant.id]
    postman = Postman(Mail(host="localhost", sender="platform@example.org"), drill.clock, catch)
    payload = {"user_ids": everybody, "subject": drill.instance().title, "text": "演练"}
    ticket = Ticket("01JOB", 1, JobKind.NOTIFICATION, payload, "mail:test", drill.case, 1)
    postman.send_mail(drill.database, ticket)
    with drill.database.reading() as session:
        assert [message["To"] for message in sent] == [session.get_one(User, drill.plant.id).email]
        jobs = session.scalars(select(Job).where(Job.kind == JobKind.NOTIFICATION)).all()
        assert all(set(job.payload["user_ids"]) <= {drill.plant.id} for job in jobs)
    assert MARK in str(sent[0]["Subject"])


def test_what_a_drill_asks_to_publish_never_becomes_a_public_page(drill: EmergencyStory) -> None:
    settings = Settings(public_url="https://sujian.example")
    run_due(drill.database, drill.engine, handlers(settings, drill.blobs, drill.clock), drill.clock, 80)
    with drill.database.reading() as session:
        begun = session.scalars(select(ProcessInstance).where(ProcessInstance.process_key == "announcement")).all()
        assert len(begun) == 2  # of the simulated notice and of the recall
        assert all(case.is_drill and case.title.startswith(MARK) for case in begun)
        assert session.scalars(select(PublicPage)).all() == []
        assert session.scalars(select(ProblemCase).where(is_real(ProblemCase))).all() == []


def test_documents_are_marked_in_title_and_across_every_page(drill: EmergencyStory) -> None:
    with drill.database.reading() as session:
        documents = session.scalars(select(Document).where(Document.process_instance_id == drill.case)).all()
    assert len(documents) >= 6
    assert all(each.is_drill and each.title.startswith(MARK) for each in documents)
    plain = Paper("drill_plan", "方案", "1", documents[0].facts, "0" * 64, "https://sujian.example/verify/x")
    marked = Paper(**(vars(plain) | {"is_drill": True}))
    font: Path = next(path for path in FONTS if path.is_file())
    assert render(plain, font=font, images={}.get) != render(marked, font=font, images={}.get)


def test_the_credit_file_learns_nothing(drill: EmergencyStory) -> None:
    with drill.database.unit_of_work() as session:
        store = Store(session, drill.clock, SYSTEM, Origin(process_instance_id=drill.case, is_drill=True))
        plant = session.get_one(Establishment, drill.chain.plant.id)
        before = (plant.credit_score, plant.risk_grade)
        assert record_event(store, plant, "inspection", "演练中检查不符合", -30) is None
        assert (plant.credit_score, plant.risk_grade) == before
        assert session.scalars(select(CreditEvent)).all() == []


def test_statistics_and_the_pages_of_a_business_leave_drills_out(drill: EmergencyStory) -> None:
    with drill.database.unit_of_work() as session:
        path = region(session).path
        asked = Question(session, Period.containing(CycleKind.MONTH, drill.clock.now().date()), DISTRICT, path)
        before = measure_all(asked, FIGURES)
        assert before["trace_on_time"].of_region(path) == NOTHING
        store = Store(session, drill.clock, SYSTEM, Origin(process_instance_id=drill.case, is_drill=True))
        plant = session.get_one(Establishment, drill.chain.plant.id)
        inspection(
            store, plant, overall="conform", planned_on=drill.clock.now().date(), result_at=drill.clock.now(),
            status="closed",
        )  # fmt: skip
        session.flush()
        assert measure_all(asked, FIGURES) == before
        page = establishment_detail(session, drill.cast.lead, plant.id, drill.clock)
        assert page.inspections == []
        assert session.scalars(select(Inspection).where(is_real(Inspection))).all() == []


def test_every_fact_of_a_drill_says_so(drill: EmergencyStory) -> None:
    with drill.database.reading() as session:
        for table in ("recall", "recall_response", "disposal", "emergency_event", "agency_action", "trace_event"):
            statement = f"SELECT is_drill FROM {table} WHERE process_instance_id = :case"
            rows = session.execute(text(statement), {"case": drill.case}).scalars().all()
            assert rows and all(rows), table
        case = session.get_one(ProcessInstance, drill.case)
        assert MARK in case.search_text
