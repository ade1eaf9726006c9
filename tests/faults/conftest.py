"""One PostgreSQL and one installation for all faults that leave both usable; long forms with FAULTS=long."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.faults.city import City, city
from tests.faults.postgres import Postgres

IS_LONG = os.environ.get("FAULTS") == "long"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here kills real processes."""
    for item in items:
        if "tests/faults" in item.path.as_posix():
            item.add_marker(pytest.mark.faults)


def times(short: int, long: int) -> int:
    """How often: in the short form, in the long form."""
    return long if IS_LONG else short


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server with its durable settings."""
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def shared(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Web with two processes and two workers, kept running."""
    with city(postgres, tmp_path_factory.mktemp("city")) as made:
        made.open_web()
        made.open_worker(2)
        yield made
        made.finish()
        made.check()


@pytest.fixture
def town(shared: City) -> Iterator[City]:
    """The shared installation; after the test everything must be right, and at the end everything finishes."""
    yield shared
    shared.check()
