"""The case that a failed sample began: which it is, and who hears of a re-test when it has ended already."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from engine.model import InstanceState, ProcessInstance
from engine.process import Step
from records.people import RoleCode, users_with_role
from records.problems import ProblemCase
from records.sampling import Sample
from workflows import sampling_words as say

HANDLING = "R-TST-06"  # the clock of handling the problem, which does not count the time of a re-test


def pause_handling(step: Step) -> Mapping[str, object]:
    """The clock of handling the problem stands, here and in the case that handles it (R-TST-06)."""
    step.stop_clock(HANDLING, say.PAUSED, say.PAUSE_BASIS)
    sample = step.session.get_one(Sample, step.data["sample_id"])
    return {"problem_no": problem_case_of(step, sample)}


def problem_case_of(step: Step, sample: Sample) -> str | None:
    """The number of the running case that handles the sample's failure; None when there is none any more."""
    found = select(ProblemCase).where(
        ProblemCase.source_record_id == sample.id,
        ProblemCase.is_drill.is_(step.instance.is_drill),
        ProblemCase.deleted_at.is_(None),
    )
    problem = step.session.scalars(found.order_by(ProblemCase.id.desc()).limit(1)).first()
    if problem is not None and problem.status == "merged":
        problem = step.session.get(ProblemCase, problem.duplicate_of or "")
    case = step.session.get(ProcessInstance, (problem.process_instance_id if problem else None) or "")
    is_running = case is not None and case.state in (InstanceState.ACTIVE, InstanceState.SUSPENDED)
    return case.business_key if case is not None and is_running else None


def tell_problem_leads(step: Step, sample: Sample, text: str) -> None:
    """Nobody handles the failure any more: the leads hear what the re-test found."""
    leads = users_with_role(step.session, RoleCode.LEAD, sample.region_path)
    step.notify([each.id for each in leads], "sample.final", text)
