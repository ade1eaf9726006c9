from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from sqlalchemy import select

from records.db import Database
from records.journal import JournalEntry
from records.people import User
from records.store import Store
from tests.factories import Cast
from tests.web.conftest import SignIn

PASSWORD = "correct horse battery"


@pytest.fixture
def with_password(app: Flask, database: Database, cast: Cast) -> None:
    with app.app_context(), database.unit_of_work() as session:
        session.get_one(User, cast.inspector.id).password = hash_password(PASSWORD)


def _try(client: FlaskClient, name: str, password: str) -> int:
    return client.post("/sign-in", data={"identity": name, "password": password}).status_code


def test_name_and_password_let_one_in(client: FlaskClient, with_password: None) -> None:
    assert _try(client, "inspector", PASSWORD) == 302
    assert client.get("/account").status_code == 200


def test_the_name_may_be_written_large_or_be_the_address(
    client: FlaskClient, with_password: None, database: Database, cast: Cast
) -> None:
    with database.reading() as session:
        address = session.get_one(User, cast.inspector.id).email
    assert _try(client, "INSPECTOR", PASSWORD) == 302
    client.post("/sign-out")
    assert _try(client, address, PASSWORD) == 302


def test_wrong_name_and_wrong_password_are_told_alike(client: FlaskClient, with_password: None) -> None:
    wrong = client.post("/sign-in", data={"identity": "inspector", "password": "wrong wrong"}).text
    nobody = client.post("/sign-in", data={"identity": "nobody", "password": "wrong wrong"}).text
    assert "用户名或密码不正确" in wrong
    assert _said(wrong).replace("inspector", "") == _said(nobody).replace("nobody", "")


def _said(page: str) -> str:
    return re.sub(r'content="[^"]*"|value="[^"]{60,}"', "", page)  # tokens carry the second they were made


def test_an_ended_account_does_not_get_in(
    client: FlaskClient, with_password: None, database: Database, cast: Cast, app: Flask
) -> None:
    here = app.extensions["sujian"]
    with database.unit_of_work() as session:
        Store(session, here.clock, cast.admin).correct(
            session.get_one(User, cast.inspector.id), {"active": False}, reason="离职"
        )
    assert _try(client, "inspector", PASSWORD) == 200
    assert client.get("/account").status_code == 302


def test_guessing_is_slowed_down(client: FlaskClient, with_password: None) -> None:
    answers = [_try(client, "inspector", f"guess number {n}") for n in range(11)]
    assert answers[:10] == [200] * 10
    assert answers[10] == 429
    assert _try(client, "inspector", PASSWORD) == 429


def test_passwords_are_kept_as_argon2id(with_password: None, database: Database, cast: Cast) -> None:
    with database.reading() as session:
        assert str(session.get_one(User, cast.inspector.id).password).startswith("$argon2id$")


def test_a_sign_in_is_entered_in_the_journal(
    client: FlaskClient, with_password: None, database: Database, cast: Cast
) -> None:
    _try(client, "inspector", PASSWORD)
    with database.reading() as session:
        entry = session.scalars(select(JournalEntry).where(JournalEntry.verb == "user.signed_in")).one()
        assert (entry.subject_id, entry.remote_address) == (cast.inspector.id, "127.0.0.1")


def test_one_cannot_register(client: FlaskClient) -> None:
    assert client.get("/register").status_code == 404


def test_where_to_go_next_stays_on_this_site(client: FlaskClient, with_password: None) -> None:
    answer = client.post("/sign-in?next=https://evil.example/", data={"identity": "inspector", "password": PASSWORD})
    assert "evil" not in answer.headers.get("Location", "")


def test_signing_out_ends_the_session(sign_in: SignIn, cast: Cast) -> None:
    client = sign_in(cast.inspector)
    assert client.get("/account").status_code == 200
    client.post("/sign-out")
    assert client.get("/account").status_code == 302


@pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")  # the library's own form
def test_the_second_step_is_set_up_with_an_authenticator(sign_in: SignIn, cast: Cast) -> None:
    client = sign_in(cast.inspector)
    page = client.post("/account/two-factor", data={"setup": "authenticator"})
    assert page.status_code == 200
    assert re.search(r'src="data:image/svg\+xml', page.text)


def test_no_demo_accounts_are_shown_where_there_are_none(client: FlaskClient) -> None:
    assert "演示账号" not in client.get("/sign-in").text
