"""Instances as every released version of the code saved them finish under today's code, on today's schema.

A new set is made for each release by ``python -m tests.fixtures.make VERSION``.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine import definitions
from engine.deployment import Bundle
from engine.engine import Engine
from engine.invariants import check_invariants
from engine.migration import Outcome
from engine.migration_plan import make_plan
from engine.model import InstanceState, ProcessDefinition, ProcessInstance
from records.blobs import BlobStore
from records.clock import FixedClock
from records.db import Database
from records.migrations import upgrade
from records.people import SYSTEM
from records.verification import verify_store
from tests.conftest import new_postgresql
from tests.factories import Cast
from tests.fixtures import models
from tests.fixtures.dumps import read, restore
from tests.fixtures.recorder import Told
from workflows import load

KEPT = {
    file.parent.name: read(file) for file in Path(__file__).parents[1].glob("fixtures/instances/*/database.json.xz")
}
BEFORE = datetime(2026, 11, 18, tzinfo=UTC)  # no timer of the other instances is overdue yet
INSTANCES = [
    pytest.param(version, kept, id=f"{version}-{kept['name']}")
    for version, content in sorted(KEPT.items())
    for kept in content["instances"]
]


@pytest.fixture(scope="module")
def restored(database_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """By version: the URL of its database, brought to today's schema."""
    urls: dict[str, str] = {}
    if database_template.startswith("sqlite"):
        for version, content in KEPT.items():
            urls[version] = f"sqlite:///{tmp_path_factory.mktemp('kept') / 'kept.db'}"
            bring_back(urls[version], content)
        yield urls
    else:
        with ExitStack() as stack:
            for version, content in KEPT.items():
                urls[version] = stack.enter_context(new_postgresql(database_template, template=None))
                bring_back(urls[version], content)
            yield urls


def bring_back(url: str, content: dict[str, Any]) -> None:
    database = Database(url)
    upgrade(database, content["revision"])
    restore(database, content)
    upgrade(database)
    with database.reading() as session:
        assert list(check_invariants(session, BEFORE)) == []
        assert list(verify_store(session)) == []
    if database.dialect == "sqlite":
        with database.engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.engine.dispose()


@pytest.fixture
def kept_database(restored: dict[str, str], version: str, tmp_path: Path) -> Iterator[Database]:
    """A copy of what a version left behind."""
    url = restored[version]
    if url.startswith("sqlite"):
        shutil.copyfile(url.removeprefix("sqlite:///"), tmp_path / "kept.db")
        yield from opened(f"sqlite:///{tmp_path / 'kept.db'}")
    else:
        with new_postgresql(url, template=url) as copy:
            yield from opened(copy)


def opened(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.engine.dispose()


def test_something_is_kept() -> None:
    assert "0.1.0" in KEPT


@pytest.fixture
def story(kept_database: Database, kept: dict[str, Any], tmp_path: Path) -> Told:
    """The rest of a kept instance's story."""
    with kept_database.reading() as session:
        cast = Cast.load(session)
    clock = FixedClock(datetime.fromisoformat(kept["rest"][0]["at"]), seed=99)
    engine = Engine(load() | models.PROCESSES, clock)
    story = Told(kept_database, engine, clock, cast, BlobStore(tmp_path / "blobs"))
    story.case, story.pictures = kept["id"], 20_000
    return story


def check_the_rest(story: Told, kept: dict[str, Any]) -> None:
    assert story.waits_for() == kept["waits_for"]
    for step in kept["rest"]:
        story.go_on(step)
    instance = story.instance()
    assert (instance.state, instance.end_element) == (InstanceState.COMPLETED, kept["end_element"])
    assert sorted(story.passed()) == kept["passed"]
    with story.database.reading() as session:
        assert list(check_invariants(session, BEFORE)) == []


@pytest.mark.parametrize(("version", "kept"), INSTANCES)
def test_it_finishes_as_it_would_have(story: Told, kept: dict[str, Any]) -> None:
    check_the_rest(story, kept)


@pytest.mark.parametrize(("version", "kept"), INSTANCES)
def test_it_finishes_as_it_would_have_under_another_version(story: Told, kept: dict[str, Any]) -> None:
    """The same models and forms as another version, with a comment in every file."""
    with story.database.unit_of_work() as session:
        instance = session.get_one(ProcessInstance, story.case)
        source = definitions.of_instance(session, instance)
        rows = [session.get_one(ProcessDefinition, source.id)]
        rows += [session.get_one(ProcessDefinition, each) for each in rows[0].called.values()]
        bundles = [Bundle(r.key, r.bpmn.encode() + b"<!-- again -->", r.forms, r.decisions) for r in rows]
        story.engine.deploy_all(session, bundles, SYSTEM)
        plan = make_plan(source, definitions.current(session, source.key))
        item = story.engine.migrate(session, instance.id, plan, SYSTEM, "换到内容相同的新版本，以便核对")
    assert (item.outcome, item.refusals, item.remarks) == (Outcome.MOVED, (), ())
    check_the_rest(story, kept)
