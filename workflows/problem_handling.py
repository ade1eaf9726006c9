"""A food-safety problem, from the first report to the lessons drawn.

A problem is registered by hand or reported by another process; who informed us is kept sealed. What looks like one that
is known already is put before a person. A decision table says how grave it is and how soon it is to be verified; the
gravest also start the emergency response, which runs beside. A lead names the pair of handlers.

What proves unfounded ends with its reason and, where the informant gave a name, a reply. What proves true is traced
both ways (holders who lack papers are asked for them), put under control and sampled, all at once. Then six questions
are answered - when, where, at which stage, why, who, which products - each with its evidence. What follows, the lead
decides on a decision table's proposal: rectification, recall, penalty, transfer, a warning; when all of it is done and
the lots are accounted for, the case closes with its lessons. New evidence may come in at any time;
a re-test that clears the sample which began the case may end it as not established.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine.process import Step, process
from records.calendar import WorkCalendar
from records.controls import ControlMeasure
from records.informants import informant_of
from records.inspections import Rectification
from records.penalties import Penalty
from records.people import RoleCode, users_with_role
from records.problems import Transfer
from records.recalls import Recall
from records.trace_model import LotState
from workflows import problem_words as words
from workflows.problem_control import end_control, expire_control, settle_problem_control
from workflows.problem_gaps import ask_for_vouchers, note_silence, record_gap_answer
from workflows.problem_intake import (
    confirm_assignment,
    find_duplicates,
    lots_of,
    merge_problem,
    open_problem,
    problem_of,
    set_level,
)
from workflows.problem_measures import (
    hand_over,
    lay_out_determination,
    open_penalty,
    open_recall,
    open_sampling,
    order_rectification,
    record_determination,
    record_reply,
    update_problem_credit,
)
from workflows.problem_retest import note_retest, withdraw_problem
from workflows.problem_tracing import (
    add_evidence,
    freeze_scope,
    record_evidence,
    refresh_trace,
    trace_again,
    trace_lots,
)
from workflows.words import last_moment

#: kind of child -> the states in which it has ended
ENDED: tuple[tuple[type[Any], str, frozenset[str]], ...] = (
    (Rectification, words.RECTIFICATION, frozenset({"accepted", "failed", "withdrawn"})),
    (Penalty, words.PENALTY, frozenset({"not_filed", "dropped", "executed", "published", "revoked"})),
    (Recall, words.RECALL, frozenset({"closed"})),
    (Transfer, words.TRANSFER, frozenset({"accepted", "declined", "silent"})),
    (ControlMeasure, words.CONTROL, frozenset({"lifted", "expired", "converted"})),
)
SETTLED_LOTS = frozenset({LotState.ACTIVE, LotState.DESTROYED, LotState.CONSUMED})


def extend_verification(step: Step) -> Mapping[str, object]:
    """The lead's answer to the request for more time: the date moves once, or it stays."""
    decided, verify_by = step.data["decide_verification_extension"], step.data["set_level"]["verify_by"]
    due_at = datetime.fromisoformat(verify_by)
    if decided["decision"] == "grant":
        calendar = WorkCalendar.load(step.session, step.instance.region_code)
        due_at = calendar.add_working_days(last_moment(due_at), int(decided["days"]))
    return {"granted": decided["decision"] == "grant", "due_at": due_at}


def record_dismissal(step: Step) -> None:
    """The report did not hold: closed with its reason; a named informant has been answered (R-CMP-01-REPLY)."""
    told, now = step.data["close_unfounded"], step.clock.now()
    values = {"status": "dismissed", "is_established": False, "verified_at": now, "closed_at": now}
    step.store.correct(problem_of(step), values, reason=told["reason"])
    _note_reply(step, told.get("replied_at"))


def record_established(step: Step) -> Mapping[str, object]:
    """The report holds: what is known of its lots goes to tracing, control and sampling."""
    problem = problem_of(step)
    step.store.correct(problem, {"status": "established", "is_established": True, "verified_at": step.clock.now()})
    lots = [{"id": lot.id, "tlc": lot.tlc, "product_name": lot.product_name} for lot in lots_of(step, problem)]
    return {"lot_ids": problem.lots or [], "lots": lots}


def check_children(step: Step) -> Mapping[str, object]:
    """What the case brought about and how each ended; which lots are not accounted for."""
    children = [_child(row, name, ended) for kind, name, ended in ENDED for row in _of_case(step, kind)]
    lots = lots_of(step, problem_of(step))
    return {
        "children": children,
        "open_children": sum(1 for child in children if not child["is_ended"]),
        "lots": [{"tlc": lot.tlc, "product": lot.product_name, "state": lot.state.value} for lot in lots],
        "open_lots": sum(1 for lot in lots if lot.state not in SETTLED_LOTS),
    }


def close_problem(step: Step) -> None:
    """The case is closed; a risk alert goes to everyone who supervises here."""
    told = step.data["lessons"]
    step.store.correct(problem_of(step), {"status": "closed", "closed_at": step.clock.now()})
    if told["risk_alert"] == "yes" and not step.instance.is_drill:
        _tell_roles(step, (RoleCode.INSPECTOR, RoleCode.LEAD), "problem.risk", words.RISK.format(text=told["alert"]))


def report_overdue(step: Step) -> None:
    """The case is not done in the time that the rule gives (R-TST-06): the managers are told."""
    _tell_roles(step, (RoleCode.MANAGER,), "problem.overdue", words.OVERDUE.format(days=step.number("R-TST-06")))


def _tell_roles(step: Step, roles: tuple[RoleCode, ...], kind: str, text: str) -> None:
    region = step.instance.region_path
    people = [person.id for role in roles for person in users_with_role(step.session, role.value, region)]
    step.notify(people, kind, text)


def _note_reply(step: Step, replied_at: str | None) -> None:
    informant = informant_of(step.session, step.instance.id)
    if informant is not None and replied_at:
        step.store.correct(informant, {"replied_at": datetime.fromisoformat(replied_at)})


def _of_case(step: Step, kind: type[Any]) -> list[Any]:
    of_case = select(kind).where(kind.process_instance_id == step.instance.id, kind.deleted_at.is_(None))
    return list(step.session.scalars(of_case.order_by(kind.id)))


def _child(row: Any, name: str, ended: frozenset[str]) -> dict[str, Any]:
    return {
        "name": name,
        "no": row.no,
        "result": row.status,
        "is_ended": row.status in ended,
    }


PROCESS = process(
    "problem_handling",
    open_problem,
    find_duplicates,
    merge_problem,
    set_level,
    confirm_assignment,
    extend_verification,
    record_dismissal,
    record_established,
    trace_lots,
    ask_for_vouchers,
    record_gap_answer,
    note_silence,
    trace_again,
    freeze_scope,
    open_sampling,
    settle_problem_control,
    expire_control,
    end_control,
    refresh_trace,
    lay_out_determination,
    record_determination,
    order_rectification,
    open_recall,
    open_penalty,
    hand_over,
    record_reply,
    update_problem_credit,
    check_children,
    close_problem,
    add_evidence,
    record_evidence,
    report_overdue,
    note_retest,
    withdraw_problem,
    prefix="问",
)
