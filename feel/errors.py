"""Every way an expression or a decision can be wrong, each a class with enough data to say so."""

from __future__ import annotations

from collections.abc import Mapping


class FeelError(Exception):
    """Base of everything this package raises."""

    def __init__(self, message: str) -> None:
        """Keep the English message; callers translate by class and data."""
        super().__init__(message)
        self.message = message


class FeelSyntaxError(FeelError):
    """The text is not FEEL."""

    def __init__(self, message: str, line: int, column: int) -> None:
        """Say what was expected, and where (both counted from 1)."""
        super().__init__(message)
        self.line = line
        self.column = column

    def __str__(self) -> str:
        """Lead with the place."""
        return f"line {self.line}, column {self.column}: {self.message}"


class FeelLimitError(FeelError):
    """An evaluation was stopped because it grew past a bound."""

    def __init__(self, limit: str, bound: int) -> None:
        """Name the limit that was passed and its bound."""
        super().__init__(f"the expression exceeds the limit of {bound} for {limit}")
        self.limit = limit
        self.bound = bound


class FeelFaultError(FeelError):
    """Something has no value: inside an expression it becomes null and a warning, and never leaves it."""


class DecisionError(FeelError):
    """A decision could not be made."""

    def __init__(self, message: str, decision_id: str) -> None:
        """Name the decision."""
        super().__init__(message)
        self.decision_id = decision_id


class DecisionModelError(FeelError):
    """A decision model cannot be read."""

    def __init__(self, message: str, element_id: str | None = None, line: int | None = None) -> None:
        """Name the element and the line where known."""
        super().__init__(message)
        self.element_id = element_id
        self.line = line


class DecisionUnknownError(DecisionError):
    """There is no decision with this id."""

    def __init__(self, decision_id: str) -> None:
        """Name the id that was asked for."""
        super().__init__(f"there is no decision {decision_id!r}", decision_id)


class DecisionConflictError(DecisionError):
    """Several rules match where the hit policy allows one answer."""

    def __init__(
        self, decision_id: str, hit_policy: str, rule_ids: tuple[str, ...], inputs: Mapping[str, object]
    ) -> None:
        """Name the rules that contradict each other, and by column what they were asked."""
        super().__init__(f"rules {', '.join(rule_ids)} of {decision_id!r} conflict under {hit_policy}", decision_id)
        self.hit_policy = hit_policy
        self.rule_ids = rule_ids
        self.inputs = inputs


class DecisionNoMatchError(DecisionError):
    """No rule matches and there is no default output."""

    def __init__(self, decision_id: str, inputs: Mapping[str, object]) -> None:
        """Name the decision that has no answer, and by column what it was asked."""
        super().__init__(f"no rule of {decision_id!r} matches and it has no default", decision_id)
        self.inputs = inputs
