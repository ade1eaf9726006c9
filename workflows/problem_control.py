"""Problem handling, third part: what is stopped, sealed or preserved until a decision is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.process import Step
from records.controls import ControlMeasure
from records.lots import LotStateError, hold_lot, release_lot
from records.trace_model import Lot, LotState
from workflows import problem_words as words
from workflows.parties import tell_business
from workflows.problem_measures import newest
from workflows.problem_papers import seal_list
from workflows.words import last_day


def settle_problem_control(step: Step) -> Mapping[str, object]:
    """An approved measure is in force: its lots are held, the business is told, the list is issued."""
    measure, approval, now = control_of(step), step.data["approve_control"], step.clock.now()
    if approval["decision"] != "approve":
        step.store.correct(measure, {"status": "lifted", "ended_at": now, "end_reason": approval["opinion"]})
        return {"in_force": False, "imposed_at": None, "expires_at": None}
    rule = "R-PEN-01-PRESERVE" if measure.kind == "preserve" else "R-PRB-CONTROL"
    until = step.until(rule, now)
    values = {"status": "in_force", "imposed_at": now, "approved_by": approval["_by"], "expires_at": until}
    step.store.correct(measure, values)
    for lot in _lots(step, measure.lots):
        if lot.state is LotState.ACTIVE:
            hold_lot(step.store, lot, words.HELD.format(no=step.instance.business_key))
    step.instance.is_visible_to_business = True
    paper = seal_list(step, measure)
    kind = words.CONTROLS[measure.kind]
    text = words.CONTROLLED.format(objects=measure.objects[:80], kind=kind, day=last_day(until))
    tell_business(step, "problem.control", text)
    return {"in_force": True, "imposed_at": now, "expires_at": until, "no": paper.no}


def end_control(step: Step) -> Mapping[str, object]:
    """The lead's decision: lifted, prolonged once, or kept under the penalty or recall that follows."""
    measure, decided, now = control_of(step), step.data["review_control"], step.clock.now()
    if decided["decision"] == "extend":
        begun = measure.expires_at or now
        until = step.until("R-PRB-CONTROL", begun)
        step.store.correct(measure, {"expires_at": until}, reason=decided["reason"])
        return {"decision": "extend", "expires_at": until}
    status = "lifted" if decided["decision"] == "lift" else "converted"
    step.store.correct(measure, {"status": status, "ended_at": now, "end_reason": decided["reason"]})
    if status == "lifted":
        _release(step, measure)
    return {"decision": decided["decision"], "expires_at": None}


def expire_control(step: Step) -> None:
    """Nobody decided in time: the measure has ended by law, its lots are free."""
    measure = control_of(step)
    values = {"status": "expired", "ended_at": step.clock.now(), "end_reason": words.CONTROL_EXPIRED}
    step.store.correct(measure, values)
    _release(step, measure)


def lift_control(step: Step, measure: ControlMeasure, reason: str) -> None:
    """A measure ends before its time; its lots are free and the business hears of it."""
    was_in_force = measure.status == "in_force"
    step.store.correct(measure, {"status": "lifted", "ended_at": step.clock.now(), "end_reason": reason})
    if was_in_force:
        _release(step, measure)


def control_of(step: Step) -> ControlMeasure:
    """The case's control measure."""
    return step.session.get_one(ControlMeasure, newest(step, ControlMeasure))


def _lots(step: Step, ids: Iterable[str] | None) -> list[Lot]:
    found = (step.session.get(Lot, lot_id) for lot_id in ids or ())
    return [lot for lot in found if lot is not None]


def _release(step: Step, measure: ControlMeasure) -> None:
    reason = words.RELEASED.format(no=step.instance.business_key)
    for lot in _lots(step, measure.lots):
        try:
            if lot.state is LotState.HELD:
                release_lot(step.store, lot, reason)
        except LotStateError:
            continue
    tell_business(step, "problem.control_ended", words.CONTROL_ENDED.format(objects=measure.objects[:80]))
