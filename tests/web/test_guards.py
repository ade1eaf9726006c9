from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from records.clock import FixedClock
from records.db import Database
from records.settings import Settings
from tests.factories import Cast
from tests.web.conftest import SignIn
from web.app import create_app


def test_the_policy_allows_nothing_from_elsewhere_or_inline(client: FlaskClient) -> None:
    policy = client.get("/sign-in").headers["Content-Security-Policy"]
    assert "unsafe" not in policy and "http" not in policy
    assert "frame-ancestors 'none'" in policy


def test_headers_keep_browsers_careful(client: FlaskClient) -> None:
    headers = client.get("/sign-in").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "camera=(self)" in headers["Permissions-Policy"]
    assert headers["X-Request-ID"]


def test_pages_carry_no_inline_script_or_style(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.lead).get("/establishments").text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", page)


def test_a_change_without_its_token_is_refused(app: Flask, sign_in: SignIn, cast: Cast) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = sign_in(cast.lead).post("/notifications/read")
    assert answer.status_code == 400
    assert "页面已过期" in answer.text


def test_the_session_cookie_is_out_of_reach_of_scripts(client: FlaskClient) -> None:
    cookie = client.post("/language", data={"language": "en"}).headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie


def test_behind_https_cookies_are_secure_and_the_browser_stays_there(
    database: Database, clock: FixedClock, settings: Settings
) -> None:
    app = create_app(replace(settings, public_url="https://sujian.example.org"), clock=clock, database=database)
    app.config["WTF_CSRF_ENABLED"] = False
    answer = app.test_client().post("/language", data={"language": "en"}, base_url="https://sujian.example.org")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" in answer.headers


def test_only_trusted_hosts_are_answered(database: Database, clock: FixedClock, settings: Settings) -> None:
    app = create_app(replace(settings, trusted_hosts=("sujian.example.org",)), clock=clock, database=database)
    assert app.test_client().get("/sign-in", base_url="http://evil.example").status_code == 400
    assert app.test_client().get("/sign-in", base_url="http://sujian.example.org").status_code == 200


def test_too_large_a_request_is_refused(app: Flask, sign_in: SignIn, cast: Cast) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 100
    answer = sign_in(cast.lead).post("/notifications/read", data={"id": "x" * 500})
    assert answer.status_code == 413


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/x", "/\\evil.example", "javascript:x"])
def test_switches_lead_back_to_this_site_only(client: FlaskClient, target: str) -> None:
    answer = client.post("/language", data={"language": "en", "next": target})
    assert answer.headers["Location"] == "/"
