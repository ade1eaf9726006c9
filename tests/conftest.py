"""Fixtures that every layer shares: a real database, a clock that stands still, the cast, no network."""

from __future__ import annotations

import gc
import os
import shutil
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

import engine.model
import records.tables
from engine import definitions
from engine.deployment import read_bundle
from engine.engine import Engine
from records.base import Base
from records.blobs import BlobStore
from records.clock import ZONE, FixedClock
from records.db import Database
from records.master_data import seed_master_data
from records.people import SYSTEM
from records.store import Store
from tests import fits
from tests.factories import Cast, make_cast
from tests.memory import scratch
from workflows import load

START = datetime(2026, 11, 18, 9, 0, tzinfo=ZONE)
TABLES = (engine.model, records.tables)  # imported, so that the test database has every table
ROOT = Path(__file__).parents[1]
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(scratch()))  # of tmp_path
LOOPBACK = {"127.0.0.1", "::1", "localhost"}

fits.watch()


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only this machine may be reached."""
    connect = socket.socket.connect

    def local_only(self: socket.socket, address: object) -> None:
        if self.family != socket.AF_UNIX and isinstance(address, tuple) and address[0] not in LOOPBACK:
            raise PermissionError(f"tests do not reach the network: {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", local_only)


@pytest.fixture
def clock() -> FixedClock:
    """Wednesday 18 November 2026, nine o'clock in Liuzhou."""
    return FixedClock(START)


@pytest.fixture(scope="session")
def database_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database with all tables, the master data and the cast, to be copied for each test; gives its URL."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        with new_postgresql(given, template=None) as url:
            _fill(url)
            yield url
    else:
        url = f"sqlite:///{tmp_path_factory.mktemp('database') / 'template.db'}"
        _fill(url)
        yield url


@pytest.fixture(scope="session")
def product_template(database_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same with the product's own processes deployed; gives its URL."""
    with _copy(database_template, tmp_path_factory.mktemp("product")) as url:
        with _opened(url) as database:
            engine = Engine(load(), FixedClock(START, seed=3))
            bundles = [read_bundle(key, ROOT / "bpmn", ROOT / "forms") for key in engine.processes]
            with database.unit_of_work() as session:
                engine.deploy_all(session, bundles, SYSTEM)
            _settle(database)
        yield url


@pytest.fixture
def database(database_template: str, tmp_path: Path) -> Iterator[Database]:
    """This test's own database."""
    with copied(database_template, tmp_path) as database:
        yield database


@contextmanager
def copied(template: str, folder: Path) -> Iterator[Database]:
    """A database of its own, copied from a template."""
    with _copy(template, folder) as url, _opened(url) as database:
        yield database


@contextmanager
def _copy(template: str, folder: Path) -> Iterator[str]:
    if template.startswith("sqlite"):
        copy = folder / "sujian.db"
        shutil.copyfile(template.removeprefix("sqlite:///"), copy)
        yield f"sqlite:///{copy}"
    else:
        with new_postgresql(template, template=template) as url:
            yield url


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A unit of work, committed when the test ends well."""
    with database.unit_of_work() as session:
        yield session


@pytest.fixture
def store(session: Session, clock: FixedClock) -> Store:
    """The one writer, acting as the platform."""
    return Store(session, clock, SYSTEM)


@pytest.fixture
def cast(database: Database) -> Cast:
    """The people of every story, as actors."""
    with database.reading() as session:
        return Cast.load(session)


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    """An empty folder of blobs."""
    return BlobStore(tmp_path / "blobs")


class _Compiled(dict[Any, Any]):
    """What SQL became, kept for all databases of this process: in a key the dialect is that of one of them."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__((key[0].name, *key[1:]), compiled)


_COMPILED = _Compiled()


_READY: dict[str, definitions.Definition] = {}
_PREPARE = definitions._prepare


def _prepared_once(session: Session, row: engine.model.ProcessDefinition) -> definitions.Definition:
    """What a definition became, by its content, for all databases of this process."""
    found = _READY.get(row.content_hash) or _READY.setdefault(row.content_hash, _PREPARE(session, row))
    return replace(found, id=row.id, version=row.version)


definitions._prepare = _prepared_once


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = Database(url)
    database.engine.update_execution_options(compiled_cache=_COMPILED)
    try:
        yield database
    finally:
        database.engine.dispose()


#: transactions that nobody will end any more
_FORGOTTEN = text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name AND state LIKE 'idle in transaction%'")


@contextmanager
def new_postgresql(beside: str, template: str | None) -> Iterator[str]:
    """A new database on the server of ``beside``, copied from a template if given; dropped at the end."""
    url = make_url(beside)
    name = f"sujian_{uuid.uuid4().hex[:12]}"
    source = f' TEMPLATE "{make_url(template).database}" STRATEGY FILE_COPY' if template else ""
    server = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"{source}'))
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            if connection.scalar(_FORGOTTEN, {"name": name}):
                gc.collect()  # now, while its server still answers, not in the middle of another test
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        server.dispose()


def seeded(store: Store) -> None:
    """The master data and the cast."""
    seed_master_data(store)
    make_cast(store)


def _fill(url: str) -> None:
    with _opened(url) as database:
        Base.metadata.create_all(database.engine)
        with database.unit_of_work() as session:
            seeded(Store(session, FixedClock(START, seed=0), SYSTEM))
        _settle(database)


def _settle(database: Database) -> None:
    """Everything is in the one file, to be copied."""
    if database.dialect == "sqlite":
        with database.engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
