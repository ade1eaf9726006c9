"""Named figures of record keeping and supervision, for many subjects at once: one statement per figure.

Each figure is a ratio. Its rows say, for an establishment or a region, how much was there to be done (denominator) and
how much of it was done (numerator). A denominator of nought – nothing was to be done, or such records do not exist –
means "not applicable"; the weight then goes to the other indicators. What happened in drills is left out in SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from sqlalchemy import func, select, union_all

from records import figures_of_supervision as supervision
from records import figures_of_tracing as tracing
from records.figures import NOTHING, Figure, Question, Ratio

__all__ = ["FIGURES", "NOTHING", "Figure", "Measured", "Question", "Ratio", "measure", "measure_all"]


FIGURES: Mapping[str, Figure] = MappingProxyType(
    {
        figure.name: figure
        for figure in (
            Figure("filing_rate", "备案率", supervision.filing_rate),
            Figure("coverage", "经营者覆盖率", tracing.coverage),
            Figure("completeness", "信息完备性", tracing.completeness),
            Figure("timeliness", "上报及时性", tracing.timeliness),
            Figure("continuity", "上报连续性", tracing.continuity),
            Figure("chain_synthesis", "追溯链条合成率", tracing.chain_synthesis),
            Figure("mass_balance", "进销平衡", tracing.mass_balance),
            Figure("test_pass_rate", "检验合格率", supervision.test_pass_rate),
            Figure("test_plan", "检验完成率", supervision.test_plan),
            Figure("inspection_plan", "检查计划完成率", supervision.inspection_plan),
            Figure("rectification_on_time", "整改按期完成率", supervision.rectification_on_time),
            Figure("complaint_on_time", "投诉举报按期办理率", supervision.complaint_on_time),
            Figure("disclosure_on_time", "信息公开按期率", supervision.disclosure_on_time),
            Figure("trace_on_time", "追溯时效", tracing.trace_on_time),
            Figure("training_pass", "培训考核合格率", supervision.training_pass),
        )
    }
)


@dataclass(frozen=True)
class Measured:
    """One figure of a region: by establishment, and by the region paths in which its rows lie."""

    establishments: Mapping[str, Ratio]
    regions: Mapping[str, Ratio]

    def of_establishment(self, establishment_id: str) -> Ratio:
        """That of one establishment."""
        return self.establishments.get(establishment_id, NOTHING)

    def of_region(self, region_path: str) -> Ratio:
        """That of a region with everything below it."""
        return sum((each for path, each in self.regions.items() if path.startswith(region_path)), NOTHING)


def measure(asked: Question, name: str) -> Measured:
    """A figure for everyone in the region at once. KeyError for a figure that has no such name."""
    parts = FIGURES[name].parts(asked)
    if not parts:
        return Measured({}, {})
    rows = union_all(*parts).subquery()
    owner, path, done, wanted = tuple(rows.c)
    found = asked.session.execute(select(owner, path, func.sum(done), func.sum(wanted)).group_by(owner, path))
    return _gathered((owner_id, at, Ratio(_exact(n), _exact(d))) for owner_id, at, n, d in found)


def measure_all(asked: Question, names: Iterable[str]) -> dict[str, Measured]:
    """Several figures, one statement each."""
    return {name: measure(asked, name) for name in dict.fromkeys(names)}


def _gathered(rows: Iterable[tuple[str | None, str, Ratio]]) -> Measured:
    establishments: dict[str, Ratio] = {}
    regions: dict[str, Ratio] = {}
    for owner_id, path, ratio in rows:
        regions[path] = regions.get(path, NOTHING) + ratio
        if owner_id is not None:
            establishments[owner_id] = establishments.get(owner_id, NOTHING) + ratio
    return Measured(establishments, regions)


def _exact(number: object) -> Decimal:
    return Decimal(0) if number is None else Decimal(str(number))
