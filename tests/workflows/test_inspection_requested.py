"""Other processes begin an inspection by a message: it is a case of its own, as if a lead had assigned it."""

from __future__ import annotations

from typing import Any

import pytest

from engine.messages import Message
from engine.model import MessageState, ProcessInstance
from records.clock import today
from records.errors import InvalidAnswersError
from tests.workflows.story import Story


def requested(story: Story, **changes: Any) -> Message:
    content = {
        "establishment": story.cast.business.establishment_id,
        "mode": "random",
        "reason": "双随机抽查第一轮",
        "lead_inspector": story.cast.inspector.id,
        "second_inspector": story.cast.colleague.id,
        "planned_on": today(story.clock).isoformat(),
    }
    return Message("inspection_requested", "抽-1", content | changes, "drawn-1")


def test_an_inspection_begins_with_a_message_and_runs_like_any_other(story: Story) -> None:
    with story.database.unit_of_work() as session:
        receipt = story.engine.correlate(session, requested(story), story.cast.admin)
        assert receipt.state is MessageState.TAKEN and receipt.process_instance_id is not None
        story.case = receipt.process_instance_id
    with story.database.reading() as session:
        case = session.get_one(ProcessInstance, story.case)
        assert case.establishment_id == story.cast.business.establishment_id and "老陈米粉厂" in case.title
    assert story.open_task("accept_assignment").assignee_id == story.cast.inspector.id
    story.accept()
    story.inspect()
    story.confirm()
    story.tell_result("conform")
    story.approve()
    assert story.instance().end_element == "inspection_closed"
    assert story.inspection().mode == "random" and "task_letter" in story.documents()


def test_r_ins_06_a_message_that_names_one_inspector_only_begins_nothing(story: Story) -> None:
    alone = requested(story, second_inspector=story.cast.inspector.id)
    with pytest.raises(InvalidAnswersError) as refused, story.database.unit_of_work() as session:
        story.engine.correlate(session, alone, story.cast.admin)
    assert list(refused.value.errors) == ["second_inspector"]
