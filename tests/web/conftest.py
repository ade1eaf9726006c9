"""The application with a real database; people sign in by their session, as if they had just entered their password."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from records.clock import FixedClock
from records.db import Database
from records.people import Actor, User
from records.settings import Settings
from tests.conftest import copied
from tests.factories import Cast
from tests.workflows.story import Story
from web.app import create_app
from web.parts import Parts

ROOT = Path(__file__).parents[2]
SignIn = Callable[[Actor], FlaskClient]


@pytest.fixture
def database(product_template: str, tmp_path: Path) -> Iterator[Database]:
    """This test's own database, with the product's own processes deployed."""
    with copied(product_template, tmp_path) as database:
        yield database


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(blob_dir=tmp_path / "blobs", journal_key=tmp_path / "keys" / "journal.key", log_level="ERROR")


@pytest.fixture
def app(database: Database, clock: FixedClock, settings: Settings) -> Flask:
    """The application on the test's database; forms need no CSRF token here (tests/web/test_guards.py turns it on)."""
    app = create_app(settings, clock=clock, database=database)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that has not signed in."""
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask, database: Database) -> SignIn:
    """``sign_in(cast.inspector)`` gives that person's browser."""

    def signed_in(actor: Actor) -> FlaskClient:
        with database.reading() as session:
            person = session.get_one(User, actor.id)
        browser = app.test_client()
        with browser.session_transaction() as kept:
            kept.update(_user_id=person.fs_uniquifier, _fresh=True, fs_cc="set", fs_paa=time.time())
        return browser

    return signed_in


@pytest.fixture
def story(app: Flask, database: Database, clock: FixedClock, cast: Cast) -> Story:
    """A case about to begin, in the application's own engine and blob folder."""
    here: Parts = app.extensions["sujian"]
    clock.advance(hours=2)
    return Story(database, here.engine, clock, cast, here.blobs)
