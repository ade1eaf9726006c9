"""The documents of an inspection: task letter, result sheet, checklist with its results."""

from __future__ import annotations

from typing import Any

from engine.process import Step
from records.checklists import ChecklistTemplate
from records.documents import Document
from records.inspections import Inspection
from records.registry import Establishment
from workflows import words
from workflows.dispositions import days_for, decided, findings_of, outcome_of
from workflows.papers import (
    checklist_facts,
    counts,
    finding_row,
    issue_paper,
    item_row,
    items_of,
    letterhead,
    supersede,
)
from workflows.parties import names, team


def task_letter(step: Step, inspection: Inspection, business: Establishment, template: ChecklistTemplate) -> Document:
    """The letter that the inspectors show on arrival (R-INS-08)."""
    assigned = step.data["inspection_assigned"]
    said = letterhead(step, business, team(inspection)) | {
        "mode": assigned["mode"],
        "mode_word": words.MODES[assigned["mode"]],
        "reason": assigned["reason"],
        "planned_on": words.day(assigned["planned_on"]),
        "checklist": checklist_facts(template),
    }
    return issue_paper(step, "task_letter", said)


def result_papers(step: Step, inspection: Inspection, business: Establishment) -> Document:
    """Result sheet and checklist; earlier ones of the case give way. Gives the result sheet."""
    template = step.session.get_one(ChecklistTemplate, inspection.checklist_template_id)
    supersede(step, "result_sheet", "checklist")
    items = items_of(step, inspection, template)
    common = letterhead(step, business, team(inspection)) | {
        "checklist": checklist_facts(template),
        "counts": counts(items),
        "signatures": _signatures(step),
        "inspected_on": words.day(inspection.arrived_at),
        "inspector_names": "、".join(names(step, inspection)),
    }
    sheet = issue_paper(step, "result_sheet", common | _result(step, inspection, template))
    issue_paper(step, "checklist", common | {"items": [item_row(item) for item in items]})
    return sheet


def _result(step: Step, inspection: Inspection, template: ChecklistTemplate) -> dict[str, Any]:
    told, onsite, outcomes = step.data["result_and_signature"], step.data["onsite_inspection"], decided(step)
    outcome = outcome_of(outcomes)
    return {
        "mode_word": words.MODES[inspection.mode],
        "task_letter_no": step.data["prepare_inspection"]["task_letter_no"],
        "arrived_at": words.minute(onsite["arrived_at"]),
        "left_at": words.minute(onsite["left_at"]),
        "persons_present": onsite.get("persons_present"),
        "business_statement": onsite.get("business_statement"),
        "findings": [finding_row(each, outcomes[each.id], template) for each in findings_of(step)],
        "overall": told["overall"],
        "outcome": outcome,
        "rectify_term": "" if outcome == "none" else words.TERM.format(days=days_for(step)),
        "requirement": told.get("requirement"),
        "delivery_word": words.DELIVERIES[told["delivery"]],
        "signature": told["signature"],
        "signer_name": told.get("signer_name"),
        "witness_name": told.get("witness_name"),
        "refusal_reason": told.get("refusal_reason"),
        "recording_count": len(told.get("recording") or []),
    }


def _signatures(step: Step) -> dict[str, Any]:
    told = step.data["result_and_signature"]
    return {each: told.get(f"{each}_signature") for each in ("lead", "second", "business", "witness")}
