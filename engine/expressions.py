"""FEEL as models and forms use it: the case's data by name, plus what the engine lends to expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy.orm import Session

from engine.errors import ModelFaultError
from feel import compile_expression, to_json
from feel.errors import FeelError
from forms.functions import form_functions
from records.clock import ZONE, Clock, FixedClock, today
from records.deadlines import Deadline, NotADurationError, deadline, moved
from records.pauses import NO_PAUSES, Pauses
from records.rules import RuleNotFoundError

Functions = Mapping[str, Callable[..., object]]


class PausesOf(Protocol):
    """What knows the times that do not count."""

    def __call__(self, rule_code: str | None = None, /) -> Pauses:
        """Those of the case, and of a rule when it is named."""
        ...


def no_pauses(rule_code: str | None = None) -> Pauses:
    """Nothing was paused."""
    return NO_PAUSES


class Calculator(Protocol):
    """What turns a rule code and a start into a deadline."""

    def __call__(self, code: str, start: datetime) -> Deadline:
        """The deadline."""
        ...


class Expressions:
    """Evaluates FEEL for one instance; results are JSON values."""

    def __init__(
        self, clock: Clock, deadline_of_rule: Calculator, functions: Functions,
        pauses: PausesOf = no_pauses,
    ) -> None:  # fmt: skip
        self._clock, self.deadline_of_rule, self._pauses = clock, deadline_of_rule, pauses
        self._lent = functions
        own: Functions = {
            "deadline": self._deadline,
            "deadline_share": self._share,
            "now": self._now,
            "today": self._today,
        }
        self.functions: Functions = {**own, **functions}

    @classmethod
    def of_region(cls, session: Session, clock: Clock, region_code: str, pauses: PausesOf = no_pauses) -> Expressions:
        """Expressions that read the rules and working days of a region, and do not count a case's pauses."""

        def calculate(code: str, start: datetime) -> Deadline:
            return deadline(session, code, start, region_code, pauses(code))

        return cls(clock, calculate, form_functions(session, clock), pauses)

    def as_of(self, moment: datetime) -> Expressions:
        """The same with another present: what was said then is said again, with the rules and days of today."""
        return Expressions(FixedClock(moment), self.deadline_of_rule, self._lent, self._pauses)

    def value(self, text: str, data: Mapping[str, Any]) -> Any:
        """The value of an expression, as JSON; null when a part of it has no value."""
        return to_json(compile_expression(text).evaluate(self.names(data), self.functions))

    def names(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """What expressions see."""
        return {**data, "now": self._now(), "today": self._today()}

    def _now(self) -> datetime:
        return self._clock.now().astimezone(ZONE)

    def _today(self) -> date:
        return today(self._clock)

    def due(self, text: str, data: Mapping[str, Any], start: datetime, element: str) -> datetime:
        """The moment that a timer's text gives, counted from ``start``: ISO 8601 date or duration, or FEEL.

        Durations and ``deadline()`` do not count the case's pauses; a date is a date.
        """
        try:
            moment = self._moment_of(text, start)
            if moment is None:
                moment = self._moment_of(self.value(text, {**data, "timer_start": start.astimezone(ZONE)}), start)
        except FeelError as error:
            raise ModelFaultError(element, str(error)) from error
        if moment is None:
            raise ModelFaultError(element, f"无法得出到期时间：{text}")
        return moment

    def unpaused(self, start: datetime, moment: datetime) -> datetime:
        """A moment that was counted from ``start``, later by the case's pauses between."""
        return self._pauses().after(start, moment - start)

    def _moment_of(self, value: object, start: datetime) -> datetime | None:
        if not isinstance(value, str):
            return None
        text = value.strip().strip('"')
        if text.startswith("P"):
            moment = _after(text, start)
            return None if moment is None else self.unpaused(start, moment)
        return parse_moment(text) if text[:1].isdigit() else None

    def _deadline(self, code: object, *start: object) -> datetime:
        """FEEL's ``deadline("R-…"[, from])``. A start that is null is a fault, not the present."""
        moment = parse_moment(start[0]) if start else self._clock.now()
        if not isinstance(code, str) or moment is None:
            raise FeelError("deadline() takes a rule code and a moment")
        try:
            return self.deadline_of_rule(code, moment).due_at
        except (RuleNotFoundError, NotADurationError, ValueError) as error:
            raise FeelError(str(error)) from error

    def _share(self, code: object, start: object, percent: object, *due: object) -> datetime:
        """FEEL's ``deadline_share("R-…", from, 80[, due])``: when that share of the counted time has passed.

        Pauses of the case and of the rule do not count. ``due``: the end where it was said, not counted by the rule.
        """
        begun, said = parse_moment(start), parse_moment(due[0]) if due else None
        if not isinstance(code, str) or begun is None or not isinstance(percent, int | Decimal):
            raise FeelError("deadline_share() takes a rule code, a moment and a percentage")
        pauses = self._pauses(code)
        end = moved(said, begun, pauses) if said is not None else self._deadline(code, begun)
        return end if percent == 100 else pauses.after(begun, pauses.counted(begun, end) * float(percent) / 100)


def parse_moment(value: object) -> datetime | None:
    """A moment from what FEEL or JSON gives; text without a zone is local time."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.partition("@")[0])
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=ZONE)


def _after(text: str, start: datetime) -> datetime | None:
    """``start`` plus an ISO 8601 duration of weeks, days or less, or of months."""
    try:
        if text.startswith("P") and text.endswith("W"):
            return start + timedelta(weeks=int(text[1:-1]))
        result = compile_expression('s + duration("' + text + '")').evaluate({"s": start.astimezone(ZONE)})
    except (FeelError, ValueError):
        return None
    return parse_moment(result)
