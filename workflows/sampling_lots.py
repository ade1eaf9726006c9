"""What a sample's result does to its lots: held while it stands failed, released when the re-test says otherwise."""

from __future__ import annotations

from sqlalchemy import select

from engine.process import Step
from records.controls import ControlMeasure
from records.lots import Lot, LotState, hold_lot, lots_named, release_lot
from records.sampling import Sample
from workflows.sampling_parts import producer_of


def lots_of(step: Step, sample: Sample) -> list[str]:
    """The lots that a sample speaks for: the one it was planned for, else those of its code at business or producer."""
    if sample.lot_id is not None:
        return [sample.lot_id]
    if not sample.lot_code:
        return []
    theirs = {sample.establishment_id, producer_of(step, sample)}
    return [lot.id for lot in lots_named(step.session, sample.lot_code) if lot.establishment_id in theirs]


def hold_sampled(step: Step, sample: Sample, reason: str) -> int:
    """Hold the lots of a sample that are still on sale; gives how many."""
    found = [step.session.get_one(Lot, each) for each in lots_of(step, sample)]
    on_sale = [lot for lot in found if lot.state is LotState.ACTIVE]
    for lot in on_sale:
        hold_lot(step.store, lot, reason)
    return len(on_sale)


def release_sampled(step: Step, sample: Sample, held_for: str, reason: str) -> int:
    """Release the lots that were held for this sample's failure, not those held for another reason; gives how many.

    A lot that a control measure has meanwhile laid hold of is the measure's to release.
    """
    found = [step.session.get_one(Lot, each) for each in lots_of(step, sample)]
    sealed = _controlled(step, sample)
    held = [
        lot for lot in found if lot.state is LotState.HELD and lot.state_reason == held_for and lot.id not in sealed
    ]
    for lot in held:
        release_lot(step.store, lot, reason)
    return len(held)


def _controlled(step: Step, sample: Sample) -> set[str]:
    """The lots under a control measure that is in force at the sample's business."""
    in_force = select(ControlMeasure).where(
        ControlMeasure.status == "in_force",
        ControlMeasure.establishment_id == sample.establishment_id,
        ControlMeasure.is_drill.is_(step.instance.is_drill),
        ControlMeasure.deleted_at.is_(None),
    )
    return {lot for measure in step.session.scalars(in_force) for lot in measure.lots or ()}
