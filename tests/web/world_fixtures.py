"""``pytest_plugins = ["tests.web.world_fixtures"]`` gives a test its copy of the world (tests/web/world.py)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import new_postgresql
from tests.web.world import Template, World, built, opened


@pytest.fixture(scope="session")
def world_template(database_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    """The world, built once."""
    folder = tmp_path_factory.mktemp("world")
    if database_template.startswith("sqlite"):
        path = folder / "world.db"
        shutil.copyfile(database_template.removeprefix("sqlite:///"), path)
        yield built(f"sqlite:///{path}", folder / "blobs")
    else:
        with new_postgresql(database_template, template=database_template) as url:
            yield built(url, folder / "blobs")


@pytest.fixture(scope="session")
def read_world(world_template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One copy for all tests that change nothing."""
    yield from _copied(world_template, tmp_path_factory.mktemp("reading"))


@pytest.fixture(scope="module")
def targets(world_template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One copy for a whole file of tests that leave nothing behind but drafts."""
    yield from _copied(world_template, tmp_path_factory.mktemp("targets"))


@pytest.fixture
def world(world_template: Template, tmp_path: Path) -> Iterator[World]:
    """This test's own copy of the world."""
    yield from _copied(world_template, tmp_path)


def _copied(world_template: Template, folder: Path) -> Iterator[World]:
    if world_template.url.startswith("sqlite"):
        path = folder / "world.db"
        shutil.copyfile(world_template.url.removeprefix("sqlite:///"), path)
        yield from opened(f"sqlite:///{path}", world_template)
    else:
        with new_postgresql(world_template.url, template=world_template.url) as url:
            yield from opened(url, world_template)
