"""Decisions as processes use them: what speaks against a model before it runs, and faults that name what was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from engine.errors import ModelFaultError
from engine.findings import Finding
from feel import DecisionConflictError, DecisionNoMatchError, FeelError, to_json
from feel.dmn import DecisionModel, Severity, check

_SHOWN = 200


def decided(
    model: DecisionModel, decision_id: str, names: Mapping[str, Any], functions: Mapping[str, Callable[..., object]]
) -> Any:
    """The value of a decision and of those it requires.

    Raises ModelFaultError, which names the table and what it was asked, when no rule matches and there is no default
    row, or when rules contradict each other; also when the evaluation grows past its bounds. A step of a person is
    then refused, a job becomes an incident.
    """
    try:
        return model.evaluate(decision_id, names, functions).value
    except DecisionNoMatchError as error:
        reason = f"决策“{_name(model, error.decision_id)}”没有适用的规则，也没有默认结果（{_asked(error.inputs)}）"
        raise ModelFaultError(decision_id, reason) from error
    except DecisionConflictError as error:
        rules = "、".join(error.rule_ids)
        reason = f"决策“{_name(model, error.decision_id)}”的规则 {rules} 互相矛盾（{_asked(error.inputs)}）"
        raise ModelFaultError(decision_id, reason) from error
    except FeelError as error:
        raise ModelFaultError(decision_id, f"决策“{_name(model, decision_id)}”无法得出结果：{error}") from error


def _name(model: DecisionModel, decision_id: str) -> str:
    decision = model.decisions.get(decision_id)
    return decision_id if decision is None else decision.name


def _asked(inputs: Mapping[str, object]) -> str:
    return "; ".join(f"{column} = {_text(value)}" for column, value in inputs.items())


def _text(value: object) -> str:
    text = orjson.dumps(to_json(value)).decode()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def refusals(xml: bytes) -> Iterator[Finding]:
    """What keeps a decision model from being deployed: its errors, by element and line."""
    return _found(xml, Severity.ERROR)


def notes(xml: bytes) -> Iterator[Finding]:
    """What its author should know: combinations without an answer, rules never reached, tables not analysed."""
    return _found(xml, Severity.WARNING)


def _found(xml: bytes, severity: Severity) -> Iterator[Finding]:
    for found in check(xml):
        if found.severity is severity:
            zh, en = f"决策模型：{found.message_zh}", f"decision: {found.message_en}"
            slug = "decision-model" if found.slug == "xml" else found.slug
            yield Finding(found.element_id or "", found.line, slug, zh, en)
