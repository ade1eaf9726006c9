"""Every question of every form is told what no form asks for: it is refused by name, or kept as the text it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from forms.columns import column_of, column_value
from forms.context import FormContext
from forms.loading import load, load_draft
from forms.storage import to_storage
from forms.texts import clean_line, clean_text, read_number
from records.clock import FixedClock
from records.errors import InvalidAnswersError
from records.people import User
from records.registry import Establishment
from records.sealing import is_sealed
from records.store import Store
from tests.conftest import START, copied
from tests.factories import SIBLING, Cast, establishment, product
from tests.fits import misfit
from tests.forms.asking import Single, all_forms, singles
from tests.web.ammunition import SCRIPT, TEXTS

NOTHING = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
CHINESE = re.compile("[\\u4e00-\\u9fff]")
FORMULAS = ("=1+1", "+cmd|' /C calc'!A0", "@SUM(A1:A9)", "-2+3", "\t=1+1", "＝1+1")
NUMBERS = (
    "-1",
    "-0.001",
    "0",
    "1e9",
    "9" * 24,
    "1" + "0" * 24,
    "Infinity",
    "-Infinity",
    "0.0000000000001",
    "２.５",
    "1,000",
)
DAYS = (
    "0001-01-01", "1899-12-31", "1900-01-01", "2199-12-31", "2200-01-01", "9999-12-31T23:59", "2026-02-30",
    "2026-11-18T25:00", "1900-01-01T00:00+23:59", "2199-12-31T23:59-23:59", "2026-11-18T09:00:00.123456Z",
)  # fmt: skip
DEEP: list[Any] = []
for _ in range(400):
    DEEP = [DEEP]
ODD: tuple[Any, ...] = (
    5, -1, 2**31, 2**63, 2**70, -(10**24), 1.5e308, 0.1, float("nan"), float("inf"), True, [], {}, [[]], [None], [{}],
    {"": ""}, {"value": "x"}, {"a": {"b": {"c": [1, {"d": 2}]}}}, DEEP, [SCRIPT, 1, None],
    {"latitude": 1e9, "longitude": -1e9}, {"latitude": "NaN", "longitude": "2"}, ["\x00"], "\x00", "\x00\x07",
    "\ud800", "\u200b" * 9,
)  # fmt: skip
MANY: tuple[Any, ...] = (["x"] * 2_000, [{"x": SCRIPT}] * 2_000, {str(n): n for n in range(2_000)})
LONG = ("长" * 20_001,)
#: types whose answers have parts
PARTED = (
    "dynamiclist",
    "inspection_checklist",
    "filepicker",
    "signature",
    "checklist",
    "taglist",
    "position",
    "chooser",
)


@pytest.fixture(scope="module")
def context(database_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FormContext]:
    """An inspector without a case; next door lies what is none of the district's business."""
    clock = FixedClock(START)
    with copied(database_template, tmp_path_factory.mktemp("hostile")) as database:
        with database.unit_of_work() as session:
            cast = Cast.load(session)
            far = establishment(Store(session, clock, cast.admin), name="外区", region_code=SIBLING)
            product(Store(session, clock, cast.admin), far, name="外区米粉")
        with database.reading() as session:
            yield FormContext(session, clock, {}, cast.inspector)


@pytest.fixture(scope="module")
def foreign(context: FormContext) -> tuple[str, ...]:
    """Ids of things of another district, and of nothing."""
    session = context.session
    user = session.scalars(select(User).where(User.username == "outsider")).one()
    place = session.scalars(select(Establishment).where(Establishment.region_code == SIBLING)).first()
    assert place is not None
    return user.id, place.id, NOTHING


@pytest.mark.parametrize("key", all_forms())
def test_whatever_is_said_is_refused_by_name_or_kept_as_it_is(
    context: FormContext, foreign: tuple[str, ...], key: str
) -> None:
    wrong = []
    for single in singles(all_forms()[key]):
        many = MANY if single.component.type in PARTED else LONG
        for said in (*ODD, *TEXTS, *FORMULAS, *NUMBERS, *DAYS, *foreign, *many):
            if found := complaint(single, said, context):
                wrong.append(f"{single}: {str(said)[:60]!r}: {found}")
    assert not wrong, "\n".join(wrong[:40])


def complaint(single: Single, said: Any, context: FormContext) -> str:
    """What is wrong with what a question makes of an answer; nothing when all is well."""
    answers = single.answers(said)
    draft = load_draft(single.components, answers)
    if load_draft(single.components, json.loads(json.dumps(draft, allow_nan=False))) != draft:
        return "the draft changes while it lies there"
    try:
        kept = load(single.components, [], answers, context)
    except InvalidAnswersError as refused:
        return _complaint_about(refused.errors, single)
    json.dumps(to_storage(kept), allow_nan=False)
    if _is_blank(single, said, kept):
        return ""
    if kept[single.key] == []:
        return "dropped"
    value = single.read(kept)
    return _loss(single, said, value) or _misfit(single, value)


def _is_blank(single: Single, said: Any, kept: dict[str, Any]) -> bool:
    """Whether nothing was said, and so nothing is kept."""
    given = said == {} or single.question.is_blank(said) or (isinstance(said, str) and not clean_line(said))
    return given and kept[single.key] in (None, [], False, {}, "")


def _complaint_about(errors: dict[str, list[str]], single: Single) -> str:
    if not errors or not all(path.split(".")[0] == single.key for path in errors):
        return f"refused at {list(errors)}"
    if not all(CHINESE.search(sentence) for sentences in errors.values() for sentence in sentences):
        return f"refused without words: {errors}"
    return ""


def _loss(single: Single, said: Any, value: Any) -> str:
    """What of an answer that was taken is not there any more."""
    same = {
        "textfield": lambda: value == clean_line(said),
        "textarea": lambda: value == clean_text(said),
        "number": lambda: value == read_number(said),
        "datetime": lambda: value == single.question.typed(single.component, said),
        "checkbox": lambda: value is single.question.typed(single.component, said),
        "sealed": lambda: is_sealed(value),
        "radio": lambda: value == said and value in {choice.value for choice in single.component.choices},
        "select": lambda: value == said and value in {choice.value for choice in single.component.choices},
        "position": lambda: value["latitude"] == float(said["latitude"]),
        "chooser": lambda: single.component.option("source") == "lots",
    }
    is_same = same.get(single.component.type)
    return "" if is_same is not None and is_same() else f"taken as {str(value)[:80]!r}"


def _misfit(single: Single, value: Any) -> str:
    """Why the column that the question feeds could not hold the value."""
    column = column_of(single.component.feeds, single.component.maps_to)
    if column is None or single.component.type == "position":
        return ""
    value = to_storage(value) if "." in (single.component.maps_to or "") else column_value(column, value)
    return misfit(column.columns[0].type, value)
