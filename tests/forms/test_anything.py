"""Whatever is posted: a refusal in words or clean answers, never a crash; and every page can be drawn again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms.catalog import Form
from forms.context import FormContext
from forms.posted import nest
from forms.storage import to_storage
from forms.view import printed, view
from records.errors import InvalidAnswersError

FORMS = Path(__file__).parents[2] / "forms"
KEYS = ["access", "arrived_at", "left_at", "position", "checklist", "lots", "door_photos", "rapid_tests", "video"]
KEYS += [
    "both_present",
    "persons_present",
    "2-1",
    "result",
    "measured",
    "photos",
    "latitude",
    "quantity",
    "produced_on",
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["granted", "conform", "nonconform", "2026-11-18", "2026-11-18T08:30", "12.5", "-1", "1E400", "NaN"]
    ),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner),
    max_leaves=25,
)
ANSWERS = st.dictionaries(st.sampled_from(KEYS), ANYTHING)
PATIENT = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def onsite() -> Form:
    document = json.loads((FORMS / "inspection" / "onsite_inspection.json").read_text("utf-8"))
    return Form.parse(document, key="inspection/onsite_inspection")


@given(answers=ANSWERS)
@PATIENT
def test_no_answers_crash_a_form(onsite: Form, context: FormContext, answers: dict[str, Any]) -> None:
    errors: dict[str, list[str]] = {}
    try:
        kept = to_storage(onsite.load(answers, context))
        json.dumps(kept, allow_nan=False)
        printed(onsite, kept, context)
    except InvalidAnswersError as refused:
        errors = refused.errors
        assert all(any("\u4e00" <= each <= "\u9fff" for each in said) for words in errors.values() for said in words)
    page = view(onsite, context, answers, errors)
    assert len(page.errors) == sum(map(len, errors.values()))
    draft = onsite.load_draft(answers)
    json.dumps(draft, allow_nan=False)
    assert onsite.load_draft(draft) == draft
    view(onsite, context, draft)


@given(
    items=st.lists(
        st.tuples(st.lists(st.sampled_from([*KEYS, "0", "1", "", "٣"]), max_size=5).map(".".join), st.text())
    )
)
@PATIENT
def test_no_names_crash_a_page(onsite: Form, context: FormContext, items: list[tuple[str, str]]) -> None:
    answers = nest(items)
    view(onsite, context, answers)
    onsite.load_draft(answers)
