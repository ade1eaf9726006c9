"""FEEL in forms: conditions, defaults and checks, compiled once, null when they fail at run time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from feel import compile_expression
from feel.errors import FeelError

Functions = Mapping[str, Callable[..., object]]
_compiled = lru_cache(maxsize=4096)(compile_expression)
_PATH = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


@dataclass(frozen=True)
class Condition:
    """A FEEL expression of a form file (written with or without the leading ``=``)."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Condition:
        """The expression; FeelError when it is not FEEL."""
        condition = cls(text.strip().removeprefix("=").strip())
        _compiled(condition.text)
        return condition

    @property
    def names(self) -> frozenset[str]:
        """The names from outside that the expression mentions."""
        return frozenset(_compiled(self.text).names)

    @property
    def calls(self) -> frozenset[str]:
        """The functions beyond FEEL's own that the expression calls."""
        return frozenset(_compiled(self.text).calls)

    @property
    def paths(self) -> frozenset[str]:
        """The dotted paths that the expression mentions, as written."""
        return frozenset(path for path in _PATH.findall(self.text) if path.split(".")[0] in self.names)

    @property
    def negated(self) -> str:
        """The opposite, as FEEL."""
        return f"not({self.text})"

    def value(self, names: Mapping[str, Any], functions: Functions) -> Any:
        """What the expression gives for these names; None when it has no value."""
        try:
            return _compiled(self.text).evaluate(names, functions)
        except FeelError:
            return None
