"""Seals are public, evidence packs are for the authority."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from records.clock import FixedClock
from records.db import Database
from records.seals import seal_journal
from records.signing import SigningKey


@pytest.fixture
def key(app: Flask) -> SigningKey:
    return SigningKey.of_file(app.extensions["sujian"].settings.journal_key)


def test_anyone_may_read_and_keep_the_seals(
    app: Flask, client: FlaskClient, database: Database, clock: FixedClock, key: SigningKey
) -> None:
    assert "还没有封存" in client.get("/verify/seals").text
    seal_journal(database, key, clock)
    page = client.get("/verify/seals")
    assert page.status_code == 200 and key.public in page.text
    (seal,) = client.get("/verify/seals.json").get_json()
    assert json.loads(seal["statement"])["root"] in page.text
    assert client.get("/verify/seals.json?after=1").get_json() == []
    assert client.get("/verify/public-key.txt").text == f"{key.public}\n"


def test_a_copy_of_the_seals_kept_elsewhere_shows_that_they_were_made_anew(
    app: Flask, client: FlaskClient, database: Database, clock: FixedClock, key: SigningKey, tmp_path: Path
) -> None:
    seal_journal(database, key, clock)
    copy = tmp_path / "seals.json"
    copy.write_bytes(client.get("/verify/seals.json").data)
    cli = app.test_cli_runner()
    whole = cli.invoke(args=["verify-journal", "--seals", str(copy)])
    assert whole.exit_code == 0 and json.loads(whole.output.splitlines()[-1])["keys"] == "known"
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM sealed_head")
        connection.exec_driver_sql("DELETE FROM journal_seal")
    clock.advance(minutes=1)
    seal_journal(database, key, clock)
    assert cli.invoke(args=["verify-journal"]).exit_code == 0, "who has the key can seal anew"
    found = cli.invoke(args=["verify-journal", "--seals", str(copy)])
    assert found.exit_code == 1 and "seal is not the one that was published" in found.output
    copy.write_text("{}x")
    assert "does not hold seals" in cli.invoke(args=["verify-journal", "--seals", str(copy)]).output
