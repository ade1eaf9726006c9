"""Incidents on screen and over the API: for managers of the region and administrators, nobody else."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.engine import Engine
from engine.jobs import run_due
from engine.model import Incident, ProcessInstance
from records.clock import FixedClock
from records.db import Database
from records.journal import JournalEntry
from records.people import Actor
from tests.engine.toys_services import FORK, FORKED
from tests.factories import Cast
from tests.web.conftest import SignIn
from web.parts import Parts

WHY = "现场记录有误，按纸质笔录更正"


@pytest.fixture
def engine(app: Flask, clock: FixedClock) -> Engine:
    """The application's own engine, with the toy beside its processes."""
    found: Parts = app.extensions["sujian"]
    found.engine.processes = {**found.engine.processes, "forked": FORKED}
    return found.engine


@pytest.fixture
def trouble(engine: Engine, database: Database, cast: Cast, clock: FixedClock) -> Incident:
    """A case whose timer fired into a gateway of which no way is right."""
    with database.unit_of_work() as session:
        engine.deploy(session, FORK, cast.admin)
        engine.start(session, "forked", {"note": "向东"}, cast.lead)
    clock.advance(hours=1)
    run_due(database, engine, {}, clock)
    with database.reading() as session:
        return session.scalars(select(Incident)).one()


def entries(database: Database, verb: str) -> list[JournalEntry]:
    with database.reading() as session:
        return list(session.scalars(select(JournalEntry).where(JournalEntry.verb == verb)))


def test_the_list_and_the_page_say_what_happened(sign_in: SignIn, cast: Cast, trouble: Incident) -> None:
    desk = sign_in(cast.manager)
    page = desk.get("/incidents").text
    assert "流程无法继续" in page and "岔-450203" in page and f"/incidents/{trouble.id}" in page
    one = desk.get(f"/incidents/{trouble.id}").text
    assert "没有一个条件成立" in one and "begin.note" in one and "定时器不能跳过" in one
    assert "去处理" in desk.get(f"/cases/{trouble.process_instance_id}").text
    assert "没有已处理的异常" in desk.get("/incidents?view=resolved").text
    assert "没有待处理的异常" in desk.get("/incidents?slug=job-failed").text


def test_only_managers_of_the_region_and_administrators_see_them(
    client: FlaskClient, sign_in: SignIn, cast: Cast, trouble: Incident
) -> None:
    def answer(actor: Actor) -> tuple[int, int]:
        desk = sign_in(actor)
        return desk.get("/api/incidents").status_code, desk.get(f"/api/incidents/{trouble.id}").status_code

    assert answer(cast.manager) == answer(cast.superior) == answer(cast.admin) == (200, 200)
    for actor in (cast.inspector, cast.lead, cast.outsider, cast.auditor, cast.business):
        assert answer(actor) == (403, 404)


def test_a_manager_elsewhere_does_not_know_of_it(
    sign_in: SignIn, database: Database, cast: Cast, trouble: Incident
) -> None:
    with database.unit_of_work() as session:
        session.get_one(Incident, trouble.id).region_path = "/450000/450200/450204/"
    desk = sign_in(cast.manager)
    assert desk.get("/api/incidents").json["rows"] == []
    for address in (f"/incidents/{trouble.id}", f"/api/incidents/{trouble.id}"):
        assert desk.get(address).status_code == 404
    assert desk.post(f"/api/incidents/{trouble.id}/retry").status_code == 404


def test_it_is_retried(sign_in: SignIn, database: Database, cast: Cast, trouble: Incident) -> None:
    desk = sign_in(cast.manager)
    assert desk.post(f"/api/incidents/{trouble.id}/retry").status_code == 204
    assert desk.post(f"/api/incidents/{trouble.id}/retry").json["type"].endswith("incident-resolved")
    assert [row["resolution"] for row in desk.get("/api/incidents?view=resolved").json["rows"]] == ["retried"]
    assert len(entries(database, "incident.retried")) == 1


def test_a_timer_is_not_skipped(sign_in: SignIn, cast: Cast, trouble: Incident) -> None:
    desk = sign_in(cast.manager)
    short = desk.post(f"/api/incidents/{trouble.id}/skip", json={"reason": "不用了"})
    assert short.json["type"].endswith("reason-too-short")
    refused = desk.post(f"/api/incidents/{trouble.id}/skip", json={"reason": WHY})
    assert (refused.status_code, refused.json["type"].split(":")[-1]) == (409, "timer-not-skippable")


def test_the_data_is_mended_in_the_browser(
    sign_in: SignIn, database: Database, engine: Engine, clock: FixedClock, cast: Cast, trouble: Incident
) -> None:
    desk = sign_in(cast.manager)
    address = f"/incidents/{trouble.id}/data"
    assert desk.post(address, data={"path": "begin.note", "value": "left", "reason": WHY}).status_code == 422
    assert desk.post(address, data={"path": "nowhere", "value": "1", "reason": WHY}).status_code == 422
    done = desk.post(
        address, data={"path": "begin.note", "value": '"left"', "reason": WHY}, follow_redirects=True
    )  # fmt: skip
    assert "数据已更正" in done.text and "已更正数据" in desk.get("/incidents?view=resolved").text
    run_due(database, engine, {}, clock)
    with database.reading() as session:
        case = session.get_one(ProcessInstance, trouble.process_instance_id)
        assert case.end_element == "left"
    (entry,) = entries(database, "incident.data_mended")
    assert entry.before == {"path": "begin.note", "value": "向东"} and entry.reason == WHY


def test_the_data_is_mended_over_the_api(sign_in: SignIn, database: Database, cast: Cast, trouble: Incident) -> None:
    body = {"path": "begin.note", "value": "right", "reason": WHY}
    assert sign_in(cast.superior).post(f"/api/incidents/{trouble.id}/data", json=body).status_code == 204
    assert len(entries(database, "incident.mended")) == 1
