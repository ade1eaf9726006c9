"""One vector or more per function of the library."""

import pytest

from feel import evaluate, to_json
from feel.functions import BUILTINS
from tests.feel.tables import read

VECTORS = read("builtins")


@pytest.mark.parametrize(("text", "expected"), VECTORS)
def test_a_function_has_its_value(text, expected):
    assert to_json(evaluate(text, {})) == expected


@pytest.mark.parametrize("name", sorted(BUILTINS))
def test_every_function_is_tried(name):
    assert any(f"{name}(" in text for text, _ in VECTORS) or name == "not"


@pytest.mark.parametrize("name", sorted(BUILTINS))
def test_no_function_takes_an_unknown_argument(name):
    assert evaluate(f"{name}(no such parameter: 1)", {}) is None
