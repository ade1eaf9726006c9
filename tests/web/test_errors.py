from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from engine.errors import NotQualifiedError, UserTaskAlreadyCompletedError
from records.db import Database
from records.errors import ConflictError, DomainError, ForbiddenError, InvalidAnswersError, NotFoundError
from tests.factories import Cast
from tests.web.conftest import SignIn
from web.errors import status_of
from web.permissions import public


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFoundError(), 404),
        (ForbiddenError(), 403),
        (ConflictError(), 409),
        (UserTaskAlreadyCompletedError(), 409),
        (NotQualifiedError(reason="过期"), 409),
        (InvalidAnswersError({"a": ["请填写"]}), 422),
        (DomainError(), 422),
    ],
)
def test_each_refusal_has_its_status(error: DomainError, status: int) -> None:
    assert status_of(error) == status


@pytest.fixture
def failing(app: Flask) -> Flask:
    @public
    def fail(what: str) -> str:
        refusals = {
            "answers": InvalidAnswersError({"lots.0.quantity": ["数量必须大于 0"]}),
            "conflict": ConflictError(),
        }
        raise refusals.get(what, RuntimeError("kaboom: a secret"))

    app.add_url_rule("/fail/<what>", "fail", fail)
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    return app


def test_a_program_gets_problem_details(failing: Flask) -> None:
    answer = failing.test_client().get("/fail/answers", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    problem = answer.get_json()
    assert problem["type"] == "urn:sujian:problem:invalid-answers"
    assert problem["detail"] == "有 1 处需要修改"
    assert problem["errors"] == {"lots.0.quantity": ["数量必须大于 0"]}
    assert (problem["status"], problem["instance"]) == (422, "/fail/answers")


def test_a_person_gets_a_page(failing: Flask) -> None:
    answer = failing.test_client().get("/fail/conflict", headers={"Accept": "text/html"})
    assert answer.status_code == 409
    assert "内容已被他人更新" in answer.text and "回到待办" in answer.text


def test_a_swap_gets_problem_details(failing: Flask) -> None:
    answer = failing.test_client().get("/fail/conflict", headers={"HX-Request": "true"})
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_database_that_is_away_is_told_as_such(
    app: Flask, database: Database, sign_in: SignIn, cast: Cast, accept: str
) -> None:
    browser = sign_in(cast.lead)
    app.config.update(TESTING=False)

    def away(*_connection: object) -> None:
        raise OperationalError("SELECT 1", {}, RuntimeError("server closed the connection"))

    event.listen(database.engine, "before_cursor_execute", away)
    answer = browser.get("/inbox", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3")
    assert "服务暂不可用，请稍后再试" in answer.get_data(as_text=True) or answer.get_json()["detail"]
    assert "closed" not in answer.text


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_failure_of_ours_tells_a_number_and_no_insides(failing: Flask, accept: str) -> None:
    answer = failing.test_client().get("/fail/else", headers={"Accept": accept})
    assert answer.status_code == 500
    assert "kaboom" not in answer.text and "Traceback" not in answer.text
    assert answer.headers["X-Request-ID"] in answer.text


def test_an_unknown_address_is_a_page_in_the_frame(sign_in: SignIn, cast: Cast) -> None:
    answer = sign_in(cast.lead).get("/no-such-page")
    assert answer.status_code == 404
    assert "未找到该内容，或您无权查看" in answer.text and "主导航" in answer.text
