"""What the check of a decision model finds."""

import pytest

from feel.dmn import Severity, check
from tests.feel.models import decision, entry, knowledge, literal, model, table

OUT = [("o", "", "")]


def found(inputs, rules, policy="UNIQUE", outputs=OUT):
    return [
        (f.slug, f.severity, f.message_en) for f in check(model(decision("d", table(policy, inputs, outputs, rules))))
    ]


def slugs(*arguments, **named):
    return [slug for slug, _, _ in found(*arguments, **named)]


AGE = [("age", "")]
RISK = [("risk", '"H", "L"')]


def rules(*tests):
    return [(list(cell) if isinstance(cell, tuple) else [cell], [str(n)]) for n, cell in enumerate(tests)]


@pytest.mark.parametrize(
    ("inputs", "tests", "expected"),
    [
        (AGE, rules("< 18", ">= 18"), []),
        (AGE, rules("< 18", "> 18"), ["gap"]),
        (AGE, rules("<= 18", ">= 18"), ["overlap"]),
        (AGE, rules("[1..5]", "(5..9]"), ["gap"]),
        (AGE, rules("-"), []),
        (AGE, rules("not(5)", "5"), []),
        (AGE, rules("not(5)"), ["gap"]),
        (AGE, rules("1, 2", "2, 3", "not(1, 2, 3)"), ["overlap"]),
        (AGE, rules("!= 3", "= 3"), []),
        (RISK, rules('"H"', '"L"'), []),
        (RISK, rules('"H"'), ["gap"]),
        (RISK, rules("-"), []),
        ([("kind", "")], rules('"a"', '"b"'), ["gap"]),
        ([("kind", "")], rules('"a"', 'not("a")'), []),
        ([("ok", "")], rules("true", "false"), []),
        ([("ok", "")], rules("true"), ["gap"]),
        ([("ok", "")], rules("true", "-"), ["overlap"]),
        (AGE + RISK, rules(("< 18", "-"), (">= 18", '"H"')), ["gap"]),
        (AGE + RISK, rules(("< 18", "-"), ("[10..20]", '"H"'), (">= 18", "-")), ["overlap", "overlap"]),
        ([("day", "")], rules('< date("2024-01-01")', '>= date("2024-01-01")'), []),
        ([("day", "")], rules('< @"2024-01-01"', '> @"2024-01-01"'), ["gap"]),
        (AGE, rules("< limit"), ["not-analysed"]),
        (AGE, rules("? > 3"), ["not-analysed"]),
        (AGE, rules('"a"', "5"), ["not-analysed"]),
        (AGE, rules("[1, 2]"), ["not-analysed"]),
        ([("kind", "")], rules('< "b"'), ["not-analysed"]),
        ([("n", "[0..100]")], rules("[0..50]", "(50..100]"), []),
        ([("n", "[0..100]")], rules("[0..50]"), ["gap"]),
        (AGE, [], []),
        ([], [], []),
        (AGE, rules("null", "5"), ["not-analysed"]),
        (AGE, rules("< -5", "[-5..0]", "> 0"), []),
        (AGE, rules("< -5", "(-5..0]", "> 0"), ["gap"]),
        ([("kind", '"a", "b"')], rules('"a"', '"b"', '"c"'), ["never"]),
    ],
)
def test_gaps_and_overlaps_are_found(inputs, tests, expected):
    assert slugs(inputs, tests) == expected


def test_a_finding_says_where():
    overlap, *_ = check(model(decision("d", table("UNIQUE", AGE, OUT, rules("<= 18", ">= 18")))))
    assert overlap.element_id == "r2"
    assert overlap.severity is Severity.ERROR
    assert overlap.message_en == "rules 1 and 2 overlap: age = 18"
    assert "第 1 条与第 2 条规则重叠" in overlap.message_zh
    assert found(AGE, rules("< 18", "> 20")) == [("gap", Severity.WARNING, "no rule applies to: age = 18")]
    assert found([("ok", "")], rules("true"))[0][2] == "no rule applies to: ok = false"
    assert found(AGE, rules("> 3"))[0][2] == "no rule applies to: age = < 3"
    assert found(AGE, rules("< 3", "3"))[0][2] == "no rule applies to: age = > 3"
    assert found(AGE, rules("<= 3", ">= 5"))[0][2] == "no rule applies to: age = (3..5)"


def test_a_default_closes_gaps_and_other_policies_may_overlap():
    assert slugs(AGE, rules("> 3"), outputs=[("o", "", "1")]) == []
    assert slugs(AGE, rules("-", "-"), policy="COLLECT") == []
    assert slugs(AGE, rules("-", "-"), policy="ANY") == ["overlap"]
    assert slugs(AGE, [(["-"], ["1"]), (["-"], ["1"])], policy="ANY") == []


def test_a_list_answers_without_a_match_but_a_sum_does_not():
    assert slugs(AGE, rules("> 3"), policy="COLLECT") == slugs(AGE, rules("> 3"), policy="RULE ORDER") == []
    for aggregation, expected in (("COUNT", []), ("SUM", ["gap"])):
        total = table("COLLECT", AGE, OUT, rules("> 3"), f'aggregation="{aggregation}"')
        assert [f.slug for f in check(model(decision("d", total)))] == expected


def test_a_rule_behind_another_is_never_reached():
    assert found(AGE, rules("> 3", "5", "-", "1"), policy="FIRST") == [
        ("never", Severity.WARNING, "rule 2 is never reached"),
        ("never", Severity.WARNING, "rule 4 is never reached"),
    ]


def typed(policy, kind, tests, answers=("1",), output="", attributes=""):
    rows = "".join(
        f'<rule id="r{n}">{entry("inputEntry", test)}{"".join(entry("outputEntry", a) for a in answers)}</rule>'
        for n, test in enumerate(tests, 1)
    )
    columns = f'<output id="o" name="o" typeRef="{output}"/>' * len(answers)
    asked = f'<input id="i"><inputExpression typeRef="{kind}"><text>age</text></inputExpression></input>'
    return f'<decisionTable id="t" hitPolicy="{policy}" {attributes}>{asked}{columns}{rows}</decisionTable>'


@pytest.mark.parametrize(
    ("logic", "slug", "place"),
    [
        (typed("FIRST", "number", ["5", '"a"']), "type", "r2"),
        (typed("FIRST", "number", ['< "a"']), "type", "r1"),
        (typed("FIRST", "number", ['["a".."b"]']), "type", "r1"),
        (typed("FIRST", "date", ['"2024-01-01"']), "type", "r1"),
        (typed("FIRST", "string", ["-"], ("upper case(age)",), "number"), "type", "r1"),
        (typed("FIRST", "string", ["-"], ("if age > 1 then 1 + 2 else -3",), "boolean"), "type", "r1"),
        (typed("PRIORITY", "number", ["-"]), "priority", "t"),
        (typed("COLLECT", "number", ["-"], ("1", "2"), attributes='aggregation="MAX"'), "aggregation", "t"),
        (typed("COLLECT", "number", ["-"], ('"a"',), "string", 'aggregation="SUM"'), "aggregation", "t"),
    ],
)
def test_what_can_never_work_is_an_error(logic, slug, place):
    finding, *_ = check(model(decision("d", logic)))
    assert (finding.slug, finding.severity, finding.element_id) == (slug, Severity.ERROR, place)


def test_an_input_of_another_type_than_its_column_is_an_error():
    part = '<itemComponent name="name"><typeRef>string</typeRef></itemComponent>'
    shop = f'<itemDefinition name="tShop">{part}</itemDefinition>'
    given = '<inputData id="shop" name="shop"><variable name="shop" typeRef="tShop"/></inputData>'
    logic = typed("FIRST", "number", ["5"]).replace("<text>age<", "<text>shop.name<")
    (finding,) = check(model(shop, given, decision("d", logic)))
    assert (finding.slug, finding.element_id) == ("type", "i")
    assert finding.message_en == "'shop.name' is a string, not a number"


@pytest.mark.parametrize(
    "logic",
    [
        typed("FIRST", "number", ["? > 3 and ? < 9", "null", "limit", "-"], ("null",), "string"),
        typed("FIRST", "date and time", ['< date("2024-01-01")'], ('date("2024-01-01")',), "date and time"),
        typed("FIRST", "tUnknown", ['"a"', "5"]),
    ],
)
def test_what_may_work_is_left_alone(logic):
    assert Severity.ERROR not in {f.severity for f in check(model(decision("d", logic)))}


def test_a_table_too_large_to_look_through_is_said_to_be_so():
    (finding,) = check(model(decision("d", table("UNIQUE", AGE, OUT, rules(*["-"] * 1100)))))
    assert (finding.slug, finding.severity) == ("not-analysed", Severity.WARNING)
    assert len(slugs(AGE, rules(*["-"] * 100))) == 20


def test_a_large_table_is_checked_in_time():
    inputs = [(f"x{n}", "") for n in range(8)]
    many = rules(*(tuple(f"[{r}..{r + 3}]" for _ in inputs) for r in range(0, 200, 2)))
    assert "overlap" in slugs(inputs, many)


@pytest.mark.parametrize(
    ("xml", "slug"),
    [
        (b"<a", "xml"),
        (model(decision("d", literal("1 +"))), "syntax"),
        (model(decision("d", table("X", AGE, OUT, []))), "hit-policy"),
        (model(decision("d", literal("1"), requires=("x",))), "requirement"),
    ],
)
def test_what_cannot_be_read_is_an_error(xml, slug):
    (finding,) = check(xml)
    assert (finding.slug, finding.severity) == (slug, Severity.ERROR)
    assert finding.message_zh
    assert finding.message_en


def test_tables_inside_other_expressions_are_checked():
    inner = table("UNIQUE", AGE, OUT, rules("-", "-"))
    known = knowledge("k", inner)
    boxed = decision("d", f'<context><contextEntry><variable name="v"/>{inner}</contextEntry></context>')
    listed = decision("e", f"<list>{inner}</list>")
    assert [f.slug for f in check(model(known, boxed, listed))] == ["overlap"] * 3
