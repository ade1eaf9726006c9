"""Messages and signals over HTTP, and what a case that waits for one says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from engine import queries
from engine.jobs import run_due
from engine.model import ProcessInstance, UserTask
from records.clock import FixedClock
from records.db import Database
from tests.engine.toys_messages import BUNDLES, PROCESSES
from tests.factories import Cast
from tests.web.conftest import SignIn
from web.parts import Parts


@pytest.fixture
def here(app: Flask, database: Database, cast: Cast) -> Parts:
    """The application with toy processes that wait for messages."""
    parts: Parts = app.extensions["sujian"]
    parts.engine.processes = PROCESSES
    with database.unit_of_work() as session:
        parts.engine.deploy_all(session, BUNDLES, cast.admin)
    return parts


@pytest.fixture
def waiting(here: Parts, database: Database, cast: Cast) -> ProcessInstance:
    """A case that waits for the message ``news`` and for nobody."""
    with database.unit_of_work() as session:
        case = here.engine.start(session, "listening", {}, cast.lead)
    with database.unit_of_work() as session:
        task = session.query(UserTask).filter_by(process_instance_id=case.id).one()
        here.engine.complete(session, task.id, {"text": "x"}, cast.lead)
    return case


def news(case: ProcessInstance, **more: Any) -> dict[str, Any]:
    return {"name": "news", "correlation": case.business_key, "payload": {"text": "甲"}, "id": "m-1", **more}


def test_a_message_moves_its_case_once(sign_in: SignIn, cast: Cast, waiting: ProcessInstance) -> None:
    admin = sign_in(cast.admin)
    first = admin.post("/api/messages", json=news(waiting))
    assert first.status_code == 200, first.text
    expected = {"id": "m-1", "state": "taken", "process_instance_id": waiting.id, "receivers": 1, "is_repeat": False}
    assert first.get_json() == expected
    assert admin.post("/api/messages", json=news(waiting)).get_json() == {**expected, "is_repeat": True}
    other = admin.post("/api/messages", json=news(waiting, payload={"text": "乙"}))
    assert (other.status_code, other.get_json()["type"]) == (409, "urn:sujian:problem:idempotency-key-reused")


def test_a_message_for_nobody_says_so_and_may_be_kept(
    sign_in: SignIn, cast: Cast, here: Parts, clock: FixedClock
) -> None:
    admin, lost = sign_in(cast.admin), {"name": "news", "correlation": "no such case"}
    refused = admin.post("/api/messages", json=lost)
    assert (refused.status_code, refused.get_json()["type"]) == (409, "urn:sujian:problem:message-not-correlated")
    until = (clock.now() + timedelta(days=1)).isoformat()
    assert admin.post("/api/messages", json={**lost, "keep_until": until}).get_json()["state"] == "kept"


@pytest.mark.parametrize("payload", [{"text": "甲", "approved": True}, {"text": ["甲"]}])
def test_what_the_form_does_not_declare_is_refused(
    sign_in: SignIn, cast: Cast, waiting: ProcessInstance, payload: Any
) -> None:
    answer = sign_in(cast.admin).post("/api/messages", json=news(waiting, payload=payload))
    assert answer.status_code == 422


@pytest.mark.parametrize("path", ["/api/messages", "/api/signals"])
def test_only_administrators_send(sign_in: SignIn, cast: Cast, waiting: ProcessInstance, path: str) -> None:
    for who in (cast.lead, cast.business, cast.manager):
        assert sign_in(who).post(path, json={"name": "alarm"}).status_code == 403


def test_a_signal_goes_to_whoever_waits(
    sign_in: SignIn, cast: Cast, here: Parts, database: Database, clock: FixedClock
) -> None:
    with database.unit_of_work() as session:
        case = here.engine.start(session, "listening", {}, cast.lead)
    answer = sign_in(cast.admin).post("/api/signals", json={"name": "alarm", "payload": {"level": 1}})
    assert answer.get_json()["receivers"] == 2  # the case, and a process that it begins
    while run_due(database, here.engine, {}, clock):
        pass
    with database.reading() as session:
        assert session.get_one(ProcessInstance, case.id).end_element == "dropped"


def test_the_page_of_a_case_that_waits_for_a_message_says_so(
    sign_in: SignIn, cast: Cast, waiting: ProcessInstance
) -> None:
    page = sign_in(cast.lead).get(f"/cases/{waiting.id}")
    assert page.status_code == 200 and "等待消息“等候”" in page.text


def test_the_timeline_names_the_message(sign_in: SignIn, cast: Cast, waiting: ProcessInstance) -> None:
    sign_in(cast.admin).post("/api/messages", json=news(waiting))
    assert "收到消息“news”" in sign_in(cast.lead).get(f"/cases/{waiting.id}").text


def test_the_diagram_marks_where_a_case_waits(
    database: Database, cast: Cast, waiting: ProcessInstance, clock: FixedClock
) -> None:
    with database.reading() as session:
        drawn = queries.diagram(session, waiting.id, cast.lead, clock=clock)
    assert drawn["current"] == ["wait"] and drawn["details"]["wait"]["title"] == "等候"
