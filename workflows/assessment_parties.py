"""The people of an assessment: who reviews, who steps in for a recused reviewer, who is told."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from engine.model import InstanceState, ProcessInstance, UserTask, UserTaskState
from engine.process import Step
from records.assessment_reviews import reviewers
from records.assessments import AssessmentCycle, AssessmentSubject
from records.clock import today
from workflows.parties import tell_people

REVIEWS = ("first_review", "second_review", "third_review")


def next_reviewer(step: Step, without: Collection[str | None]) -> str | None:
    """The next assessor who may review the case's subject and has nothing to do with it yet; None: nobody is left."""
    opened = step.data["open_subject"]
    subject = step.session.get_one(AssessmentSubject, opened["subject_id"])
    cycle = step.session.get_one(AssessmentCycle, opened["cycle_id"])
    found = reviewers(step.session, subject, cycle.region_path, today(step.clock), {*without, *_involved(step)})
    return found[0] if found else None


def replace_first(step: Step) -> Mapping[str, object]:
    """Another in place of the first reviewer, who recused themselves."""
    return {"reviewer_id": next_reviewer(step, ())}


def replace_second(step: Step) -> Mapping[str, object]:
    """Another in place of the second reviewer."""
    return replace_first(step)


def replace_third(step: Step) -> Mapping[str, object]:
    """Another in place of the third reviewer."""
    return replace_first(step)


def tell(step: Step, user_id: str | None, kind: str, text: str) -> None:
    """The same as ``tell_people`` for whoever answers for the assessed, where there is somebody."""
    if user_id is not None:
        tell_people(step, [user_id], kind, text)


def case_goes_on(step: Step, process_instance_id: str | None) -> bool:
    """Whether a case of one of the assessed has not ended."""
    found = None if process_instance_id is None else step.session.get(ProcessInstance, process_instance_id)
    return found is not None and found.state in (InstanceState.ACTIVE, InstanceState.SUSPENDED)


def _involved(step: Step) -> set[str | None]:
    """Whoever reviews, reviewed or recused themselves in this case."""
    found = select(UserTask.assignee_id, UserTask.completed_by).where(
        UserTask.process_instance_id == step.instance.id,
        UserTask.element_id.in_(REVIEWS),
        UserTask.state.in_((UserTaskState.OPEN, UserTaskState.COMPLETED)),
    )
    named = {one for row in step.session.execute(found) for one in row}
    return named | {step.data.get("assign_reviewers", {}).get(name) for name in ("first_id", "second_id")}
