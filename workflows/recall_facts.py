"""What a recall's service tasks know and do of its facts: its lots, its holders, its clocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from engine.process import Step
from records.drill_marks import takes_part
from records.lots import Lot, LotState, destroy_lot, recall_lot
from records.people import users_of_establishment
from records.recall_reckoning import Reckoning, reckon
from records.recalls import (
    Disposal,
    DisposalLine,
    Recall,
    RecallResponse,
    RecallResponseLine,
    RecallScopeLot,
    responses_of,
    scope_of,
)
from records.trace_events import LotItem, enter_event, lot_event
from records.trace_words import BusinessStep, Disposition, EventAction
from workflows import recall_words as say

NOTED_SHARE = Decimal("0.8")
#: hazards that may do serious harm even before anybody fell ill (R-REC-01), and those of the label only (R-REC-03)
SERIOUS_HAZARDS = ("microbial", "chemical", "additive", "allergen")
LABEL_HAZARDS = ("label",)


def recall_of(step: Step) -> Recall:
    """The recall that the case was opened for."""
    return step.session.get_one(Recall, step.data["open_recall"]["recall_id"])


def response_of(step: Step) -> RecallResponse:
    """The holder that this part of the process is about."""
    return step.session.get_one(RecallResponse, step.data["response_id"])


def moment_of(text: str) -> datetime:
    """A moment that stands in the case's data."""
    return datetime.fromisoformat(text)


def hazard_of(step: Step) -> str | None:
    """The hazard that the caller found."""
    told = step.data["open_recall"].get("hazard")
    return told if isinstance(told, str) else None


def harm_of(step: Step, recall: Recall) -> str:
    """How grave it is when nobody has set a class: serious, general or label.

    Serious is what killed or gravely harmed somebody, or may (R-REC-01), which is assumed where people fell ill of a
    cause that is not known yet; a false label does neither (R-REC-03).
    """
    told = step.data["open_recall"]
    if int(told.get("dead") or 0) or int(told.get("severe") or 0):
        return "serious"
    if recall.hazard in LABEL_HAZARDS:
        return "general" if int(told.get("ill") or 0) else "label"
    may_be_grave = recall.hazard is None or recall.hazard in SERIOUS_HAZARDS
    return "serious" if may_be_grave and int(told.get("ill") or 0) else "general"


def has_account(step: Step, response: RecallResponse) -> bool:
    """True when somebody of the holder can answer on the platform; in a drill only those who take part are asked."""
    if response.establishment_id is None or not users_of_establishment(step.session, response.establishment_id):
        return False
    return not step.instance.is_drill or takes_part(step.session, step.instance.id, response.establishment_id)


def asked_lots(response: RecallResponse) -> list[dict[str, Any]]:
    """The lots that a holder answers for, with numbers as numbers."""
    return [
        {**lot, "received": Decimal(lot["received"]), "passed_on": Decimal(lot["passed_on"])} for lot in response.lots
    ]


def owing(step: Step, recall: Recall) -> list[RecallResponse]:
    """Who has not been reached, or still has goods that are neither sealed nor returned."""
    with_goods = select(RecallResponseLine.recall_response_id).where(
        RecallResponseLine.on_hand > 0, RecallResponseLine.deleted_at.is_(None)
    )
    ids = set(step.session.scalars(with_goods))
    return [
        each
        for each in responses_of(step.session, recall.id)
        if each.id in ids or each.status in ("unreached", "silent")
    ]


def note_progress(step: Step, recall: Recall) -> Reckoning:
    """The figures of the recall as they stand, kept with it."""
    reckoning = reckon(step.session, recall)
    kinds = ("produced", "on_hand", "quarantined", "returned", "sold", "destroyed", "unaccounted")
    figures: dict[str, object] = {f"quantity_{name}": reckoning.total(name) for name in kinds}
    if recall.reached_80_at is None and reckoning.asked and reckoning.answered >= NOTED_SHARE * reckoning.asked:
        figures["reached_80_at"] = _eighty(step, recall, reckoning)
    shares = {"unit": reckoning.unit, "recovery": reckoning.recovery, "unreached": reckoning.unreached}
    step.store.correct(recall, {**figures, **shares})
    return reckoning


def _eighty(step: Step, recall: Recall, reckoning: Reckoning) -> datetime:
    """When the holder answered with whom 80 % had."""
    moments = sorted(each.answered_at for each in responses_of(step.session, recall.id) if each.answered_at)
    needed = -(-reckoning.asked * 4 // 5)
    return moments[needed - 1] if len(moments) >= needed else step.clock.now()


def recall_goods(step: Step, recall: Recall, lots: Iterable[RecallScopeLot]) -> None:
    """The lots are recalled: in the store, and in the recall's scope. A drill changes its own scope only."""
    for each in lots:
        lot = step.session.get_one(Lot, each.lot_id)
        if lot.state in (LotState.ACTIVE, LotState.HELD):
            recall_lot(step.store, lot, say.RECALLED.format(no=step.instance.business_key))
        step.store.correct(each, {"state": "recalled"})


def destroy_goods(step: Step, recall: Recall) -> Decimal:
    """Enter what the scales said of each lot; a lot that is wholly destroyed is so in the store. Gives the sum."""
    disposal = step.session.get_one(Disposal, step.data["file_disposal"]["disposal_id"])
    lines = _weighed(step, disposal)
    if disposal.method is not None and disposal.method.value != "relabel":
        for each in scope_of(step.session, recall.id):
            _destroy(step, recall, each, lines.get(each.code, Decimal(0)))
    return note_progress(step, recall).total("destroyed")


def _weighed(step: Step, disposal: Disposal) -> dict[str, Decimal]:
    found = select(DisposalLine).where(
        DisposalLine.disposal_id == disposal.id, DisposalLine.weighed.is_not(None), DisposalLine.deleted_at.is_(None)
    )
    return {line.code: line.weighed or Decimal(0) for line in step.session.scalars(found)}


def _destroy(step: Step, recall: Recall, each: RecallScopeLot, weighed: Decimal) -> None:
    if weighed <= 0:
        return
    lot = step.session.get_one(Lot, each.lot_id)
    event = lot_event(
        lot,
        BusinessStep.DESTROYING,
        step.clock.now(),
        action=EventAction.DELETE,
        items=[LotItem(lot, weighed, each.unit)],
    )
    event.disposition = Disposition.DESTROYED
    event.establishment_id = recall.establishment_id or lot.establishment_id
    enter_event(step.store, event)
    left = next(found for found in reckon(step.session, recall).lots if found.code == each.code)
    if left.destroyed + left.sold + left.used >= left.produced:
        if lot.state is LotState.RECALLED:
            destroy_lot(step.store, lot, say.DESTROYED.format(no=step.instance.business_key))
        step.store.correct(each, {"state": "destroyed"})


def lots_left(reckoning: Reckoning) -> list[dict[str, Any]]:
    """What has been recovered of each lot and is not destroyed yet."""
    return [
        {"code": each.code, "unit": each.unit, "recovered": each.recovered - each.destroyed} for each in reckoning.lots
    ]


def holder_rows(step: Step, recall: Recall) -> list[Mapping[str, object]]:
    """Every holder with what it said, for people to read."""
    rows: list[Mapping[str, object]] = []
    for each in responses_of(step.session, recall.id):
        lines = select(RecallResponseLine).where(
            RecallResponseLine.recall_response_id == each.id, RecallResponseLine.deleted_at.is_(None)
        )
        told = "；".join(say.line(one) for one in step.session.scalars(lines.order_by(RecallResponseLine.code)))
        rows.append({"name": each.holder_name, "state": say.STATES.get(each.status, ""), "quantities": told})
    return rows
