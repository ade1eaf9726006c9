"""Expressions that read what can never be there are refused; those of the product's own models are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.deployment import Bundle, check, read_bundle
from engine.juel import JuelError, to_feel
from engine.process import process
from engine.process_model import read_model
from feel import compile_expression
from tests.engine.toys import FAMILY, HELPER, RELAY, RISKY, START, WAITING, chain, flow, form, lanes, model

ROOT = Path(__file__).parents[2]


def slugs(condition: str) -> set[str]:
    body = lanes(LEAD="b x y") + '<startEvent id="b"/><userTask id="x"/><exclusiveGateway id="g" default="g__e"/>'
    body += (
        '<userTask id="y"/><endEvent id="e"/>' + chain("b", "x", "g", "e") + flow("g", "y", condition) + flow("y", "e")
    )
    asked = form("note", amount="number", sure="checkbox", several="checklist")
    choice = {"type": "radio", "key": "way", "label": "way", "values": [{"label": "A", "value": "a"}]}
    asked["components"] += [choice]
    found = check(Bundle("p", model("p", body), {"b": START, "x": asked, "y": form("z")}, {}), process("p"), {})
    return {
        f.slug for f in found if f.slug in ("unknown-name", "unknown-field", "wrong-type", "unknown-choice", "not-feel")
    }


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("x.amount > 3", set()),
        ('x.amount = "three"', {"wrong-type"}),
        ('"three" = x.amount', {"wrong-type"}),
        ("x.sure", set()),
        ('x.sure = "yes"', {"wrong-type"}),
        ("x.note = null", set()),
        ("x.note = 3", {"wrong-type"}),
        ('x.several = "a"', {"wrong-type"}),
        ('x.way = "a"', set()),
        ('x.way = "b"', {"unknown-choice"}),
        ("x.nothing > 3", {"unknown-field"}),
        ('x._by = "somebody"', set()),
        ("nobody.said > 3", {"unknown-name"}),
        ("case.is_drill or today > now or b.note = null", set()),
        ("some x in [1, 2] satisfies x.nothing > 3", set()),
    ],
)
def test_what_a_condition_reads_must_be_there(condition: str, expected: set[str]) -> None:
    assert slugs(condition) == expected


def test_own_models_read_only_what_is_there() -> None:
    for key in ("inspection", "rectification"):
        bundle = read_bundle(key, ROOT / "bpmn", ROOT / "forms")
        assert not {f.slug for f in check(bundle, process(key), None)} & {"unknown-name", "unknown-field", "wrong-type"}
    for bundle in (RELAY, FAMILY, HELPER, RISKY, WAITING):
        found = {f.slug for f in check(bundle, process(bundle.key), None)}
        assert not found & {"unknown-field", "wrong-type", "unknown-choice"}


@pytest.mark.parametrize(
    ("juel", "data", "value"),
    [
        ("${approved}", {"approved": True}, True),
        ("${!approved}", {}, True),
        ("#{amount gt 1000 and not urgent}", {"amount": 2000}, True),
        ("${a.b['c'][0] == 'it\\'s'}", {"a": {"b": {"c": ["it's"]}}}, True),
        ("${empty items || x != 1}", {"items": [], "x": 1}, True),
        ("${!empty items}", {"items": "a"}, True),
        ("${(a + 2) * 3 mod 4}", {"a": 1}, 1),
        ("P${days}D", {"days": 3}, "P3D"),
        ("${x == null ? 'no' : 'yes'}", {"x": 1}, "yes"),
    ],
)
def test_juel_means_the_same_in_feel(juel: str, data: dict[str, object], value: object) -> None:
    assert compile_expression(to_feel(juel)).evaluate(data) == value


@pytest.mark.parametrize(
    "juel", ["${bean.run()}", "${f(x)}", "${a", "${a[b]}", "${a = 1}", "${}", "${" + "(" * 99, "${a b}"]
)
def test_what_has_no_meaning_in_feel_is_refused_with_a_reason(juel: str) -> None:
    with pytest.raises(JuelError) as caught:
        to_feel(juel)
    assert str(caught.value) and caught.value.zh


VENDORS = {
    "camunda": 'xmlns:v="http://camunda.org/schema/1.0/bpmn" v:collection="b.items" v:elementVariable="it"',
    "flowable": 'xmlns:v="http://flowable.org/bpmn" v:collection="${b.items}" v:elementVariable="it"',
}
ZEEBE = (
    '<extensionElements><v:loopCharacteristics xmlns:v="http://camunda.org/schema/zeebe/1.0"'
    ' inputCollection="= b.items" inputElement="it"/></extensionElements>'
)


@pytest.mark.parametrize("vendor", [*VENDORS, "zeebe"])
def test_other_vendors_collections_are_read(vendor: str) -> None:
    loop = f"<multiInstanceLoopCharacteristics {VENDORS.get(vendor, '')}>{'' if vendor in VENDORS else ZEEBE}"
    body = '<startEvent id="b"/><userTask id="x">' + loop + "</multiInstanceLoopCharacteristics></userTask>"
    read = read_model(model("p", body + chain("b", "x"))).processes[0]
    found = read.elements["x"].loop
    assert found is not None and (found.collection, found.item) == ("b.items", "it")
    assert "collection-read" in {note.slug for note in read.notes}
