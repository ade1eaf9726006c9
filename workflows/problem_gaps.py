"""Problem handling: who lacks papers is asked for them, gap by gap; what they hand in becomes vouchers and events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select

from engine.process import Step
from records.attachments import Attachment
from records.problems import GapRequest
from records.registry import Establishment
from records.trace import ScopeRow, TraceRun, gaps, scope_lots
from records.trace_gaps import Gap, GapKind
from records.trace_model import Lot
from records.vouchers import Line, Voucher, VoucherKind, enter_voucher
from workflows import problem_words as words
from workflows.parties import tell_establishment
from workflows.problem_intake import problem_of
from workflows.words import minute

#: gaps that one request asks about; the others stay open with their reason
MOST_ASKED = 60
#: what tells a gap from others of a case: kind, lot, holder, the other side of the movement
Key = tuple[str, str, str | None, str | None]


def askable(step: Step, run: TraceRun) -> dict[str, list[Gap]]:
    """The gaps that a registered holder could fill, by holder, without those who were asked in this case before."""
    before = {request.holder_id for request in requests_of(step)}
    found: dict[str, list[Gap]] = {}
    for gap in gaps(run):
        if gap.holder_id is not None and gap.holder_id not in before:
            found.setdefault(gap.holder_id, []).append(gap)
    return found


def ask_for_vouchers(step: Step) -> Mapping[str, object]:
    """One request for each holder that could fill a gap, answered within R-TRC-06."""
    run = step.session.get_one(TraceRun, problem_of(step).trace_run_id)
    rows, now = scope_lots(run), step.clock.now()
    due_at = step.until("R-TRC-06", now)
    requests = [_request(step, run, rows, found, due_at) for _holder, found in sorted(askable(step, run).items())]
    return {
        "asked_at": now,
        "due_at": due_at,
        "request_ids": [request.id for request in requests],
        "requests": [
            {"id": one.id, "holder_id": one.holder_id, "missing": one.missing, "gaps": one.items} for one in requests
        ],
    }


def record_gap_answer(step: Step) -> None:
    """What the holder handed in: each paper as a voucher with its event, else why there is none."""
    request, told = _request_of(step), {row["no"]: row for row in step.data["fill_gap"]["papers"]}
    items = [_answered(step, request, item, told.get(item["no"]) or {}) for item in request.items or []]
    numbers = [item["voucher_no"] for item in items if item.get("voucher_no")]
    said = [words.OF_GAP.format(no=item["no"], text=item["reason"]) for item in items if item.get("reason")]
    values = {
        "status": "answered",
        "voucher_no": "、".join(numbers)[:80] or None,
        "answer": "；".join(said) or None,
        "answered_at": step.clock.now(),
        "items": items,
    }
    step.store.correct(request, values)


def note_silence(step: Step) -> None:
    """The holder let the time pass."""
    request = _request_of(step)
    items = [item | {"reason": words.SILENT} for item in request.items or []]
    step.store.correct(request, {"status": "silent", "items": items})


def settle_requests(step: Step, run: TraceRun) -> None:
    """Which of the gaps that were asked about are closed now, and which are not."""
    still = {key_of(gap, other_side(gap, scope_lots(run))) for gap in gaps(run)}
    for request in requests_of(step):
        items = [item | {"is_open": _key(item, request.holder_id) in still} for item in request.items or []]
        if items != request.items:
            step.store.correct(request, {"items": items})


def reasons(step: Step, run: TraceRun) -> dict[Key, str]:
    """Why each gap of a trace is still open."""
    said: dict[Key, str] = {}
    for request in requests_of(step):
        for item in request.items or []:
            said[_key(item, request.holder_id)] = item.get("reason") or words.NOT_ENOUGH
    rows = scope_lots(run)
    keys = [key_of(gap, other_side(gap, rows)) for gap in gaps(run)]
    return {key: said.get(key) or (words.NOT_ASKED if key[2] else words.NOBODY_TO_ASK) for key in keys}


def key_of(gap: Gap, other: ScopeRow | None) -> Key:
    """What tells a gap from the others."""
    return gap.kind.value, gap.lot_id, gap.holder_id, other.holder_name if other else None


def other_side(gap: Gap, rows: Sequence[ScopeRow]) -> ScopeRow | None:
    """Of a movement of which one side has no paper: the side that has one."""
    if gap.kind is not GapKind.NO_COUNTERPART:
        return None
    parent, child = (rows[place] for place in gap.rows)
    return parent if child.holder_id == gap.holder_id else child


def requests_of(step: Step) -> list[GapRequest]:
    """Everybody who was asked in this case, in the order of asking."""
    asked = select(GapRequest).where(
        GapRequest.process_instance_id == step.instance.id, GapRequest.deleted_at.is_(None)
    )
    return list(step.session.scalars(asked.order_by(GapRequest.id)))


def _key(item: Mapping[str, Any], holder_id: str | None) -> Key:
    return item["kind"], item["lot_id"], holder_id, item["partner"]


def _request(
    step: Step, run: TraceRun, rows: Sequence[ScopeRow], found: Sequence[Gap], due_at: datetime
) -> GapRequest:  # fmt: skip
    holder = step.session.get_one(Establishment, found[0].holder_id)
    missing = "；".join(dict.fromkeys(words.GAP_OF.format(kind=words.GAPS[gap.kind], tlc=gap.tlc) for gap in found))
    request = step.store.add(
        GapRequest(
            trace_run_id=run.id,
            holder_id=holder.id,
            missing=missing[:2000],
            asked_at=step.clock.now(),
            due_at=due_at,
            status="asked",
            items=[_item(number, gap, rows) for number, gap in enumerate(found[:MOST_ASKED], start=1)],
            no=step.instance.business_key,
            establishment_id=holder.id,
            region_code=holder.region_code,
            region_path=holder.region_path,
        )
    )
    text = words.VOUCHERS_WANTED.format(missing=missing[:120], at=minute(due_at.isoformat()))
    tell_establishment(step, holder.id, "problem.vouchers", text)
    return request


def _item(number: int, gap: Gap, rows: Sequence[ScopeRow]) -> dict[str, Any]:
    row, other = rows[gap.rows[0]], other_side(gap, rows)
    return {
        "no": str(number),
        "kind": gap.kind.value,
        "missing": words.GAPS[gap.kind],
        "lot_id": gap.lot_id,
        "tlc": gap.tlc,
        "product": row.product_name,
        "unit": row.unit,
        "wants": _wanted(gap, rows),
        "partner": other.holder_name if other else None,
        "partner_id": other.holder_id if other else None,
    }


def _wanted(gap: Gap, rows: Sequence[ScopeRow]) -> str | None:
    """The kind of voucher that would close a gap; None where only an explanation can."""
    if gap.kind is GapKind.NO_ORIGIN:
        return VoucherKind.ORIGIN_CERTIFICATE.value
    if gap.kind is GapKind.OUT_EXCEEDS_IN:
        return VoucherKind.PURCHASE.value
    if gap.kind is GapKind.NO_COUNTERPART:
        is_buyer = rows[gap.rows[1]].holder_id == gap.holder_id
        return (VoucherKind.PURCHASE if is_buyer else VoucherKind.SALE).value
    return None


def _answered(step: Step, request: GapRequest, item: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    if row.get("has_paper") != "yes":
        return {**item, "reason": row.get("explanation") or words.NOT_SAID}
    partner_id, partner = item["partner_id"], item["partner"] or row.get("counterpart")
    if item["partner"] is None:
        partner_id = _registered(step, str(partner or ""))
    if partner_id == request.holder_id:
        return {**item, "reason": words.OWN_PAPER}
    lot = step.session.get_one(Lot, item["lot_id"])
    voucher = _voucher(step, request, VoucherKind(item["wants"]), row, (partner_id, partner))
    enter_voucher(step.store, voucher, [Line(lot, Decimal(str(row["quantity"])), item["unit"])])
    return {**item, "voucher_id": voucher.id, "voucher_no": voucher.no}


def _voucher(
    step: Step, request: GapRequest, kind: VoucherKind, row: Mapping[str, Any], partner: tuple[str | None, str | None]
) -> Voucher:
    """The paper in the holder's books: it sold, or else it bought."""
    holder, other = ("from", "to") if kind is VoucherKind.SALE else ("to", "from")
    ends = {
        f"{holder}_id": request.holder_id,
        f"{other}_id": partner[0],
        f"{other}_name": None if partner[0] else partner[1],
    }
    return Voucher(
        kind=kind,
        no=row["voucher_no"],
        establishment_id=request.holder_id,
        dated_on=date.fromisoformat(row["voucher_on"]),
        images=_images(step, row.get("images") or []),
        **ends,
    )


def _images(step: Step, ids: Iterable[str]) -> list[dict[str, str]]:
    found = step.session.scalars(select(Attachment).where(Attachment.id.in_(list(ids))))
    return [{"id": each.id, "sha256": each.sha256} for each in found]


def _registered(step: Step, named: str) -> str | None:
    """The one establishment of exactly that name or credit code."""
    known = select(Establishment.id).where(
        or_(Establishment.name == named, Establishment.credit_code == named), Establishment.deleted_at.is_(None)
    )
    found = step.session.scalars(known.limit(2)).all()
    return found[0] if len(found) == 1 else None


def _request_of(step: Step) -> GapRequest:
    return step.session.get_one(GapRequest, step.data["request_id"])
