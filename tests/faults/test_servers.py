"""Redis forgets everything, Redis is away, PostgreSQL dies again and again: what was told stays, the rest goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.city import City, city
from tests.faults.conftest import times
from tests.faults.load import load
from tests.faults.postgres import Postgres
from tests.own_redis import free_port, redis_server


def test_postgresql_dies_again_and_again(town: City) -> None:
    with load(town) as people:
        for _time in range(times(2, 20)):
            before = people.done
            town.until(lambda before=before: people.done > before + 4)
            town.postgres.kill()
            time.sleep(0.3)
            town.postgres.start()
        before = people.done
        town.until(lambda: people.done > before + 4)
    assert town.ledger.lost > 0


@pytest.fixture
def rung(postgres: Postgres, tmp_path: Path) -> Iterator[tuple[City, int]]:
    """An installation whose worker is Celery's own, with beat inside, over a Redis that is not there yet."""
    port = free_port()
    with city(postgres, tmp_path / "rung", {"REDIS_URL": f"redis://127.0.0.1:{port}/0"}) as made:
        made.open_web(1)
        yield made, port
        made.finish()
        made.check()


def go_on(town: City) -> None:
    """A case that needs the worker twice passes through."""
    case = town.case()
    for element, who in (("left", "inspector"), ("right", "lead"), ("check", "lead")):
        town.person(who).surely_complete(town.task(case, element))


def test_redis_dies_empty_and_stays_away(rung: tuple[City, int], tmp_path: Path) -> None:
    town, port = rung
    with redis_server(tmp_path, port):
        town.open_celery()
        go_on(town)
    waiting = town.case()  # the doorbell is away: people work on
    for element, who in (("left", "inspector"), ("right", "lead")):
        town.person(who).surely_complete(town.task(waiting, element))
    time.sleep(times(2, 60))
    with redis_server(tmp_path, port):  # the same, with nothing in it
        town.task(waiting, "check")
        go_on(town)
