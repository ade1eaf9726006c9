from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Cast
from tests.web.conftest import SignIn
from web.permissions import PAGES, PUBLIC, declared_permission, permission


def test_every_view_declares_a_permission(app: Flask) -> None:
    without = [end for end, view in app.view_functions.items() if declared_permission(end, view) is None]
    assert without == []


def test_every_declared_permission_is_in_the_table(app: Flask) -> None:
    declared = {declared_permission(end, view) for end, view in app.view_functions.items()}
    assert declared - {PUBLIC} <= set(PAGES)


def test_a_permission_must_exist_to_be_declared() -> None:
    with pytest.raises(KeyError):
        permission("moon.land")


def test_pages_without_a_sign_in_are_few(app: Flask) -> None:
    rules = {rule.rule for rule in app.url_map.iter_rules() if _is_public(app, rule.endpoint)}
    expected = {"/sign-in", "/sign-in/code", "/language", "/health", "/ready", "/verify/<token>"}
    assert expected <= rules
    assert not [rule for rule in rules if rule.startswith(("/cases", "/tasks", "/inbox", "/establishments", "/admin"))]


def _is_public(app: Flask, endpoint: str) -> bool:
    return declared_permission(endpoint, app.view_functions[endpoint]) == PUBLIC


@pytest.mark.parametrize("path", ["/inbox", "/cases", "/start", "/establishments", "/search?q=x", "/account"])
def test_without_a_sign_in_one_is_led_to_it_and_back(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in?next=")


def test_a_script_without_a_sign_in_is_told_401(client: FlaskClient) -> None:
    assert client.get("/inbox", headers={"HX-Request": "true"}).status_code == 401


def test_the_back_office_is_for_administrators(sign_in: SignIn, cast: Cast) -> None:
    assert sign_in(cast.inspector).get("/admin/").status_code == 403
    assert sign_in(cast.admin).get("/admin/").status_code == 200


def test_only_leads_and_managers_cancel_cases(sign_in: SignIn, cast: Cast) -> None:
    answer = sign_in(cast.inspector).post("/cases/x/cancellation", data={"reason": "误派"})
    assert answer.status_code == 403
    assert "您的角色不能进行此操作" in answer.text
