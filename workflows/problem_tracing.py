"""Problem handling, second part: what hangs together with the lots, who lacks papers, what came in since."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine.process import ProcessError, Step
from records.problems import GapRequest, ProblemCase, Stage
from records.registry import Establishment
from records.trace import ScopeRow, TraceRun, gaps, run_trace, scope_lots
from records.trace_gaps import Gap
from records.trace_model import LotState
from workflows import problem_words as words
from workflows.parties import tell_establishment
from workflows.problem_intake import lots_of, problem_of
from workflows.words import minute

TRACE_GAP = "E-TRACE-GAP"
#: rows and gaps of a trace that the case carries along; all of them are in the snapshot
SHOWN = 50
GONE = frozenset({LotState.DESTROYED, LotState.CONSUMED})


def trace_lots(step: Step) -> Mapping[str, object]:
    """A trace both ways. Where registered holders lack papers: E-TRACE-GAP, so that they are asked."""
    run = _run(step, problem_of(step))
    if _askable(step, run):
        raise ProcessError(TRACE_GAP)
    return facts_of(run)


def ask_for_vouchers(step: Step) -> Mapping[str, object]:
    """One request for each holder that could fill a gap, answered within R-TRC-06."""
    run = current_trace(step)
    due_at = step.until("R-TRC-06", step.clock.now())
    requests = [_request(step, run, holder, found, due_at) for holder, found in sorted(_askable(step, run).items())]
    return {
        "asked_at": step.clock.now(),
        "due_at": due_at,
        "request_ids": [request.id for request, _products in requests],
        "requests": [
            {"id": one.id, "holder_id": one.holder_id, "missing": one.missing, "products": products}
            for one, products in requests
        ],
    }


def record_gap_answer(step: Step) -> None:
    """What the holder handed in."""
    given = step.data["fill_gap"]
    has_voucher = given["has_voucher"] == "yes"
    parts = [given.get("counterpart"), given.get("quantity"), given.get("unit"), given.get("explanation")]
    values = {
        "status": "answered",
        "voucher_no": given.get("voucher_no") if has_voucher else None,
        "answer": " ".join(str(part) for part in parts if part),
        "answered_at": step.clock.now(),
    }
    step.store.correct(_request_of(step), values)


def note_silence(step: Step) -> None:
    """The holder let the time pass."""
    step.store.correct(_request_of(step), {"status": "silent"})


def trace_again(step: Step) -> Mapping[str, object]:
    """The trace after the papers came in; what is still missing is listed and no longer asked for."""
    return facts_of(_run(step, problem_of(step)))


def freeze_scope(step: Step) -> Mapping[str, object]:
    """The scope that the determination rests on: the latest trace, with what was said about it."""
    problem = problem_of(step)
    confirmed = step.data["confirm_scope"]
    step.store.correct(problem, {"stage": Stage(confirmed["stage"]), "status": "established"})
    run = current_trace(step) if problem.trace_run_id else None
    return {} if run is None else facts_of(run)


def refresh_trace(step: Step) -> Mapping[str, object]:
    """The trace anew, since the one before is old or something was entered meanwhile."""
    problem = problem_of(step)
    return facts_of(_run(step, problem)) if problem.lots else {}


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
    found = facts_of(_run(step, problem)) if problem.lots and problem.trace_run_id else {}
    return {"added": codes, **found}


def record_evidence(step: Step) -> Mapping[str, object]:
    """What the handler made of it stays with the case."""
    judged = step.data["assess_evidence"]
    return {"impact": judged["impact"], "note": judged["note"]}


def current_trace(step: Step) -> TraceRun:
    """The latest trace of the case."""
    return step.session.get_one(TraceRun, problem_of(step).trace_run_id)


def facts_of(run: TraceRun) -> dict[str, Any]:
    """A trace as the case's forms show it."""
    rows, found = scope_lots(run), gaps(run)
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
        "gap_list": [{"tlc": gap.tlc, "holder": gap.holder_name, "kind": gap.kind.value} for gap in found[:SHOWN]],
    }


def on_market(rows: list[ScopeRow]) -> list[ScopeRow]:
    """Rows with something left that nobody has destroyed or used up."""
    return [row for row in rows if row.quantity_left > 0 and row.state not in GONE]


def _run(step: Step, problem: ProblemCase) -> TraceRun:
    run = run_trace(step.store, lot_ids=problem.lots or [], instance=step.instance)
    step.store.correct(problem, {"trace_run_id": run.id})
    return run


def _askable(step: Step, run: TraceRun) -> dict[str, list[Gap]]:
    """The gaps that a registered holder could fill, by holder, without those who were asked in this case before."""
    asked = select(GapRequest.holder_id).where(GapRequest.process_instance_id == step.instance.id)
    before = set(step.session.scalars(asked))
    found: dict[str, list[Gap]] = {}
    for gap in gaps(run):
        if gap.holder_id is not None and gap.holder_id not in before:
            found.setdefault(gap.holder_id, []).append(gap)
    return found


def _request(
    step: Step, run: TraceRun, holder_id: str, found: list[Gap], due_at: datetime
) -> tuple[GapRequest, str]:  # fmt: skip
    holder = step.session.get_one(Establishment, holder_id)
    missing = "；".join(dict.fromkeys(words.GAP_OF.format(kind=words.GAPS[gap.kind], tlc=gap.tlc) for gap in found))
    request = step.store.add(
        GapRequest(
            trace_run_id=run.id,
            holder_id=holder_id,
            missing=missing[:2000],
            asked_at=step.clock.now(),
            due_at=due_at,
            status="asked",
            no=step.instance.business_key,
            establishment_id=holder_id,
            region_code=holder.region_code,
            region_path=holder.region_path,
        )
    )
    text = words.VOUCHERS_WANTED.format(missing=missing[:120], at=minute(due_at.isoformat()))
    tell_establishment(step, holder_id, "problem.vouchers", text)
    lots = {gap.lot_id for gap in found}
    names = dict.fromkeys(row.product_name for row in scope_lots(run) if row.lot_id in lots)
    return request, "、".join(names)


def _request_of(step: Step) -> GapRequest:
    return step.session.get_one(GapRequest, step.data["request_id"])


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
