"""What is to be done about the findings of an inspection, as the decision table said of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.process import Step
from records.inspections import Finding


def outcome_of(decided: Mapping[str, str]) -> str:
    """The gravest disposition of all findings; ``none`` when nothing is left to do."""
    return next((each for each in ("investigate", "dated") if each in decided.values()), "none")


def findings_of(step: Step) -> list[Finding]:
    """The findings that the process listed, in its order."""
    return [step.session.get_one(Finding, each["id"]) for each in step.data["list_findings"]["findings"]]


def decided(step: Step) -> dict[str, str]:
    """Disposition by finding, as the decision table gave them in the findings' order."""
    findings, decisions = step.data["list_findings"]["findings"], step.data["finding_disposition"]
    return {finding["id"]: made["disposition"] for finding, made in zip(findings, decisions, strict=True)}


def days_for(step: Step) -> int:
    """Working days for rectification: what the inspectors set, else what the table proposes."""
    proposed = max((int(made["days"]) for made in step.data["finding_disposition"]), default=0)
    return int(step.data["result_and_signature"].get("rectify_days") or proposed)


def facts_of(finding: Finding) -> dict[str, Any]:
    """A finding as the model and the forms see it."""
    return {
        "id": finding.id,
        "code": finding.code,
        "text": finding.text,
        "note": finding.note,
        "is_key": finding.is_key,
        "severity": finding.severity,
        "affects_safety": finding.affects_safety,
        "repeat_count": 1 if finding.repeat_of else 0,
        "fixed_on_spot": finding.status == "corrected_on_spot",
    }
