"""An informant's identity: sealed wherever it is kept, read by few, with a reason, and never by another way."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import inspect, select, text

from records.db import Database
from records.documents import Document
from records.informants import Informant
from records.journal import JournalEntry
from records.registry import Product
from records.sealing import Sealer, UnsealableError, is_sealed
from records.seals import seal_journal
from records.signing import SigningKey
from tests.factories import Cast
from tests.web.conftest import SignIn
from tests.web.routes import calls
from tests.web.world import Things
from tests.workflows.problem_story import NAME, NOTE, PHONE, ProblemStory
from tests.workflows.story import Story

SECRETS = (NAME, PHONE, NOTE)


@pytest.fixture
def problem(story: Story, database: Database, cast: Cast) -> Iterator[ProblemStory]:
    """A named complaint that the pair has in hand."""
    told = ProblemStory(database, story.engine, story.clock, cast, story.blobs)
    told.register()
    told.assign_pair()
    yield told


def test_what_is_sealed_is_opened_with_its_key_only() -> None:
    sealed = Sealer("one key" * 5).seal(NAME)
    assert is_sealed(sealed) and NAME not in sealed
    assert Sealer("one key" * 5).open(sealed) == NAME
    with pytest.raises(UnsealableError):
        Sealer("another key" * 5).open(sealed)


def test_nothing_in_the_database_says_who_it_is(problem: ProblemStory, database: Database) -> None:
    with database.reading() as session:
        connection = session.connection()
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                assert not any(secret in str(value) for value in row for secret in SECRETS), table
        informant = session.scalars(select(Informant)).one()
        assert is_sealed(informant.sealed_name) and is_sealed(informant.sealed_phone)


@pytest.mark.parametrize("person", ["inspector", "colleague", "manager"])
def test_the_pair_and_the_manager_read_it_with_a_reason(
    problem: ProblemStory, sign_in: SignIn, cast: Cast, database: Database, person: str
) -> None:
    client = sign_in(getattr(cast, person))
    shown = client.post(f"/cases/{problem.case}/informant", data={"reason": "答复举报人核查结果"})
    assert shown.status_code == 200 and NAME in shown.text and PHONE in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    with database.reading() as session:
        entry = session.scalars(select(JournalEntry).where(JournalEntry.verb == "informant.read")).one()
    assert (entry.actor_id, entry.reason) == (getattr(cast, person).id, "答复举报人核查结果")


@pytest.mark.parametrize(("person", "is_asked"), [("inspector", True), ("unqualified", False), ("lead", False)])
def test_the_case_page_says_that_there_is_one_and_asks_only_those_who_may_read(
    problem: ProblemStory, sign_in: SignIn, cast: Cast, person: str, is_asked: bool
) -> None:
    page = sign_in(getattr(cast, person)).get(f"/cases/{problem.case}").text
    assert "有举报人" in page
    assert ("查看理由" in page) is is_asked


def test_a_reading_without_a_reason_is_refused(problem: ProblemStory, sign_in: SignIn, cast: Cast) -> None:
    client = sign_in(cast.inspector)
    refused = client.post(f"/cases/{problem.case}/informant", data={"reason": " 看 "})
    assert refused.status_code == 422 and NAME not in refused.text


@pytest.mark.parametrize("person", ["lead", "unqualified", "disclosure", "superior", "auditor", "admin", "outsider"])
def test_nobody_else_reads_it(problem: ProblemStory, sign_in: SignIn, cast: Cast, person: str) -> None:
    client = sign_in(getattr(cast, person))
    reason = {"reason": "想知道是谁举报的"}
    assert client.post(f"/cases/{problem.case}/informant", data=reason).status_code in (403, 404)
    api = client.post(f"/api/process-instances/{problem.case}/informant-readings", json=reason)
    assert api.status_code in (403, 404) and NAME not in api.text


def test_the_api_gives_it_to_the_handler(problem: ProblemStory, sign_in: SignIn, cast: Cast) -> None:
    answer = sign_in(cast.inspector).post(
        f"/api/process-instances/{problem.case}/informant-readings", json={"reason": "核实举报线索细节"}
    )
    assert answer.json == {"name": NAME, "phone": PHONE, "note": NOTE}


@pytest.mark.parametrize("person", ["inspector", "lead", "manager", "auditor"])
def test_no_other_way_out_says_who_it_is(
    problem: ProblemStory, sign_in: SignIn, cast: Cast, database: Database, person: str
) -> None:
    client = sign_in(getattr(cast, person))
    with database.reading() as session:
        informant = session.scalars(select(Informant)).one().id
        record = problem.problem().id
    case = problem.case
    ways = [
        f"/cases/{case}", "/cases", "/cases?export=csv", f"/search?q={NAME}", f"/search?q={PHONE}",
        f"/cases?q={NAME}", "/inbox?view=all", f"/tasks/{problem.open_task('preliminary_verification').id}",
        f"/records/problem_case/{record}", f"/records/informant/{informant}", f"/api/process-instances/{case}",
        f"/api/process-instances/{case}/timeline", f"/api/process-instances/{case}/journal", "/api/process-instances",
        f"/api/user-tasks/{problem.open_task('preliminary_verification').id}", "/notifications",
        f"/cases/{case}/diagram.json",
    ]  # fmt: skip
    for way in ways:
        page = client.get(way).get_data(as_text=True).replace(f"q={NAME}", "").replace(f'value="{NAME}"', "")
        page = page.replace(f'value="{PHONE}"', "")
        shown = [secret for secret in SECRETS if secret in page]
        assert shown == [] or way.startswith(("/search", "/cases?q")), (way, shown)


@pytest.mark.parametrize("person", ["lead", "auditor", "business"])
def test_no_route_shows_it_to_anybody_without_need(
    problem: ProblemStory, sign_in: SignIn, cast: Cast, database: Database, app: Flask, person: str
) -> None:
    problem.verify()
    problem.confirm()
    problem.determine()
    problem.approve_determination()
    things = _things(problem, cast, database)
    client = sign_in(getattr(cast, person))
    asked = [call for call in calls(app, things, ("GET",)) if call.endpoint != "static"]
    answered = 0
    for call in asked:
        answer = call.by(client)
        answered += answer.status_code == 200
        assert _secrets(answer.data) == [], call
    assert answered > 10 and len(asked) > 60


def test_figures_and_registers_say_nothing_of_who_informed(problem: ProblemStory, sign_in: SignIn, cast: Cast) -> None:
    client = sign_in(cast.lead)
    ways = (
        "/cases?export=csv",
        "/cases?export=xlsx",
        "/inbox?export=csv",
        "/cases?view=closed",
        "/api/process-instances",
    )
    for way in ways:
        assert _secrets(client.get(way).data) == [], way


def _things(problem: ProblemStory, cast: Cast, database: Database) -> Things:
    """What the routes are asked about: the complaint, its open task, its sheet and its business."""
    with database.reading() as session:
        sheet = session.scalars(select(Document).where(Document.kind == "problem_determination")).one()
        product = session.scalars(select(Product.id)).first() or ""
    nothing = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
    return Things(
        case_id=problem.case, task_id=problem.open_task("choose_measures").id, attachment_id=nothing,
        document_id=sheet.id, token=sheet.token, establishment_id=cast.business.establishment_id or nothing,
        product_id=product or nothing, inspection_id=nothing, absence_id=nothing, person_id=cast.inspector.id,
    )  # fmt: skip


def _secrets(content: bytes) -> list[str]:
    """What of the identity stands in an answer, packed or not."""
    said = content.decode("utf-8", "ignore")
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            said = "".join(opened.read(name).decode("utf-8", "ignore") for name in opened.namelist())
    return [secret for secret in SECRETS if secret in said]


def test_the_evidence_pack_and_the_documents_are_silent(
    problem: ProblemStory, sign_in: SignIn, cast: Cast, database: Database, tmp_path: Path
) -> None:
    problem.verify()
    problem.confirm()
    problem.determine()
    problem.approve_determination()
    seal_journal(database, SigningKey.of_file(tmp_path / "journal.key"), problem.clock)
    with sign_in(cast.inspector).post(f"/cases/{problem.case}/evidence") as answer:
        pack = answer.data
    with zipfile.ZipFile(io.BytesIO(pack)) as opened:
        for name in opened.namelist():
            content = opened.read(name).decode("utf-8", "ignore")
            assert not any(secret in content for secret in SECRETS), name
    with database.reading() as session:
        facts = session.execute(text("SELECT facts FROM document")).scalars().all()
    assert not any(secret in str(each) for each in facts for secret in SECRETS)
