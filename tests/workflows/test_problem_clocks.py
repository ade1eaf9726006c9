"""The statutory clocks of problem handling, counted by hand over Golden Week and its make-up days.

Begun on Monday 28 September 2026. Worked are 29 and 30 September, 8 to 10 October (the 10th is a Saturday made up for)
and then Monday to Friday; 1 to 7 October are holidays. Calendar days and hours run on through them.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from engine.engine import Engine
from records.blobs import BlobStore
from records.clock import ZONE, FixedClock
from records.controls import ControlMeasure
from records.db import Database
from tests.factories import Cast
from tests.workflows.problem_story import ProblemStory
from tests.workflows.story import local

MONDAY = datetime(2026, 9, 28, 11, 0, tzinfo=ZONE)
EVE = datetime(2026, 9, 30, 11, 0, tzinfo=ZONE)


@pytest.fixture
def story(database: Database, engine: Engine, clock: FixedClock, cast: Cast, blobs: BlobStore) -> ProblemStory:
    """A problem about to be registered."""
    clock.move_to(MONDAY)
    return ProblemStory(database, engine, clock, cast, blobs)


def due(story: ProblemStory, element: str) -> tuple[str | None, str]:
    """By which rule an open user task is due, and when."""
    task = story.open_task(element)
    assert task.due_at is not None
    return task.due_rule, local(task.due_at)


def test_r_cmp_01_accept_seven_working_days_verify_fifteen_and_fifteen_more(story: ProblemStory) -> None:
    story.register()
    assert due(story, "assign_handlers") == ("R-CMP-01-ACCEPT", "2026-10-14 00:00")
    story.assign_pair()
    assert due(story, "preliminary_verification") == ("R-CMP-01-VERIFY", "2026-10-24 00:00")
    ask = {"kind": "extension", "days": 15, "reason": "需要等待外省协查回复"}
    story.do("preliminary_verification", story.cast.inspector, **ask)
    assert due(story, "decide_verification_extension") == ("R-PRB-STEP", "2026-10-01 00:00")
    story.do("decide_verification_extension", story.cast.lead, decision="grant", days=15)
    assert due(story, "preliminary_verification") == ("R-CMP-01-EXTEND", "2026-11-14 00:00")


def test_r_cmp_01_reply_five_working_days_end_on_the_saturday_that_is_worked(story: ProblemStory) -> None:
    story.register()
    story.assign_pair()
    story.verify("no")
    assert due(story, "close_unfounded") == ("R-CMP-01-REPLY", "2026-10-11 00:00")


def test_r_prb_urgent_two_hours_run_on_a_holiday(story: ProblemStory) -> None:
    story.clock.move_to(datetime(2026, 10, 1, 23, 30, tzinfo=ZONE))
    story.register(ill=1)
    story.assign_pair()
    assert due(story, "preliminary_verification") == ("R-PRB-URGENT", "2026-10-02 01:30")


@pytest.mark.parametrize(
    ("kind", "code", "until"),
    [("seal", "R-PRB-CONTROL", "2026-10-31 00:00"), ("preserve", "R-PEN-01-PRESERVE", "2026-10-08 00:00")],
)
def test_r_prb_control_thirty_days_and_r_pen_01_preserve_seven_run_through_the_holidays(
    story: ProblemStory, kind: str, code: str, until: str
) -> None:
    story.clock.move_to(EVE)
    story.register()
    story.assign_pair()
    story.verify(control="yes")
    story.control(kind)
    story.do("approve_control", story.cast.lead, decision="approve")
    assert local(story.one(ControlMeasure).expires_at) == until, code


def test_r_trc_06_a_day_to_hand_in_papers_runs_on_a_holiday(story: ProblemStory) -> None:
    story.lot_id = story.lot()
    story.clock.move_to(datetime(2026, 9, 30, 16, 0, tzinfo=ZONE))
    story.give_to_shop()
    story.register(lots_known="yes", lots=[{"lot": story.lot_id}], lots_unknown_reason="")
    story.assign_pair()
    story.verify()
    assert due(story, "fill_gap")[1] == "2026-10-01 16:00"


def test_r_prb_determine_five_working_days_and_each_step_two(story: ProblemStory) -> None:
    story.register()
    story.assign_pair()
    story.verify()
    story.confirm()
    assert due(story, "determination") == ("R-PRB-DETERMINE", "2026-10-11 00:00")
    story.clock.move_to(EVE)
    story.determine()
    assert due(story, "review_determination") == ("R-PRB-STEP", "2026-10-10 00:00")
    story.approve_determination()
    assert due(story, "choose_measures") == ("R-PRB-STEP", "2026-10-10 00:00")
    story.choose("transfer")
    assert due(story, "police_reply") == ("R-PRB-TRANSFER", "2026-10-11 00:00")  # ten calendar days


def test_r_tst_06_ninety_calendar_days(story: ProblemStory) -> None:
    story.register()
    story.clock.move_to(datetime(2026, 12, 26, 23, 59, tzinfo=ZONE))
    story.fire_due()
    assert "problem.overdue" not in story.told(story.cast.manager)
    story.clock.move_to(datetime(2026, 12, 28, 0, 0, tzinfo=ZONE))
    story.fire_due()
    assert "problem.overdue" in story.told(story.cast.manager)
