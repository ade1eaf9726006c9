"""Health, readiness, metrics."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from records.db import Database


def test_health_touches_nothing(client: FlaskClient, database: Database) -> None:
    database.engine.dispose()
    assert client.get("/health").json == {"status": "ok"}


def test_a_database_without_the_schema_is_not_ready(client: FlaskClient) -> None:
    answer = client.get("/ready")
    assert answer.status_code in (200, 503)
    assert answer.json["checks"]["files"] is True
    assert (answer.status_code == 200) is answer.json["checks"]["database"]


def test_metrics_count_by_rule_not_by_address(client: FlaskClient) -> None:
    for name in ("a" * 12, "b" * 12, "c" * 12):
        client.get(f"/verify/{name}")
    told = client.get("/metrics").text
    assert 'url_rule="/verify/<token>"' in told
    assert "aaaaaaaaaaaa" not in told
    assert 'url_rule="/metrics"' not in told


def test_two_applications_measure_apart(app: Flask, client: FlaskClient) -> None:
    client.get("/sign-in")
    assert "/sign-in" in client.get("/metrics").text
