"""One vector per construct: text, context, result."""

import datetime as dt
from decimal import Decimal

import pytest

from feel import DaysTimeDuration, YearsMonthsDuration, compile_expression, evaluate, to_json
from tests.feel.tables import read

CONTEXT = {
    "a": 3,
    "b": 2.5,
    "text": "奶粉",
    "ok": True,
    "nothing": None,
    "x": {"y": 4, "list": [1, 2, 3]},
    "产品 类别": "乳制品",
    "Full Name": "Wang",
    "items": [{"name": "p", "price": 3}, {"name": "q", "price": 5}],
    "pair": (1, 2),
    "since": "2024-01-01",
}

VECTORS = read("expressions")


@pytest.mark.parametrize(("text", "expected"), VECTORS)
def test_an_expression_has_its_value(text, expected):
    assert to_json(evaluate(text, CONTEXT)) == expected


TEMPORAL = [
    ('date("2024-02-29")', dt.date(2024, 2, 29)),
    ('@"10:00:00"', dt.time(10)),
    ('@"10:00:00+08:00"', dt.time(10, tzinfo=dt.timezone(dt.timedelta(hours=8)))),
    ('@"24:00:00"', dt.time(0)),
    ('@"P1Y2M"', YearsMonthsDuration(14)),
    ('@"-P1DT2H3M4.5S"', -DaysTimeDuration(days=1, hours=2, minutes=3, seconds=4.5)),
    ('@"nonsense"', None),
    ('@"2024-01-01T24:00:00"', dt.datetime.fromisoformat("2024-01-02")),
    ('date("2024-01-31") + duration("P1M")', dt.date(2024, 2, 29)),
    ('date("2024-03-31") - duration("P1M")', dt.date(2024, 2, 29)),
    ('date("2024-01-01") + @"PT36H"', dt.date(2024, 1, 2)),
    ('date("2024-01-02") - date("2024-01-01")', dt.timedelta(days=1)),
    ('@"P1D" + date("2024-01-01")', dt.date(2024, 1, 2)),
    ('@"2024-01-01T10:00:00" + @"PT2H"', dt.datetime.fromisoformat("2024-01-01T12:00")),
    ('@"2024-01-01T10:00:00" - @"2024-01-01"', dt.timedelta(hours=10)),
    ('@"23:00:00" + @"PT2H"', dt.time(1)),
    ('@"PT2H" + @"23:00:00"', dt.time(1)),
    ('@"01:00:00" - @"PT2H"', dt.time(23)),
    ('@"10:00:00" - @"09:00:00"', dt.timedelta(hours=1)),
    ('@"P1D" * 2', dt.timedelta(days=2)),
    ('2 * @"P1M"', YearsMonthsDuration(2)),
    ('@"P1D" / 2', dt.timedelta(hours=12)),
    ('@"P1D" / @"PT12H"', Decimal(2)),
    ('@"P1Y" / @"P1M"', Decimal(12)),
    ('@"P1Y" / 2', YearsMonthsDuration(6)),
    ('@"P1D" / 0', None),
    ('-@"P1D"', dt.timedelta(days=-1)),
    ('-@"P1M"', YearsMonthsDuration(-1)),
    ('@"P1D" + @"P1D"', dt.timedelta(days=2)),
    ('@"P1M" - @"P2M"', YearsMonthsDuration(-1)),
    ('@"P1M" + @"P2M"', YearsMonthsDuration(3)),
    ('@"P1D" - @"P2D"', dt.timedelta(days=-1)),
    ('@"9999-12-31" + @"P1M"', None),
    ('@"9999-12-31" + @"P1D"', None),
    ('@"2024-01-01" < @"2024-01-02"', True),
    ('@"P1D" > @"PT1H"', True),
    ('@"P1D" > @"P1M"', None),
    ('@"2024-01-01T00:00:00" < @"2024-01-02"', None),
    ('@"2024-01-01T00:00:00Z" < @"2024-01-02T00:00:00"', None),
    ('@"2024-01-01T00:00:00Z" = @"2024-01-01T08:00:00+08:00"', True),
    ('@"2024-05-06".weekday', Decimal(1)),
    ('@"2024-05-06T10:20:30.5".second', Decimal("30.5")),
    ('@"2024-05-06T10:20:30@Asia/Shanghai".timezone', "Asia/Shanghai"),
    ('@"10:20:30+02:00".time offset', dt.timedelta(hours=2)),
    ('@"2024-05-06".hour', Decimal(0)),
    ('@"10:20:30".year', None),
    ('@"P1DT2H3M4S".hours', Decimal(2)),
    ('@"-P1DT2H3M4S".minutes', Decimal(-3)),
    ('@"P1DT2H".days', Decimal(1)),
    ('@"PT4.5S".seconds', Decimal("4.5")),
    ('@"-P14M".years', Decimal(-1)),
    ('@"P14M".months', Decimal(2)),
    ('@"P14M".days', None),
]


@pytest.mark.parametrize(("text", "expected"), TEMPORAL)
def test_a_temporal_expression_has_its_value(text, expected):
    result = evaluate(text, {})
    assert result == expected
    assert isinstance(result, type(expected))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("1.0"), 1),
        (Decimal("1.5"), 1.5),
        (1.0, 1),
        (float("nan"), None),
        (10**40, float(10**40)),
        ([dt.date(2024, 1, 1)], ["2024-01-01"]),
        ({"a": dt.timedelta(hours=1)}, {"a": "PT1H"}),
        (YearsMonthsDuration(0), "P0M"),
        (YearsMonthsDuration(-14), "-P1Y2M"),
        (dt.timedelta(), "PT0S"),
        (dt.timedelta(days=-1, microseconds=5), "-PT23H59M59.999995S"),
        ((1, 2), [1, 2]),
        (dt.time(1, tzinfo=dt.UTC), "01:00:00Z"),
        (dt.time(1, tzinfo=dt.timezone(-dt.timedelta(hours=5, minutes=30, seconds=1))), "01:00:00-05:30:01"),
        (object(), None),
    ],
)
def test_results_become_json(value, expected):
    assert to_json(value) == expected


def test_ranges_become_json():
    assert to_json(evaluate("[1..2)", {})) == {"start": 1, "start included": True, "end": 2, "end included": False}


@pytest.mark.parametrize(
    ("text", "names", "calls"),
    [
        ("a + b.c", {"a", "b"}, set()),
        ("deadline(rule) > x", {"rule", "x"}, {"deadline"}),
        ("for i in xs return i + y", {"xs", "y"}, set()),
        ("some i in xs satisfies i > y", {"xs", "y"}, set()),
        ("xs[price > limit]", {"xs"}, set()),
        ("{a: 1, b: a + c}", {"c"}, set()),
        ("function(p) p + q", {"q"}, set()),
        ("sort(xs, min)", {"xs"}, set()),
        ("count(xs) > count", {"xs", "count"}, set()),
        ("lib.f(x)", {"lib", "x"}, set()),
        ("产品 类别 = 1", {"产品 类别"}, set()),
        ("{f: function(n) n, r: f(1)}", set(), set()),
    ],
)
def test_an_expression_says_what_it_reads(text, names, calls):
    expression = compile_expression(text)
    assert (expression.names, expression.calls) == (names, calls)


def test_functions_of_the_caller_are_called_by_name():
    lent = {"deadline": lambda rule, days=1: f"{rule}+{days}", "today": lambda: dt.date(2024, 5, 1)}
    assert evaluate('deadline("R-INS-13")', {}, lent) == "R-INS-13+1"
    assert evaluate('deadline(rule: "R", days: 2)', {}, lent) == "R+2"
    assert evaluate('today() > @"2024-01-01"', {}, lent) is True
    assert evaluate("deadline()", {}, lent) is None
    assert evaluate("f(2)", {"f": lambda n: n * 2}) == 4
    assert evaluate("sort([1, 2], f)", {"f": lambda a, b: a > b}) == [2, 1]


def test_what_a_function_of_the_caller_raises_is_not_hidden():
    def broken():
        raise LookupError("no such rule")

    with pytest.raises(LookupError):
        evaluate("broken()", {}, {"broken": broken})


def test_null_comes_with_a_reason():
    outcome = compile_expression('1 + "a"').explain({})
    assert outcome.value is None
    assert outcome.warnings == ("number + string has no value",)


def test_the_context_is_not_touched():
    context = {"a": {"b": [1, 2]}}
    evaluate('context put(a, "c", append(a.b, 3))', context)
    assert context == {"a": {"b": [1, 2]}}


def test_a_context_shadows_what_is_built_in():
    assert evaluate("count + 1", {"count": 1}) == 2


def test_a_value_that_cannot_be_called_does_not_hide_the_function_of_its_name():
    assert evaluate("count([5, 6]) + count", {"count": 1}) == 3
    assert evaluate("now() = now", {"now": dt.date(2024, 1, 1)}, {"now": lambda: dt.date(2024, 1, 1)}) is True
    assert evaluate("nothing(1)", {"nothing": 1}) is None
