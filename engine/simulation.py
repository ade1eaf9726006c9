"""Running a model in memory: no database, no forms; answers from a file or empty, timers at once, by their due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any

from engine.bpmn import Compiled, Execution, Waiting
from engine.decisions import decided
from engine.errors import ModelFaultError
from engine.event_model import EventKind
from engine.expressions import Expressions, Functions, parse_moment
from engine.model_xml import UnreadableModelError
from engine.neighbours import ModelRefusedError, compiled_with_neighbours
from engine.rounds import due_round
from engine.vocabulary import SUPPLIED
from feel.dmn import DecisionModel, parse_decisions
from feel.errors import FeelError
from forms.functions import distance_m
from records.clock import FixedClock
from records.deadlines import Deadline

ROUNDS = 500
SECONDS = 4  # of processor time
BEGIN = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


class _Surroundings:
    """What a simulated model asks: services answer from the file, decisions from the tables at hand."""

    def __init__(self, answers: Mapping[str, Any], decisions: Mapping[str, DecisionModel], clock: FixedClock) -> None:
        self.answers, self.decisions, self.clock = answers, decisions, clock
        self.last = process_time() + SECONDS
        functions: Functions = {
            "distance_m": distance_m,
            "working_days_between": _days_between,
            "deadline": self._deadline,
        }
        self.expressions = Expressions(clock, _a_day_later, functions)

    def _deadline(self, code: object, start: object = None) -> datetime:
        return (parse_moment(start) or self.clock.now()) + timedelta(days=1)

    def evaluate(self, expression: str, data: Mapping[str, Any]) -> Any:
        """The value of a FEEL expression."""
        if process_time() > self.last:  # every round passes a decision
            raise ModelFaultError(expression[:80], f"模拟超过 {SECONDS} 秒")
        return self.expressions.value(expression, data)

    def run_service(self, process_key: str, element_id: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the file says the service gives."""
        return self.answers_of(element_id)

    def decide(self, process_key: str, element_id: str, data: Mapping[str, Any]) -> Any:
        """The decision, when its table is at hand; else what the file says."""
        if element_id not in self.decisions or element_id in self.answers:
            return self.answers.get(element_id)
        names = self.expressions.names(data)
        return decided(self.decisions[element_id], element_id, names, self.expressions.functions)

    def answers_of(self, element_id: str) -> dict[str, Any]:
        """The file's answers for an element; empty for none."""
        given = self.answers.get(element_id)
        return dict(given) if isinstance(given, Mapping) else {}


def _a_day_later(code: str, start: datetime) -> Deadline:
    return Deadline(code, 1, "d", "", start, start + timedelta(days=1), "")


def _days_between(start: object, end: object) -> int:
    return 0


def simulate(content: bytes, answers: Mapping[str, Any] | None = None, *, beside: Path | None = None) -> dict[str, Any]:
    """How a run of the model ends: completed, waiting (``on`` what) or incident (``why``), and what was ``passed``.

    ``beside`` is a folder whose models and tables may be called and asked. Never raises, never runs for ever.
    """
    try:
        compiled = compiled_with_neighbours(content, beside)
    except ModelRefusedError as error:
        first = error.findings[0]
        return {"state": "incident", "on": first.element or None, "why": first.en, "passed": []}
    except UnreadableModelError as error:
        return {"state": "incident", "why": error.en, "passed": []}
    clock = FixedClock(BEGIN)
    host = _Surroundings(answers or {}, _decisions(beside), clock)
    return _Run(compiled, host, clock).outcome()


class _Run:
    """One simulated instance."""

    def __init__(self, compiled: Compiled, host: _Surroundings, clock: FixedClock) -> None:
        self.compiled, self.host, self.clock = compiled, host, clock
        self.execution: Execution | None = None
        self.armed: dict[str, datetime] = {}
        self.delivered: set[str] = set()

    def outcome(self) -> dict[str, Any]:
        """Run to the end, to a stop, or to a fault."""
        try:
            state = self._run()
        except ModelFaultError as fault:
            return self._told("incident", fault.element, str(fault))
        except FeelError as error:
            return self._told("incident", None, str(error))
        return state

    def _run(self) -> dict[str, Any]:
        start = self.compiled.models[self.compiled.key].start_event()
        begun = {} if start is None else {start.id: self.host.answers_of(start.id)}
        case = {"id": "simulated", "no": "模-000000-20260105-001", "is_drill": True}
        given = self.host.answers.get("case")
        data = {"case": {**case, **(given if isinstance(given, Mapping) else {})}, **begun}
        self.execution = Execution.prepare(self.compiled, data, self.host)
        self.execution.begin()
        for _ in range(ROUNDS):
            if process_time() > self.host.last:
                break
            if self.execution.is_completed:
                return self._told("completed", None, None)
            if not self._move(self.execution):
                return self._told("waiting", self.execution.places(), None)
        return self._told("waiting", self.execution.places(), f"stopped after {ROUNDS} steps or {SECONDS} seconds")

    def _move(self, execution: Execution) -> bool:
        self._arm(execution)
        answered = self._answered(execution)
        if answered is not None:
            execution.deliver(answered.execution_id, self.host.answers[answered.element_id])
            return True
        tasks = execution.user_tasks()
        if tasks:
            task = tasks[0]
            execution.complete(task.execution_id, self.host.answers_of(task.element_id))
            return True
        timers = sorted(execution.timers(), key=lambda t: self.armed[t.execution_id])
        if timers:
            self.clock.move_to(max(self.clock.now(), self.armed[timers[0].execution_id]))
            execution.fire(timers[0].execution_id)
            return True
        return False

    def _answered(self, execution: Execution) -> Waiting | None:
        """A message or signal that the file gives a payload for; each once."""
        for waiting in execution.subscriptions():
            is_external = waiting.event is not None and waiting.event.kind is not EventKind.CONDITION
            if is_external and waiting.element_id in self.host.answers and waiting.execution_id not in self.delivered:
                self.delivered.add(waiting.execution_id)
                return waiting
        return None

    def _arm(self, execution: Execution) -> None:
        for timer in execution.timers():
            if timer.execution_id not in self.armed:
                self.armed[timer.execution_id] = self._due(timer)

    def _due(self, timer: Waiting) -> datetime:
        return due_round(self.host.expressions, timer, self.clock.now())

    def _told(self, state: str, on: object, why: str | None) -> dict[str, Any]:
        passed = [] if self.execution is None else self.execution.passed
        models = self.compiled.models
        elements = [p.element_id for p in passed if p.element_id in models[p.process_key].elements]
        elements = [element_id for element_id in elements if not element_id.startswith(SUPPLIED)]
        told: dict[str, Any] = {"state": state, "passed": elements}
        if self.execution is not None and self.execution.end_element is not None:
            told["end"] = self.execution.end_element
        return told | {key: value for key, value in (("on", on), ("why", why)) if value}


def _decisions(beside: Path | None) -> dict[str, DecisionModel]:
    found: dict[str, DecisionModel] = {}
    for path in sorted(beside.glob("*.dmn")) if beside is not None else ():
        try:
            model = parse_decisions(path.read_bytes())
        except FeelError:
            continue
        found |= dict.fromkeys(model.decisions, model)
    return found
