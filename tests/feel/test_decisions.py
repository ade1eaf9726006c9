"""Decision models: hit policies, boxed expressions, requirements, types, refusals."""

import pytest

from feel import (
    DecisionConflictError,
    DecisionNoMatchError,
    DecisionUnknownError,
    compile_unary_tests,
    to_json,
)
from feel.dmn import parse_decisions
from tests.feel.models import decision, knowledge, literal, model, table

SCORE = [("score", "")]
LEVELS = [("level", '"high", "middle", "low"', "")]


def answer(policy, score, rules, outputs=LEVELS, attributes="", strict=True):
    parsed = parse_decisions(model(decision("d", table(policy, SCORE, outputs, rules, attributes))))
    result = parsed.evaluate("d", {"score": score}, strict=strict)
    return to_json(result.value), result.matched_rules


LADDER = [(["< 60"], ['"high"']), (["[60..85)"], ['"middle"']), ([">= 85"], ['"low"'])]
OVERLAPPING = [(["> 0"], ['"low"']), (["> 10"], ['"high"']), (["> 20"], ['"middle"'])]
NUMBERS = [("points", "", "")]
POINTS = [(["> 0"], ["1"]), (["> 10"], ["5"]), (["> 20"], ["3"])]


@pytest.mark.parametrize(
    ("policy", "score", "rules", "expected"),
    [
        ("UNIQUE", 59.9, LADDER, ("high", ["r1"])),
        ("UNIQUE", 60, LADDER, ("middle", ["r2"])),
        ("UNIQUE", 85, LADDER, ("low", ["r3"])),
        ("FIRST", 30, OVERLAPPING, ("low", ["r1"])),
        ("PRIORITY", 30, OVERLAPPING, ("high", ["r1", "r2", "r3"])),
        ("RULE ORDER", 30, OVERLAPPING, (["low", "high", "middle"], ["r1", "r2", "r3"])),
        ("OUTPUT ORDER", 30, OVERLAPPING, (["high", "middle", "low"], ["r1", "r2", "r3"])),
        ("COLLECT", 15, OVERLAPPING, (["low", "high"], ["r1", "r2"])),
        ("COLLECT", 0, OVERLAPPING, ([], [])),
        ("ANY", 15, [(["> 0"], ['"low"']), (["> 10"], ['"low"'])], ("low", ["r1", "r2"])),
        ("RULE ORDER", 0, OVERLAPPING, ([], [])),
    ],
)
def test_a_hit_policy_answers(policy, score, rules, expected):
    assert answer(policy, score, rules) == expected


@pytest.mark.parametrize(
    ("aggregation", "score", "expected"),
    [("SUM", 30, 9), ("MIN", 30, 1), ("MAX", 30, 5), ("COUNT", 30, 3), ("COUNT", 0, 0), ("SUM", 0, None)],
)
def test_collect_aggregates(aggregation, score, expected):
    assert answer("COLLECT", score, POINTS, NUMBERS, f'aggregation="{aggregation}"')[0] == expected


def test_an_aggregation_of_text_is_null():
    assert answer("COLLECT", 30, OVERLAPPING, LEVELS, 'aggregation="SUM"')[0] is None


@pytest.mark.parametrize("policy", ["UNIQUE", "ANY"])
def test_rules_that_contradict_are_a_conflict(policy):
    with pytest.raises(DecisionConflictError) as caught:
        answer(policy, 15, OVERLAPPING)
    assert (caught.value.decision_id, caught.value.hit_policy, caught.value.rule_ids) == ("d", policy, ("r1", "r2"))


def test_no_match_is_an_error_unless_lenient_or_defaulted():
    with pytest.raises(DecisionNoMatchError):
        answer("UNIQUE", 0, OVERLAPPING)
    assert answer("UNIQUE", 0, OVERLAPPING, strict=False) == (None, [])
    assert answer("UNIQUE", 0, OVERLAPPING, [("level", "", '"none"')]) == ("none", [])


def test_several_outputs_make_a_context():
    outputs = [("level", "", ""), ("days", "", "")]
    rules = [(["-"], ['"low"', "score * 2"])]
    assert answer("UNIQUE", 4, rules, outputs) == ({"level": "low", "days": 8}, ["r1"])
    assert answer("FIRST", 4, [(["99"], ["1", "2"])], [("level", "", '"x"'), ("days", "", "")])[0] == {
        "level": "x",
        "days": None,
    }


@pytest.mark.parametrize(
    ("tests", "value", "expected"),
    [
        ("-", 1, True),
        ("", 1, True),
        ("< 5", 4, True),
        ("1, 2", 2, True),
        ("not(1, 2)", 2, False),
        ("not(1)", 3, True),
        ("[1..3]", 3, True),
        ('"a", "b"', "b", True),
        ("true", True, True),
        ("false", True, False),
        ("? > 3 and ? < 9", 5, True),
        ('contains(?, "a")', "cat", True),
        ("null", None, True),
        ("xs", 2, True),
        ("limit", 7, True),
        ("> limit", 8, True),
        ('"a"', 1, None),
        ("< 5", None, None),
        ("limit > 5", "text", True),
        ("!= 3", 3, False),
        ("?", 3, None),
        ('date("2024-01-01")', None, False),
        ("not(1) or true", "x", True),
    ],
)
def test_unary_tests_match(tests, value, expected):
    assert compile_unary_tests(tests).matches(value, {"xs": [1, 2], "limit": 7}) is expected


def value_of(*elements, context=None, name="d", functions=None):
    return to_json(parse_decisions(model(*elements)).evaluate(name, context or {}, functions).value)


def boxed_context(*entries):
    rows = "".join(
        "<contextEntry>" + (f'<variable name="{name}"/>' if name else "") + logic + "</contextEntry>"
        for name, logic in entries
    )
    return f"<context>{rows}</context>"


BOXED = [
    (literal("a + 1"), 4),
    (boxed_context(("x", literal("a")), ("y", literal("x * 2"))), {"x": 3, "y": 6}),
    (boxed_context(("x", literal("a")), (None, literal("x * 2"))), 6),
    (f"<list>{literal('1')}{literal('a')}</list>", [1, 3]),
    (
        f'<relation><column name="p"/><column name="q r"/><row>{literal("1")}{literal("a")}</row></relation>',
        [{"p": 1, "q r": 3}],
    ),
    (
        boxed_context(
            ("f", f'<functionDefinition><formalParameter name="n"/>{literal("n * a")}</functionDefinition>'),
            (None, literal("f(5)")),
        ),
        15,
    ),
    (
        boxed_context(
            ("f", '<functionDefinition kind="Java"><formalParameter name="n"/></functionDefinition>'),
            (None, literal("f(5)")),
        ),
        None,
    ),
    (
        f"<conditional><if>{literal('a > 2')}</if><then>{literal('1')}</then><else>{literal('2')}</else></conditional>",
        1,
    ),
    (f"<filter><in>{literal('[1, 5, 9]')}</in><match>{literal('item > a')}</match></filter>", [5, 9]),
    (f'<for iteratorVariable="i"><in>{literal("1..3")}</in><return>{literal("i * a")}</return></for>', None),
    (f'<for iteratorVariable="i"><in>{literal("[1, 2]")}</in><return>{literal("i * a")}</return></for>', [3, 6]),
    (f'<some iteratorVariable="i"><in>{literal("[1, 2]")}</in><satisfies>{literal("i > 1")}</satisfies></some>', True),
    (
        f'<every iteratorVariable="i"><in>{literal("[1, 2]")}</in><satisfies>{literal("i > 1")}</satisfies></every>',
        False,
    ),
    (f'<every iteratorVariable="i"><in>{literal("[1, 2]")}</in><satisfies>{literal("i")}</satisfies></every>', None),
    (f'<every iteratorVariable="i"><in>{literal("null")}</in><satisfies>{literal("i")}</satisfies></every>', None),
    (f'<invocation>{literal("k")}<binding><parameter name="n"/>{literal("a")}</binding></invocation>', 103),
    (f'<invocation>{literal("k")}<binding><parameter name="m"/>{literal("a")}</binding></invocation>', None),
    (f"<invocation>{literal('a')}</invocation>", None),
    ("<invocation/>", None),
    ("", None),
    ("<literalExpression/>", None),
    (f'<invocation>{literal("lent")}<binding><parameter name="n"/>{literal("a")}</binding></invocation>', 6),
]


@pytest.mark.parametrize(("logic", "expected"), BOXED)
def test_a_boxed_expression_has_its_value(logic, expected):
    if "1..3" in logic:
        logic, expected = logic.replace("1..3", "[1..3]"), [3, 6, 9]
    known = knowledge("k", f'<formalParameter name="n"/>{literal("n + 100")}')
    assert value_of(decision("d", logic), known, context={"a": 3}, functions={"lent": lambda n: n * 2}) == expected


def test_decisions_use_what_they_require():
    elements = [decision("a-b", literal("base * 2")), decision("d", literal("a-b + 1"), requires=("a-b",))]
    parsed = parse_decisions(model(*elements))
    assert to_json(parsed.evaluate("d", {"base": 4}).value) == 9
    assert to_json(parsed.evaluate("d", {"base": 4, "a-b": 1}).value) == 2
    assert parsed.decisions["d"].inputs == ()
    assert parsed.decisions["a-b"].inputs == ("base",)
    assert parsed.decisions["d"].outputs == ("d",)
    with pytest.raises(DecisionUnknownError):
        parsed.evaluate("nope", {})


def test_a_decision_service_hides_decisions_behind_a_name():
    service = '<decisionService id="s" name="s"><outputDecision href="#d"/><inputDecision href="#e"/></decisionService>'
    caller = decision("c", literal("s(20)"), knows=("s",))
    parsed = parse_decisions(
        model(decision("e", literal("1")), decision("d", literal("e + 1"), requires=("e",)), service, caller)
    )
    assert to_json(parsed.evaluate_service("s", {"e": 10})) == 11
    assert parsed.evaluate_service("s", {}) is None
    assert to_json(parsed.evaluate("c", {}).value) == 21
    with pytest.raises(DecisionUnknownError):
        parsed.evaluate_service("nope", {})
