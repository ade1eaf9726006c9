"""What a caller of the rectification ordered: by the name of its service task, or by an inspection's conclusion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.process import Step
from records.registry import Establishment
from workflows.parties import business_of


def order_of(step: Step) -> Mapping[str, Any]:
    """The order to correct, as the caller's service task ``order_rectification`` gave it.

    ``days`` (working days), ``findings`` (id, code, text, note, is_key, perhaps basis), ``has_key``, and where known
    ``requirement``, ``establishment_id`` (whose rectification it is; the case's when absent), ``inspection_id``,
    ``lead_inspector``, ``second_inspector`` (user ids), ``site``, ``distance_limit`` (metres), ``occasion``. Where
    several businesses are ordered at once: ``orders`` by establishment id, of which ``ordered_id`` says the one.
    """
    ordered: Mapping[str, Any] | None = step.data.get("order_rectification")
    if ordered is None:
        return _of_inspection(step)
    one: Mapping[str, Any] = ordered["orders"][step.data["ordered_id"]] if "orders" in ordered else ordered
    return one


def business_of_order(step: Step) -> Establishment:
    """Whose rectification it is."""
    chosen = order_of(step).get("establishment_id")
    return step.session.get_one(Establishment, chosen) if chosen else business_of(step)


def _of_inspection(step: Step) -> Mapping[str, Any]:
    concluded, prepared, assigned = (step.data[n] for n in ("conclude", "prepare_inspection", "inspection_assigned"))
    return {
        "days": concluded["days"],
        "findings": concluded["findings"],
        "has_key": concluded["has_key"],
        "requirement": step.data["result_and_signature"].get("requirement"),
        "inspection_id": prepared["inspection_id"],
        "lead_inspector": assigned["lead_inspector"],
        "second_inspector": assigned["second_inspector"],
        "site": prepared.get("site"),
        "distance_limit": prepared.get("distance_limit"),
    }
