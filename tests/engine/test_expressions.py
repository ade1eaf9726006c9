"""Moments from rules, durations and dates, as timers and due dates give them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.engine import Engine
from engine.errors import ModelFaultError
from engine.expressions import Expressions, parse_moment
from engine.model import Job, JobKind, UserTask
from engine.process import Step, process
from records.clock import ZONE, FixedClock
from records.documents import Document
from tests.engine.toys import RISKY
from tests.factories import DISTRICT, Cast


@pytest.fixture
def expressions(session: Session, clock: FixedClock) -> Expressions:
    return Expressions.of_region(session, clock, DISTRICT)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("PT2H", datetime(2026, 11, 18, 11, 0, tzinfo=ZONE)),
        ("P2W", datetime(2026, 12, 2, 9, 0, tzinfo=ZONE)),
        ("P1M", datetime(2026, 12, 18, 9, 0, tzinfo=ZONE)),
        ("2026-12-01T08:00:00", datetime(2026, 12, 1, 8, 0, tzinfo=ZONE)),
        ('deadline("R-INS-ACCEPT")', datetime(2026, 11, 21, 0, 0, tzinfo=ZONE)),
        ('deadline("R-INS-ACCEPT", a.at)', datetime(2026, 11, 26, 0, 0, tzinfo=ZONE)),
        ('timer_start + duration("PT30M")', datetime(2026, 11, 18, 9, 30, tzinfo=ZONE)),
    ],
)
def test_when_a_timer_is_due(expressions: Expressions, clock: FixedClock, text: str, moment: datetime) -> None:
    data = {"a": {"at": "2026-11-23T15:00:00+08:00"}}
    assert expressions.due(text, data, clock.now(), "t") == moment


def test_the_present_is_a_name_and_a_function(expressions: Expressions) -> None:
    assert expressions.value('now() = now and today() = today and today() = date("2026-11-18")', {}) is True


@pytest.mark.parametrize(
    "text",
    [
        "Pnonsense",
        "PxW",
        "a.at",
        'deadline("R-INS-ACCEPT", a.at)',
        'deadline("R-NONE")',
        'deadline("R-REMIND")',
        "deadline(1)",
    ],
)
def test_a_timer_without_a_moment_names_its_element(expressions: Expressions, clock: FixedClock, text: str) -> None:
    with pytest.raises(ModelFaultError, match="t1"):
        expressions.due(text, {}, clock.now(), "t1")


def test_moments_are_read_leniently() -> None:
    assert parse_moment("2026-11-18T09:00:00+08:00@Asia/Shanghai") == datetime(2026, 11, 18, 9, 0, tzinfo=ZONE)
    assert parse_moment(5) is None and parse_moment("soon") is None


def test_a_service_issues_documents_once_and_leaves_jobs(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    later = clock.now() + timedelta(days=1)

    def attempt(step: Step) -> None:
        step.document("task_letter", "通知书", {"no": step.instance.business_key})
        assert step.job(JobKind.SERVICE, {"a": 1}, "k", due_at=later) is step.job(JobKind.SERVICE, {"a": 2}, "k")

    own = Engine({"risky": process("risky", attempt, prefix="险")}, clock)
    own.deploy(session, RISKY, cast.admin)
    case = own.start(session, "risky", {}, cast.lead)
    document = session.scalars(select(Document)).one()
    assert (document.process_instance_id, document.no, document.status) == (case.id, case.business_key, "pending")
    kinds = {j.kind: j for j in session.scalars(select(Job))}
    assert set(kinds) == {JobKind.DOCUMENT, JobKind.SERVICE} and kinds[JobKind.SERVICE].due_at == later
    assert session.scalars(select(UserTask)).all() == []
