"""The real processes behind the real pages: a case to click through."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from records.clock import FixedClock
from records.db import Database
from tests.factories import Cast
from tests.workflows.story import Story
from web.parts import Parts

ROOT = Path(__file__).parents[3]


@pytest.fixture
def story(app: Flask, database: Database, clock: FixedClock, cast: Cast) -> Story:
    """A case about to begin, in the application's own engine and blob folder."""
    here: Parts = app.extensions["sujian"]
    clock.advance(hours=2)
    return Story(database, here.engine, clock, cast, here.blobs)
