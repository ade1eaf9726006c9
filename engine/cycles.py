"""Cycle timers, ``R[n]/[first/]duration`` of ISO 8601: when a round is due, and which is next after a standstill."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from feel import compile_expression
from feel.errors import FeelError
from records.clock import ZONE

PATTERN = re.compile(r"^R(\d*)/(?:([^/P][^/]*)/)?(P[^/]+)$")
BEGIN = datetime(2026, 1, 1, tzinfo=ZONE)
SHORTEST = timedelta(seconds=1)
MONTHS_LIMIT = 100_000


class CycleError(ValueError):
    """The cycle cannot be understood; ``zh`` says so in Chinese."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh


@dataclass(frozen=True)
class Cycle:
    """How often (None: for ever), first when (None: one step after the timer was armed), and how far apart."""

    count: int | None
    first: datetime | None
    step: str  # ISO 8601 duration

    def due(self, number: int, begun: datetime) -> datetime:
        """When a round (from 1) is due for a timer armed at ``begun``."""
        if self.first is not None:
            return _later(self.first, self.step, number - 1)
        return _later(begun, self.step, number)

    def next_after(self, spent: int, begun: datetime, now: datetime) -> int:
        """The first round after ``spent`` ones that is still to come; the missed ones between count as one."""
        number = spent + 1
        length = self.due(number + 1, begun) - self.due(number, begun)
        if length.days < 28:  # not months, whose length varies
            number += max(0, (now - self.due(number, begun)) // length)
        while self.due(number, begun) <= now:
            number += 1
        return number

    def is_over(self, number: int) -> bool:
        """True when there is no such round."""
        return self.count is not None and number > self.count


def cycle_of(text: str) -> Cycle | None:
    """The cycle that a timer's text gives; None when it is none. Raises CycleError."""
    text = re.sub(r'^"([^"]*)"$', r"\1", text.strip())
    if not re.match(r"^R\d*/", text):
        return None
    found = PATTERN.match(text)
    if found is None:
        raise CycleError("须为 R次数/时长", "R[count]/[first/]duration is needed")
    count, first, step = found.groups()
    cycle = Cycle(int(count) if count else None, _moment(first), step)
    if cycle.count == 0:
        raise CycleError("次数为零", "no round at all")
    if _later(BEGIN, step, 1) - BEGIN < SHORTEST:
        raise CycleError("间隔过短", "the rounds are too close")
    return cycle


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CycleError("起始时间有误", "the first moment cannot be read") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)


def _later(start: datetime, step: str, times: int) -> datetime:
    weeks = re.fullmatch(r"P(\d+)W", step)
    if weeks:
        return start + timedelta(weeks=int(weeks[1]) * times)
    try:
        text = f's + duration("{step}") * {times}'
        moment = compile_expression(text).evaluate({"s": start.astimezone(ZONE)})
    except FeelError as error:
        raise CycleError("时长有误", str(error)) from None
    if not isinstance(moment, datetime):
        raise CycleError("时长有误", "the duration cannot be read")
    return moment
