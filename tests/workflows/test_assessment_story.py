"""A month of assessment, one story per path. Rules are named by their codes."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from engine.engine import Engine
from engine.errors import FourEyesError
from engine.invariants import check_invariants
from records.assessments import AssessmentImprovement, CycleState
from records.blobs import BlobStore
from records.clock import ZONE, FixedClock
from records.db import Database
from records.inspections import Rectification, Talk
from records.verification import verify_store
from tests.factories import Cast
from tests.workflows.assessment_story import AssessmentStory
from tests.workflows.story import local


@pytest.fixture
def story(database: Database, engine: Engine, clock: FixedClock, cast: Cast, blobs: BlobStore) -> AssessmentStory:
    """The city on 18 November 2026, its nodes and assessors ready."""
    told = AssessmentStory(database, engine, clock, cast, blobs)
    told.prepare()
    return told


@pytest.fixture
def invited(story: AssessmentStory) -> AssessmentStory:
    """October is assessed: everybody has been invited."""
    story.invite()
    return story


def plant(story: AssessmentStory) -> str:
    return story.cast.business.establishment_id or ""


def office(story: AssessmentStory) -> str:
    return story.cast.assessed.organisation_id or ""


def clean(story: AssessmentStory) -> bool:
    with story.database.reading() as session:
        return list(check_invariants(session)) == [] and list(verify_store(session)) == []


def others(story: AssessmentStory, *but: str) -> None:
    """Everybody else is late, gets the figures' points, and is silent."""
    story.clock.advance(days=8)
    story.work()
    for key in story.keys():
        if key not in but:
            story.settle(key, None)
    story.clock.advance(days=6)
    story.work()


def test_everyone_gets_a_case_of_their_own_at_their_place(invited: AssessmentStory) -> None:
    cases = invited.case_of("assessment_subject")
    assert len(cases) == len(invited.keys()) == 4
    by_name = {case.title.split(" · ")[-1]: case for case in cases}
    market = by_name["柳州市鱼峰区东环市场"]
    assert (market.region_code, market.establishment_id) == ("450203", invited.market.id)
    assert by_name["柳北区市场监督管理局" if "柳北区市场监督管理局" in by_name else next(
        name for name, case in by_name.items() if case.region_code == "450204"
    )].establishment_id is None  # fmt: skip
    assert all(case.is_visible_to_business for case in cases)
    assert invited.told(invited.owner)[-1] == "assessment.invited"
    (launch,) = invited.sent("announcement_requested")
    assert (launch["kind"], launch["is_public"]) == ("assessment_launch", False)
    assert invited.cycle().status == CycleState.SCORING


def test_a_month_from_self_assessment_to_frozen_results(invited: AssessmentStory) -> None:
    story = invited
    story.turn_to(plant(story))
    assert story.waits_for() == ["self_assess"]
    assert story.open_task("self_assess").assignee_id == story.owner.id
    story.settle(plant(story), story.owner)
    assert story.instance().end_element == "subject_closed"
    assert "assessment_sheet" in story.documents()
    assert len(story.scores("final")) == len(story.scores("self")) == len(story.scores("review")) / 2
    others(story, plant(story))

    story.turn_to_cycle()
    assert story.waits_for() == ["write_analysis"]
    with pytest.raises(FourEyesError):  # who wrote it does not approve it
        story.do("write_analysis", story.cast.superior, **written(story))
        story.do("approve_results", story.cast.superior, decision="return", opinion="同一人不能既写又批")
    assert story.instance().end_element is None


def written(story: AssessmentStory) -> dict[str, str]:
    draft = story.data("rank_subjects")
    return {"narrative": draft["draft"], "problems": draft["problems"], "suggestions": "逐项督促改进失分指标。"}
