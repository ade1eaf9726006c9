"""The real processes on a real database, and a story to be told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.engine import Engine
from records.blobs import BlobStore
from records.clock import FixedClock
from records.db import Database
from records.people import SYSTEM
from tests.conftest import copied
from tests.factories import Cast
from tests.workflows.assessment_story import AssessmentStory
from tests.workflows.sampling_story import CALLER, PICKING, SamplingStory
from tests.workflows.story import Story
from workflows import load


@pytest.fixture
def database(product_template: str, tmp_path: Path) -> Iterator[Database]:
    """This test's own database, with the product's own processes deployed."""
    with copied(product_template, tmp_path) as database:
        yield database


@pytest.fixture
def engine(database: Database, clock: FixedClock) -> Engine:
    """The engine with the product's own processes."""
    return Engine(load(), clock)


@pytest.fixture
def story(database: Database, engine: Engine, clock: FixedClock, cast: Cast, blobs: BlobStore) -> Story:
    """A case about to begin, on Wednesday 18 November 2026 at eleven."""
    clock.advance(hours=2)
    return Story(database, engine, clock, cast, blobs)


@pytest.fixture
def picked(database: Database, clock: FixedClock, cast: Cast, blobs: BlobStore) -> SamplingStory:
    """The product's processes and a small one that asks for samples, on Wednesday 18 November 2026 at eleven."""
    clock.advance(hours=2)
    processes = {**load(), "picking": PICKING}
    engine = Engine(processes, clock)
    with database.unit_of_work() as session:
        engine.deploy_all(session, [CALLER], SYSTEM)
    return SamplingStory(database, engine, clock, cast, blobs)


@pytest.fixture
def assessment(database: Database, engine: Engine, clock: FixedClock, cast: Cast, blobs: BlobStore) -> AssessmentStory:
    """The city on 18 November 2026, its nodes and assessors ready to be assessed and to assess."""
    story = AssessmentStory(database, engine, clock, cast, blobs)
    story.prepare()
    return story


@pytest.fixture
def invited(assessment: AssessmentStory) -> AssessmentStory:
    """October is assessed: everybody has been invited."""
    assessment.invite()
    return assessment
