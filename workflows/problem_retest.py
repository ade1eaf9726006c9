"""Problem handling of a failed sample: the re-test stops its clock, and may take away what it stood on (FSL 88)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine.process import Step
from records.controls import ControlMeasure
from records.informants import informant_of
from records.inspections import Rectification
from records.penalties import Penalty
from records.people import RoleCode, users_with_role
from records.recalls import Recall
from workflows import problem_words as words
from workflows.parties import tell_business
from workflows.problem_control import lift_control
from workflows.problem_intake import problem_of

HANDLING = "R-TST-06"
#: penalties that stand: they are revoked as decisions, not dropped with the case (SAMR Order 45 art. 13)
DECIDED = frozenset({"decided", "served", "executed", "published"})
#: what a withdrawn case leaves of what it had begun: kind -> the states that have ended, and the state it gets
LEFT: tuple[tuple[type[Any], frozenset[str], str], ...] = (
    (Rectification, frozenset({"accepted", "failed", "withdrawn"}), "withdrawn"),
    (Penalty, DECIDED | {"not_filed", "dropped", "revoked"}, "dropped"),
    (Recall, frozenset({"closed"}), "closed"),
)


def note_retest(step: Step) -> Mapping[str, object]:
    """A re-test is under way, and the clock stands; or it has spoken, and the clock goes on."""
    told, problem = step.data["retest_told"], problem_of(step)
    if told["state"] == "retesting":
        step.stop_clock(HANDLING, words.RETEST_PAUSE, words.RETEST_BASIS)
        return {"bound": ""}
    step.let_clock_go(HANDLING, words.RETEST_OVER)
    text = words.RETEST_TOLD[told["state"]].format(sample=told["sample_no"])
    leads = users_with_role(step.session, RoleCode.LEAD, step.instance.region_path)
    people = [problem.handler_id, problem.second_handler_id, *(lead.id for lead in leads)]
    step.notify(dict.fromkeys(each for each in people if each), "problem.retest", text)
    return {"bound": "、".join(_bound(step))}


def withdraw_problem(step: Step) -> None:
    """The re-test took away what the case stood on: not established; nothing of what it imposed is left."""
    decided, now = step.data["judge_overturned"], step.clock.now()
    for measure in _of_case(step, ControlMeasure):
        if measure.status in ("active", "in_force"):
            lift_control(step, measure, words.NOT_ESTABLISHED)
    for kind, ended, state in LEFT:
        for row in _of_case(step, kind):
            if row.status not in ended:
                closed = {"closed_at": now} if hasattr(row, "closed_at") else {}
                step.store.correct(row, {"status": state, **closed}, reason=words.NOT_ESTABLISHED)
    values = {"status": "dismissed", "is_established": False, "closed_at": now, "closing": decided["reason"]}
    step.store.correct(problem_of(step), values, reason=words.NOT_ESTABLISHED)
    informant = informant_of(step.session, step.instance.id)
    if informant is not None and decided.get("replied_at"):
        step.store.correct(informant, {"replied_at": datetime.fromisoformat(decided["replied_at"])})
    if step.instance.is_visible_to_business:
        tell_business(step, "problem.withdrawn", words.WITHDRAWN.format(no=step.instance.business_key))


def _bound(step: Step) -> list[str]:
    """What cannot be undone by closing the case: penalties decided, recalls begun."""
    penalties = [row.no or "" for row in _of_case(step, Penalty) if row.status in DECIDED]
    begun = [row for row in _of_case(step, Recall) if row.plan_approved_at is not None and row.closed_at is None]
    return [words.PENALTY] * bool(penalties) + [words.RECALL] * bool(begun)


def _of_case(step: Step, kind: type[Any]) -> list[Any]:
    of_case = select(kind).where(kind.process_instance_id == step.instance.id, kind.deleted_at.is_(None))
    return list(step.session.scalars(of_case.order_by(kind.id)))
