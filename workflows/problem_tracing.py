"""Problem handling, second part: what hangs together with the lots, and what came in since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.process import ProcessError, Step
from records.problems import ProblemCase, Stage
from records.trace import ScopeRow, TraceRun, gaps, run_trace, scope_lots
from records.trace_model import LotState
from workflows import problem_words as words
from workflows.problem_gaps import askable, key_of, other_side, reasons, settle_requests
from workflows.problem_intake import lots_of, problem_of

TRACE_GAP = "E-TRACE-GAP"
#: rows and gaps of a trace that the case carries along; all of them are in the snapshot
SHOWN = 50
GONE = frozenset({LotState.DESTROYED, LotState.CONSUMED})


def trace_lots(step: Step) -> Mapping[str, object]:
    """A trace both ways. Where registered holders lack papers: E-TRACE-GAP, so that they are asked."""
    run = _run(step, problem_of(step))
    if askable(step, run):
        raise ProcessError(TRACE_GAP)
    return facts_of(step, run)


def trace_again(step: Step) -> Mapping[str, object]:
    """The trace after the papers came in; what is still missing is listed with its reason and no longer asked for."""
    run = _run(step, problem_of(step))
    settle_requests(step, run)
    return facts_of(step, run)


def freeze_scope(step: Step) -> Mapping[str, object]:
    """The scope that the determination rests on: the latest trace, with what was said about it."""
    problem = problem_of(step)
    confirmed = step.data["confirm_scope"]
    step.store.correct(problem, {"stage": Stage(confirmed["stage"]), "status": "established"})
    run = current_trace(step) if problem.trace_run_id else None
    return {} if run is None else facts_of(step, run)


def refresh_trace(step: Step) -> Mapping[str, object]:
    """The trace anew, since the one before is old or something was entered meanwhile."""
    problem = problem_of(step)
    return facts_of(step, _run(step, problem)) if problem.lots else {}


def add_evidence(step: Step) -> Mapping[str, object]:
    """Lots that new evidence names come to the case, and it is traced anew."""
    problem, told = problem_of(step), step.data["new_evidence_received"]
    known = list(problem.lots or [])
    added = [lot_id for lot_id in told.get("lot_ids") or [] if lot_id not in known]
    if added:
        step.store.correct(problem, {"lots": known + added}, reason=str(told.get("summary") or "")[:200] or None)
    codes = "、".join(lot.tlc for lot in lots_of(step, problem) if lot.id in added)
    text = words.NEW_EVIDENCE.format(summary=str(told.get("summary") or "")[:200])
    step.notify([one for one in (problem.handler_id, problem.second_handler_id) if one], "problem.evidence", text)
    found = facts_of(step, _run(step, problem)) if problem.lots and problem.trace_run_id else {}
    return {"added": codes, **found}


def record_evidence(step: Step) -> Mapping[str, object]:
    """What the handler made of it stays with the case."""
    judged = step.data["assess_evidence"]
    return {"impact": judged["impact"], "note": judged["note"]}


def current_trace(step: Step) -> TraceRun:
    """The latest trace of the case."""
    return step.session.get_one(TraceRun, problem_of(step).trace_run_id)


def facts_of(step: Step, run: TraceRun) -> dict[str, Any]:
    """A trace as the case's forms show it."""
    rows, found, why = scope_lots(run), gaps(run), reasons(step, run)
    return {
        "trace_run_id": run.id,
        "sha256": run.sha256,
        "finished_at": run.finished_at,
        "lots": run.figures["lots"],
        "holders": run.figures["holders"],
        "lots_on_market": len({row.lot_id for row in on_market(rows)}),
        "unbalanced": run.figures["unbalanced"],
        "gap_count": len(found),
        "rows": [_shown(row) for row in rows[:SHOWN]],
        "gap_list": [
            {
                "tlc": gap.tlc,
                "holder": gap.holder_name,
                "kind": gap.kind.value,
                "reason": why[key_of(gap, other_side(gap, rows))],
            }
            for gap in found[:SHOWN]
        ],
    }


def on_market(rows: list[ScopeRow]) -> list[ScopeRow]:
    """Rows with something left that nobody has destroyed or used up."""
    return [row for row in rows if row.quantity_left > 0 and row.state not in GONE]


def _run(step: Step, problem: ProblemCase) -> TraceRun:
    run = run_trace(step.store, lot_ids=problem.lots or [], instance=step.instance)
    step.store.correct(problem, {"trace_run_id": run.id})
    return run


def _shown(row: ScopeRow) -> dict[str, Any]:
    return {
        "tlc": row.tlc,
        "product_name": row.product_name,
        "holder": row.holder_name,
        "stage": row.stage.value,
        "quantity_in": row.quantity_in,
        "quantity_out": row.quantity_out,
        "quantity_left": row.quantity_left,
        "unit": row.unit,
    }
