"""Keeping the spare portions of a sample, begun by message so that sampling need not wait.

They stay with the laboratory for three months when the sample passed, six when it failed, or until their shelf life
ends; then they are disposed of, with a witness.
"""

from __future__ import annotations

from datetime import datetime

from engine.process import Step, process
from records.sampling import PortionKind, Sample, portions_of


def record_disposal(step: Step) -> None:
    """The portions are gone: how, and when."""
    told = step.data["dispose_spare"]
    sample = step.session.get_one(Sample, step.data["spare_kept"]["sample_id"])
    for one in portions_of(step.session, sample.id, PortionKind.SPARE):
        if one.status == "sealed":
            gone = {"status": "disposed", "disposal": told["disposal"]}
            step.store.correct(one, gone | {"disposed_at": datetime.fromisoformat(told["disposed_at"])})


PROCESS = process("spare_sample", record_disposal, prefix="备")
