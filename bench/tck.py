"""Runs the cases of the DMN Technology Compatibility Kit against `feel`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from lxml import etree

from feel.dmn import DecisionModel, read_model
from feel.errors import FeelError
from feel.temporal import parse_date, parse_date_and_time, parse_duration, parse_time
from feel.values import equal, lift

KIT = Path("..") / "shared" / "conformance" / "dmn-tck"
_SPACE = "{http://www.omg.org/spec/DMN/20160719/testcase}"
_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
_TOLERANCE = Decimal("1e-8")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One expected result and whether it came out."""

    case: str
    node: str
    passed: bool
    expected: object
    actual: object


def _scalar(element: etree._Element) -> object:
    if element.get(f"{_INSTANCE}nil") in ("true", "1"):
        return None
    kind = (element.get(f"{_INSTANCE}type") or "xsd:string").rpartition(":")[2]
    text = element.text or ""
    if kind in ("decimal", "double", "float", "integer", "int", "long"):
        return Decimal(text.strip())
    readers = {"date": parse_date, "time": parse_time, "dateTime": parse_date_and_time, "duration": parse_duration}
    if kind in readers:
        return readers[kind](text.strip())
    return text.strip() == "true" if kind == "boolean" else text


def _value(element: etree._Element) -> object:
    """Read `<value>`, `<list>` or components, whichever the element holds."""
    children = [child for child in element if isinstance(child.tag, str)]
    components = [child for child in children if child.tag == f"{_SPACE}component"]
    if components:
        return {component.get("name"): _value(component) for component in components}
    for child in children:
        if child.tag == f"{_SPACE}value":
            return _scalar(child)
        if child.tag == f"{_SPACE}list":
            return None if child.get(f"{_INSTANCE}nil") == "true" else [_value(item) for item in child]
    return None


def same(expected: object, actual: object) -> bool:
    """Compare as the kit does: numbers with a little tolerance, everything else exactly."""
    expected, actual = lift(expected), lift(actual)
    if isinstance(expected, Decimal) and isinstance(actual, Decimal):
        return abs(expected - actual) <= _TOLERANCE * max(Decimal(1), abs(expected))
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(same, expected, actual))
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        return expected.keys() == actual.keys() and all(same(expected[key], actual[key]) for key in expected)
    if isinstance(expected, dt.datetime) and isinstance(actual, dt.datetime):
        return expected.utcoffset() == actual.utcoffset() and expected == actual
    return equal(expected, actual) is True


def _evaluate(model: DecisionModel, case: etree._Element, node: str, inputs: dict[str, object]) -> object:
    try:
        if case.get("type") == "decisionService":
            service = next(s for s in model.services.values() if s.name == case.get("invocableName"))
            value = model.evaluate_service(service.id, inputs)
            return value[node] if isinstance(value, dict) and len(service.output_ids) > 1 else value
        decision = next(d for d in model.decisions.values() if d.name == node)
        return model.evaluate(decision.id, inputs, strict=False).value
    except FeelError:
        return None


def _attempt(model: DecisionModel, case: etree._Element, result: etree._Element, name: str) -> Outcome:
    node = str(result.get("name"))
    expected_element = result.find(f"{_SPACE}expected")
    actual: object = None
    try:
        expected = None if expected_element is None else _value(expected_element)
        inputs = {str(i.get("name")): _value(i) for i in case.findall(f"{_SPACE}inputNode")}
        actual = _evaluate(model, case, node, inputs)
    except FeelError as error:
        return Outcome(name, node, False, str(error), actual)
    return Outcome(name, node, same(expected, actual), expected, actual)


def run_file(path: Path) -> Iterator[Outcome]:
    """Run every case of one test file."""
    root = etree.fromstring(path.read_bytes(), etree.XMLParser(remove_comments=True))
    model, _ = read_model((path.parent / str(root.findtext(f"{_SPACE}modelName"))).read_bytes())
    for case in root.findall(f"{_SPACE}testCase"):
        for result in case.findall(f"{_SPACE}resultNode"):
            yield _attempt(model, case, result, f"{path.parent.name}/{case.get('id')}")


def run_level(kit: Path, level: int) -> list[Outcome]:
    """Run every case of a compliance level."""
    files = sorted((kit / f"compliance-level-{level}").glob("*/*-test-*.xml"))
    return [outcome for path in files for outcome in run_file(path)]


def rate(outcomes: list[Outcome]) -> float:
    """Return the share that came out as expected."""
    return sum(outcome.passed for outcome in outcomes) / len(outcomes) if outcomes else 0.0
