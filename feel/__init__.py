"""FEEL expressions and DMN decisions: small, pure, typed, and bounded in what they may cost."""

from feel import (
    builtins_contexts,
    builtins_lists,
    builtins_numbers,
    builtins_ranges,
    builtins_strings,
    builtins_temporal,
)
from feel.convert import to_json
from feel.errors import (
    DecisionConflictError,
    DecisionError,
    DecisionModelError,
    DecisionNoMatchError,
    DecisionUnknownError,
    FeelError,
    FeelLimitError,
    FeelSyntaxError,
)
from feel.expression import Expression, Outcome, UnaryTests, compile_expression, compile_unary_tests, evaluate
from feel.values import DaysTimeDuration, YearsMonthsDuration

_LIBRARY = (
    builtins_contexts,
    builtins_lists,
    builtins_numbers,
    builtins_ranges,
    builtins_strings,
    builtins_temporal,
)
__all__ = [
    "DaysTimeDuration",
    "DecisionConflictError",
    "DecisionError",
    "DecisionModelError",
    "DecisionNoMatchError",
    "DecisionUnknownError",
    "Expression",
    "FeelError",
    "FeelLimitError",
    "FeelSyntaxError",
    "Outcome",
    "UnaryTests",
    "YearsMonthsDuration",
    "compile_expression",
    "compile_unary_tests",
    "evaluate",
    "to_json",
]
