"""Where names are looked up during an evaluation, and how much the evaluation may still cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from feel.errors import FeelLimitError
from feel.kinds import Kind

STEP_LIMIT = 200_000
TEXT_LIMIT = 1_000_000
WEIGHT_LIMIT = 1_000_000
CALL_LIMIT = 60
WARNING_LIMIT = 100

T = TypeVar("T")
HostFunctions = Mapping[str, Callable[..., object]]
_NOTHING: dict[str, object] = {}


class Run:
    """One evaluation: its budget, its warnings, and what the caller lends to it."""

    __slots__ = ("_weights", "calls", "functions", "kinds", "steps", "warnings")

    def __init__(self, functions: HostFunctions | None = None, kinds: Mapping[str, Kind] | None = None) -> None:
        """Start with a full budget."""
        self.functions: HostFunctions = functions or _NOTHING  # type: ignore[assignment]
        self.kinds: Mapping[str, Kind] = kinds or {}
        self.warnings: list[str] = []
        self.steps = STEP_LIMIT
        self.calls = 0
        self._weights: dict[int, tuple[int, object]] = {}

    def warn(self, message: str) -> None:
        """Record why something became null."""
        if len(self.warnings) < WARNING_LIMIT:
            self.warnings.append(message)

    def spend(self, steps: int) -> None:
        """Pay for work."""
        self.steps -= steps
        if self.steps < 0:
            raise FeelLimitError("steps", STEP_LIMIT)

    def weight_of(self, value: object) -> int:
        """Estimate how large a value is, shared parts counted each time they occur."""
        if isinstance(value, str):
            return 1 + len(value) // 8
        if isinstance(value, list | tuple | Mapping):
            known = self._weights.get(id(value))
            return known[0] if known else 1 + len(value)
        return 1

    def charge(self, value: object) -> None:
        """Pay for reading a value from end to end."""
        if isinstance(value, list | tuple | Mapping | str):
            self.spend(self.weight_of(value) // 16)

    def keep(self, value: T) -> T:
        """Accept a value that was built here, unless it has grown too large."""
        if isinstance(value, str):
            if len(value) > TEXT_LIMIT:
                raise FeelLimitError("characters in a string", TEXT_LIMIT)
        elif isinstance(value, list):
            self._weigh(value, value)
        elif isinstance(value, dict):
            self._weigh(value, list(value.values()))
        return value

    def _weigh(self, value: object, parts: list[object]) -> None:
        if id(value) in self._weights:
            return
        weight = 1 + sum(map(self.weight_of, parts))
        if weight > WEIGHT_LIMIT:
            raise FeelLimitError("size of a value", WEIGHT_LIMIT)
        self.spend(len(parts) // 8)
        self._weights[id(value)] = (weight, value)


class Scope:
    """Names and their values, with the scope around them."""

    __slots__ = ("parent", "run", "variables")

    def __init__(self, variables: Mapping[str, object], parent: Scope | None, run: Run) -> None:
        """Stand inside `parent`."""
        self.variables = variables
        self.parent = parent
        self.run = run

    def inner(self, variables: Mapping[str, object]) -> Scope:
        """Open a scope inside this one."""
        return Scope(variables, self, self.run)
