"""What a sample's result does to its lot: held while it stands failed, released when the re-test says otherwise."""

from __future__ import annotations

from engine.process import Step
from records.sampling import Sample


def lots_of(_step: Step, sample: Sample) -> list[str]:
    """The lots that a sample speaks for."""
    return [sample.lot_id] if sample.lot_id else []


def hold_sampled(step: Step, sample: Sample, reason: str) -> int:
    """Hold the lots of a sample; gives how many."""
    return len(lots_of(step, sample)) if reason else 0


def release_sampled(step: Step, sample: Sample, reason: str) -> int:
    """Release the lots of a sample; gives how many."""
    return len(lots_of(step, sample)) if reason else 0
