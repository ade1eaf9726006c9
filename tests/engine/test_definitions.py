"""Versions of definitions: the same content is the same version, and what is ready is shared among threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

from engine import definitions
from engine.definitions import Definition, ReadyDefinitions
from engine.engine import Engine
from records.clock import FixedClock
from records.db import Database
from records.people import SYSTEM
from tests.engine.toys import RELAY


def test_the_same_content_is_the_same_version_and_an_earlier_one_may_return(
    database: Database, engine: Engine, clock: FixedClock
) -> None:
    other = replace(RELAY, bpmn=RELAY.bpmn + b"<!-- other -->")
    seen = []
    for bundle in (RELAY, RELAY, other, RELAY):
        clock.advance(seconds=1)
        with database.unit_of_work() as session:
            row = engine.deploy(session, bundle, SYSTEM)
            seen.append((row.version, definitions.current(session, "relay").version))
    assert seen == [(1, 1), (1, 1), (2, 2), (1, 1)]


def test_threads_that_ask_at_once_get_one_definition(database: Database, engine: Engine) -> None:
    with database.unit_of_work() as session:
        definition_id = engine.deploy(session, RELAY, SYSTEM).id
    at_once = Barrier(8)

    def ask() -> Definition:
        with database.reading() as session:
            at_once.wait()
            return definitions.by_id(session, definition_id)

    with ThreadPoolExecutor(8) as pool:
        found = [each.result() for each in [pool.submit(ask) for _ in range(8)]]
    assert {id(each) for each in found} == {id(found[0])}


def test_what_was_used_last_stays(database: Database, engine: Engine) -> None:
    with database.unit_of_work() as session:
        made = definitions.by_id(session, engine.deploy(session, RELAY, SYSTEM).id)
    ready = ReadyDefinitions(room=2)
    for name in ("a", "b"):
        ready.keep(replace(made, id=name))
    assert ready.get("a") is not None
    ready.keep(replace(made, id="c"))
    assert (ready.get("b"), ready.get("a") is not None) == (None, True)
