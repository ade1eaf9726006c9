"""Decision models: declared types, versions, refusals and bounds."""

import pytest

from feel import DecisionModelError, FeelLimitError, to_json
from feel.dmn import parse_decisions
from tests.feel.models import decision, entry, knowledge, literal, model, table

SCORE = [("score", "")]
LEVELS = [("level", "", "")]


def value_of(*elements):
    return to_json(parse_decisions(model(*elements)).evaluate("d", {}).value)


ITEMS = (
    '<itemDefinition name="tLevel"><typeRef>string</typeRef>' + entry("allowedValues", '"A", "B"') + "</itemDefinition>"
    '<itemDefinition name="tLevels" isCollection="true"><typeRef>tLevel</typeRef></itemDefinition>'
    '<itemDefinition name="tShop"><itemComponent name="level"><typeRef>tLevel</typeRef></itemComponent>'
    "</itemDefinition>"
    '<itemDefinition name="tLoop"><typeRef>tLoop</typeRef></itemDefinition>'
    '<itemDefinition name="tRule"><functionItem outputTypeRef="number"><parameters name="n" typeRef="number"/>'
    "</functionItem></itemDefinition>"
)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("tLevel", '"A"', "A"),
        ("tLevel", '"C"', None),
        ("tLevel", '["A"]', "A"),
        ("tLevels", '["A", "B"]', ["A", "B"]),
        ("tLevels", '["C"]', None),
        ("tLevels", '"A"', ["A"]),
        ("tShop", '{level: "A"}', {"level": "A"}),
        ("tShop", '{level: "C"}', None),
        ("tShop", "{}", None),
        ("number", '"x"', None),
        ("tUnknown", "1", 1),
        ("tLoop", "1", 1),
        ("feel:number", "1", 1),
        ("date and time", '@"2024-01-01"', "2024-01-01"),
        ("Any", "1", 1),
    ],
)
def test_a_result_keeps_to_its_type(kind, text, expected):
    assert value_of(ITEMS, decision("d", literal(text), kind)) == expected


def test_an_input_keeps_to_its_type():
    given = '<inputData id="i" name="shop"><variable name="shop" typeRef="tShop"/></inputData>'
    parsed = parse_decisions(model(ITEMS, given, decision("d", literal("shop.level"))))
    assert parsed.evaluate("d", {"shop": {"level": "A"}}).value == "A"
    refused = parsed.evaluate("d", {"shop": {"level": "Z"}})
    assert refused.value is None
    assert refused.warnings == ["'shop' is a context, not a tShop"]


@pytest.mark.parametrize(
    "namespace",
    [
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    ],
)
def test_every_version_is_read(namespace):
    assert parse_decisions(model(decision("d", literal("1")), namespace=namespace)).evaluate("d", {}).value == 1


@pytest.mark.parametrize(
    ("xml", "word"),
    [
        (model(head="<!DOCTYPE x>"), "DOCTYPE"),
        (model(head='<!DOCTYPE x [<!ENTITY e "e">]>'), "DOCTYPE"),
        (b"<definitions", "well-formed"),
        (b"", "well-formed"),
        (b"<a/>", "definitions"),
        (model(namespace="urn:other"), "definitions"),
        (b" " * 2_000_001, "2000000"),
        (model("<a>" * 70 + "</a>" * 70), "deep"),
        (model(decision("d", table("SOMETIMES", SCORE, LEVELS, []))), "SOMETIMES"),
        (model(decision("d", table("COLLECT", SCORE, LEVELS, [], 'aggregation="AVG"'))), "AVG"),
        (model(decision("d", literal("1 +"))), "too early"),
        (model(decision("d", table("UNIQUE", SCORE, LEVELS, [(["<"], ["1"])]))), "too early"),
        (model(decision("d", literal("1"), requires=("x",))), "not there"),
        (model(decision("d", literal("1"), requires=("d",))), "requires itself"),
        (
            model(decision("a", literal("1"), requires=("b",)), decision("b", literal("1"), requires=("a",))),
            "requires itself",
        ),
        (model(decision("d", table("UNIQUE", SCORE, LEVELS, [(["1", "2"], ["1"])]))), "per column"),
        (model('<import namespace="x"/>'), "import"),
    ],
)
def test_a_model_that_cannot_be_read_is_refused(xml, word):
    with pytest.raises(DecisionModelError) as caught:
        parse_decisions(xml)
    assert word in caught.value.message


def test_a_long_chain_of_decisions_is_bounded():
    chain = [decision("d0", literal("1"))] + [
        decision(f"d{n}", literal("1"), requires=(f"d{n - 1}",)) for n in range(1, 100)
    ]
    with pytest.raises(FeelLimitError):
        parse_decisions(model(*chain)).evaluate("d99", {})


def test_knowledge_without_logic_is_null():
    assert value_of('<businessKnowledgeModel id="k" name="k"/>', decision("d", literal("k()"))) is None


def test_knowledge_that_calls_itself_is_bounded():
    known = knowledge("k", literal("k()"), '<variable name="k" typeRef="number"/>')
    with pytest.raises(FeelLimitError):
        value_of(known, decision("d", literal("k()")))
