"""Problem handling, one story per path. Rules are named by their codes; 18 November 2026 is a Wednesday."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import select

from engine.engine import Engine

from engine.invariants import check_invariants
from engine.messages import Message
from engine.model import JobKind
from records.blobs import BlobStore
from records.clock import ZONE, FixedClock
from records.controls import ControlMeasure
from records.db import Database
from records.errors import ForbiddenError, InvalidAnswersError
from records.inspections import Rectification
from records.penalties import Penalty
from records.problems import Determination, GapRequest, ProblemCase, ResponsibleParty, Transfer
from records.registry import Establishment
from records.store import Store
from records.trace_events import LotItem, enter_event
from records.trace_model import Lot, LotState, TraceRun
from records.verification import verify_store
from tests.factories import Cast, establishment
from tests.workflows.problem_story import ProblemStory
from tests.workflows.story import local


@pytest.fixture
def story(database: Database, engine: Engine, clock: FixedClock, cast: Cast, blobs: BlobStore) -> ProblemStory:
    """A problem about to be registered, on Wednesday 18 November 2026 at eleven."""
    clock.advance(hours=2)
    return ProblemStory(database, engine, clock, cast, blobs)


def test_the_whole_way_with_rectification(story: ProblemStory) -> None:
    story.until_measures()
    assert story.waits_for() == ["choose_measures"]
    assert "problem_determination" in story.documents()
    story.choose("rectify")
    assert story.waits_for() == ["submit_rectification"]
    story.submit()
    assert story.waits_for() == ["onsite_recheck"]  # a key finding
    story.recheck("yes")
    assert story.waits_for() == ["verify_closure"]
    story.close()

    assert story.instance().end_element == "problem_closed"
    assert story.problem().status == "closed"
    assert ("problem", -15) in story.credit()
    with story.database.reading() as session:
        assert list(verify_store(session)) == []
        assert list(check_invariants(session)) == []
