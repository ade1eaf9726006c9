"""A supervisor's six questions, answered on the page of a running case of each of the five processes.

Where does it stand, who has it, what is due when, what happened, what is it based on, what follows.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest

from engine.model import UserTask, UserTaskState
from records.people import User
from tests.factories import Cast
from tests.web.conftest import SignIn
from tests.workflows.announcement_story import AnnouncementStory
from tests.workflows.assessment_story import AssessmentStory
from tests.workflows.emergency_story import EmergencyStory
from tests.workflows.problem_story import ProblemStory
from tests.workflows.story import Story

Told = Callable[[Story], str]


def inspection(story: Story) -> str:
    story.assign()
    story.accept()
    return "onsite_inspection"


def problem(story: Story) -> str:
    told = of_kind(ProblemStory, story)
    told.register()
    told.assign_pair()
    story.case = told.case
    return next(task.element_id for task in open_tasks(story) if task.due_at)


def emergency(story: Story) -> str:
    told = of_kind(EmergencyStory, story)
    told.prepare()
    told.keep_plan()
    told.begin_real()
    story.case = told.case
    return next(task.element_id for task in open_tasks(story) if task.due_at)


def announcement(story: Story) -> str:
    told = of_kind(AnnouncementStory, story)
    told.begin()
    told.draft()
    story.case = told.case
    return "section_review"


def assessment(story: Story) -> str:
    told = of_kind(AssessmentStory, story)
    told.prepare()
    told.invite()
    told.turn_to(told.plant)
    told.self_assess(told.owner)
    story.case = told.case
    return "first_review"


def of_kind(kind: Any, story: Story) -> Any:
    return kind(story.database, story.engine, story.clock, story.cast, story.blobs)


def open_tasks(story: Story) -> list[UserTask]:
    with story.database.reading() as session:
        mine = (UserTask.process_instance_id == story.case, UserTask.state == UserTaskState.OPEN)
        return session.query(UserTask).filter(*mine).order_by(UserTask.id).all()


@pytest.mark.parametrize(
    ("begin", "reader"),
    [
        (inspection, "lead"),
        (problem, "lead"),
        (emergency, "manager"),
        (announcement, "lead"),
        (assessment, "superior"),
    ],
)
def test_the_case_page_answers_a_supervisors_six_questions(
    story: Story, sign_in: SignIn, cast: Cast, begin: Told, reader: str
) -> None:
    element_id = begin(story)
    task = next(one for one in open_tasks(story) if one.element_id == element_id)
    page = html.unescape(sign_in(getattr(cast, reader)).get(f"/cases/{story.case}").text)
    with story.database.reading() as session:
        holder = session.get(User, task.assignee_id or "")
    entry = next(one for one in re.findall(r'<article class="entry.*?</article>', page, re.S) if task.id in one)

    status = text(re.search(r'<p class="status-line">(.*?)</p>', page, re.S))
    assert status.startswith("等待") and "办理“" in status  # where it stands, in words
    assert (holder.name if holder else "待领取") in entry  # who has it
    assert "到期" in entry and re.search(r"(剩|还有|逾期|今天|明天)", entry)  # what is due, and how long there is
    happened = re.search(r'id="timeline".*?</section>', page, re.S)
    assert happened and len(re.findall(r"<li", happened.group())) >= 2 and "案件发起" in happened.group()
    based = re.search(r"依据</b>：(.*?)</small>", entry, re.S)
    assert based and len(text(based)) > 4  # what it is based on, with the rule of its date
    if task.due_rule:
        assert f"{task.due_rule}，" in based.group() and "期限" in based.group()
    follows = re.search(r"接下来</b>：(.*?)</small>", entry, re.S)
    assert follows and len(text(follows)) > 2  # what follows


def text(found: re.Match[str] | None) -> str:
    return re.sub(r"<[^>]+>|\s+", "", found.group(1)) if found else ""
