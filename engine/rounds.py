"""The rounds of timers: when the next is due, and whether there is one."""

from __future__ import annotations

import re
from datetime import datetime

from engine.bpmn import Again, Waiting
from engine.cycles import Cycle, CycleError, cycle_of
from engine.errors import ModelFaultError
from engine.expressions import Expressions, parse_moment
from feel.errors import FeelError

CYCLE_TEXT = re.compile(r'"R(?!-)')  # in an expression; a rule's code is R-…


def due_round(expressions: Expressions, timer: Waiting, armed_at: datetime) -> datetime:
    """When a timer is due next: its only time, or the round after those that are spent."""
    begun = _begun(timer, armed_at)
    cycle = _cycle(expressions.as_of(begun), timer)
    if cycle is None:
        return expressions.as_of(begun).due(timer.timer or "", timer.data, begun, timer.element_id)
    moment = cycle.due(timer.rounds + 1, begun)
    return moment if cycle.first is not None else expressions.unpaused(begun, moment)


def next_round(expressions: Expressions, timer: Waiting, armed_at: datetime, now: datetime) -> Again | None:
    """What comes after a round that fires now; None when nothing does. Rounds missed meanwhile are spent with it."""
    begun = _begun(timer, armed_at)
    cycle = _cycle(expressions.as_of(begun), timer)
    if cycle is None:
        return None
    number = cycle.next_after(timer.rounds, begun, now)
    return None if cycle.is_over(number) else Again(number - 1, begun.isoformat())


def _begun(timer: Waiting, armed_at: datetime) -> datetime:
    return parse_moment(timer.begun) or armed_at


def _cycle(expressions: Expressions, timer: Waiting) -> Cycle | None:
    """The cycle as it was said when the timer began, so that its rounds stay where they were."""
    text = (timer.timer or "").strip()
    try:
        if text[:1] == "P" or text[:1].isdigit():
            return None
        found = cycle_of(text)
        if found is None and CYCLE_TEXT.search(text):
            value = expressions.value(text, timer.data)
            found = cycle_of(value) if isinstance(value, str) else None
    except CycleError as error:
        raise ModelFaultError(timer.element_id, error.zh) from error
    except FeelError:  # said when its time is asked for
        return None
    return found
