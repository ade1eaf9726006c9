"""What a drill came to: what the engine measured, against the targets, and what the evaluators gave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from engine.process import Step
from records.drill_measures import measures_of
from records.drills import Drill, DrillObjective, objectives_of, scores_of
from workflows import emergency_words as say

#: measures that are the better the higher; of the others, less is better
HIGHER = ("recovery", "punctual", "injects")
TENTH = Decimal("0.1")


def scored(step: Step, drill: Drill) -> Mapping[str, object]:
    """Measures, objectives with what was measured of each, and the score so far, kept with the drill."""
    measures = measures_of(step.session, drill)
    given = scores_of(step.session, drill.id)
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for each in given:
        sums[each.evaluator_id] += each.score
    total = (sum(sums.values(), Decimal(0)) / len(sums)).quantize(TENTH) if sums else None
    step.store.correct(drill, {"measures": measures, "score": total, **({"status": "scored"} if sums else {})})
    return {
        "score": total,
        "evaluator_ids": drill.evaluator_ids or [],
        "objectives": [objective_row(each, measures) for each in objectives_of(step.session, drill.id)],
        "measures": [measure_row(key, value) for key, value in measures.items()],
    }


def objective_row(objective: DrillObjective, measures: Mapping[str, float | None]) -> dict[str, object]:
    """An objective beside what was measured of it; a measured one that meets its target is worth its whole weight."""
    value = measures.get(objective.metric)
    proposed: int | None = None
    if value is not None and objective.target is not None:
        meets = value >= objective.target if objective.metric in HIGHER else value <= objective.target
        proposed = objective.weight if meets else 0
    name, unit = say.MEASURES.get(objective.metric, (say.MANUAL, ""))
    return {
        "code": objective.code,
        "objective": objective.objective,
        "weight": objective.weight,
        "metric": name,
        "target": "" if objective.target is None else f"{format(objective.target.normalize(), 'f')} {unit}",
        "measured": "" if value is None else f"{value:g} {unit}",
        "proposed": proposed,
    }


def measure_row(key: str, value: float | None) -> dict[str, str]:
    """A measure for people to read."""
    name, unit = say.MEASURES[key]
    return {"name": name, "value": "—" if value is None else f"{value:g} {unit}"}
