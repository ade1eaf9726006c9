"""Decision models: decisions, what they require, and their evaluation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from feel.dmn_kinds import KindReader, type_of
from feel.dmn_parse import BoxReader, Problem, names_in, typed
from feel.dmn_run import Box, DecisionRun, FunctionBox
from feel.dmn_table import TableBox
from feel.dmn_xml import Element, read_xml
from feel.errors import DecisionModelError, DecisionUnknownError, FeelFaultError, FeelLimitError
from feel.functions import ArgumentNames, Arguments, Function, bind, fit
from feel.kinds import ANY, Kind, coerce
from feel.scope import HostFunctions, Run, Scope
from feel.values import kind_of

_REQUIREMENT_DEPTH = 60


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision: what it reads, what it answers."""

    id: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    requires: tuple[str, ...]
    box: Box
    line: int | None = None


@dataclass(frozen=True, slots=True)
class DecisionService:
    """Some decisions behind one name."""

    id: str
    name: str
    output_ids: tuple[str, ...]
    parameters: tuple[tuple[str, Kind], ...]
    kind: Kind


@dataclass(frozen=True, slots=True)
class DecisionResult:
    """What a decision answered, and by which rules."""

    value: object
    matched_rules: list[str]
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DecisionModel:
    """A decision model, read once and evaluated often."""

    decisions: dict[str, Decision]
    services: dict[str, DecisionService]
    functions: dict[str, FunctionBox]
    inputs: dict[str, Kind]
    kinds: dict[str, Kind]

    def evaluate(
        self,
        decision_id: str,
        context: Mapping[str, object],
        functions: HostFunctions | None = None,
        *,
        strict: bool = True,
    ) -> DecisionResult:
        """Evaluate a decision and everything it requires."""
        run = DecisionRun(functions, self.kinds, strict=strict)
        value = _guarded(lambda: _Evaluation(self, context, run).decide(decision_id))
        return DecisionResult(value, run.matched.get(decision_id, []), run.warnings)

    def evaluate_service(
        self, service_id: str, context: Mapping[str, object], functions: HostFunctions | None = None
    ) -> object:
        """Evaluate a decision service, its parameters taken from the context by name."""
        service = self.services.get(service_id)
        if service is None:
            raise DecisionUnknownError(service_id)
        run = DecisionRun(functions, self.kinds, strict=False)
        names = [name for name, _ in service.parameters if name in context]
        function = _ServiceFunction(service, self, context)
        try:
            return _guarded(lambda: function.invoke([context[name] for name in names], tuple(names), run))
        except FeelFaultError:
            return None


def _guarded(code: Callable[[], object]) -> object:
    try:
        return code()
    except (RecursionError, MemoryError) as error:
        raise FeelLimitError("nested decisions", _REQUIREMENT_DEPTH) from error


class _Evaluation:
    """One evaluation of a model over one context."""

    def __init__(self, model: DecisionModel, context: Mapping[str, object], run: Run) -> None:
        self.model = model
        self.run = run
        self.results: dict[str, object] = {}
        values = {
            name: self._input(name, context[name], kind) for name, kind in model.inputs.items() if name in context
        }
        self.known: dict[str, object] = {**context, **values}
        self.given = frozenset(context)
        self.scope = Scope(self.known, None, run)
        for name, box in model.functions.items():
            self.known[name] = box.compute(self.scope)
        for service in model.services.values():
            self.known[service.name] = _ServiceFunction(service, model, context)

    def _input(self, name: str, value: object, kind: Kind) -> object:
        fitted = coerce(value, kind, self.run.kinds)
        if fitted is None and value is not None:
            self.run.warn(f"{name!r} is a {kind_of(value)}, not a {kind.name}")
        return fitted

    def decide(self, decision_id: str, depth: int = 0) -> object:
        """Evaluate a decision after those it requires, each once."""
        decision = self.model.decisions.get(decision_id)
        if decision is None:
            raise DecisionUnknownError(decision_id)
        if decision_id in self.results:
            return self.results[decision_id]
        if depth > _REQUIREMENT_DEPTH:
            raise FeelLimitError("required decisions", _REQUIREMENT_DEPTH)
        required: dict[str, object] = {}
        for other_id in decision.requires:
            other = self.model.decisions[other_id]
            if other.name not in self.given:
                required[other.name] = self.decide(other_id, depth + 1)
        value = decision.box.evaluate(self.scope.inner(required))
        self.results[decision_id] = value
        return value


class _ServiceFunction(Function):
    """A decision service as a function."""

    def __init__(self, service: DecisionService, model: DecisionModel, context: Mapping[str, object]) -> None:
        self.service = service
        self.model = model
        self.context = context
        self.parameter_kinds = tuple(kind for _, kind in service.parameters)
        self.result_kind = service.kind

    def invoke(self, arguments: Arguments, names: ArgumentNames, run: Run) -> object:
        """Evaluate the output decisions with the arguments in place of inputs and input decisions."""
        values = bind([name for name, _ in self.service.parameters], arguments, names)
        given = {
            name: fit(value, kind, run) for (name, kind), value in zip(self.service.parameters, values, strict=True)
        }
        run.spend(100)
        evaluation = _Evaluation(self.model, given, run)
        outputs = {self.model.decisions[i].name: evaluation.decide(i) for i in self.service.output_ids}
        value = next(iter(outputs.values())) if len(outputs) == 1 else dict(outputs)
        return coerce(value, self.service.kind, self.model.kinds)


class ModelReader:
    """Reads a whole model; what cannot be read is noted, not raised."""

    def __init__(self, definitions: Element) -> None:
        """Prepare the names and types."""
        self.definitions = definitions
        self.boxes = BoxReader(names_in(definitions))
        self.ids = {e.id: e.get("name") or e.id for e in definitions.descendants() if e.id}

    @property
    def problems(self) -> list[Problem]:
        """What could not be read."""
        return self.boxes.problems

    def read(self) -> DecisionModel:
        """Read everything."""
        for imported in self.definitions.children("import"):
            self.boxes.problem("import", imported, "models cannot import others")
        kinds = KindReader(self.definitions, self.boxes.tests).read()
        inputs = {e.get("name") or "": type_of(e.child("variable")) for e in self.definitions.children("inputData")}
        functions = dict(map(self._knowledge, self.definitions.children("businessKnowledgeModel")))
        decisions = [self._decision(e) for e in self.definitions.children("decision")]
        services = [self._service(e) for e in self.definitions.children("decisionService")]
        model = DecisionModel(
            {decision.id: decision for decision in decisions},
            {service.id: service for service in services},
            functions,
            inputs,
            kinds,
        )
        self._check_requirements(model)
        return model

    def _references(self, element: Element, *path: str) -> tuple[str, ...]:
        found: list[str] = []
        for step in element.children(path[0]):
            target = step.child(path[1]) if len(path) > 1 else step
            reference = None if target is None else target.get("href")
            if reference:
                found.append(reference.rpartition("#")[2])
        return tuple(found)

    def _decision(self, element: Element) -> Decision:
        name = element.get("name") or element.id or ""
        decision_id = element.id or name
        box = typed(self.boxes.box_in(element, decision_id), type_of(element.child("variable")))
        inner = box.entries[0][1] if box is not None and hasattr(box, "entries") and box.entries else box
        outputs = tuple(o.name for o in inner.outputs if o.name) if isinstance(inner, TableBox) else ()
        requires = self._references(element, "informationRequirement", "requiredDecision")
        known = {self.ids.get(i, i) for i in requires} | {
            self.ids.get(i, i) for i in self._references(element, "knowledgeRequirement", "requiredKnowledge")
        }
        declared = [self.ids.get(i, i) for i in self._references(element, "informationRequirement", "requiredInput")]
        read = sorted({n for expression in box.expressions() for n in expression.names} - known - set(declared))
        return Decision(decision_id, name, (*declared, *read), outputs or (name,), requires, box, element.line)

    def _knowledge(self, element: Element) -> tuple[str, FunctionBox]:
        name = element.get("name") or ""
        logic = element.child("encapsulatedLogic")
        box = self.boxes.function(logic, element.id or name) if logic is not None else None
        if not isinstance(box, FunctionBox):
            return name, FunctionBox(id=element.id or "", parameters=(), body=self.boxes.box_in(None, name))
        kind = type_of(element.child("variable"))
        body = typed(box.body, kind) if kind is not ANY else box.body
        return name, FunctionBox(id=element.id or "", parameters=box.parameters, body=body, feel=box.feel)

    def _service(self, element: Element) -> DecisionService:
        name = element.get("name") or element.id or ""
        inputs = self._references(element, "inputData") + self._references(element, "inputDecision")
        variables = {e.id: type_of(e.child("variable")) for e in self.definitions.children("inputData", "decision")}
        parameters = tuple((self.ids.get(i) or i, variables.get(i, ANY)) for i in inputs)
        outputs = self._references(element, "outputDecision")
        return DecisionService(element.id or name, name, outputs, parameters, type_of(element.child("variable")))

    def _check_requirements(self, model: DecisionModel) -> None:
        lines = {e.id: e for e in self.definitions.children("decision")}
        for decision in model.decisions.values():
            element = lines.get(decision.id, self.definitions)
            if any(other not in model.decisions for other in decision.requires):
                self.boxes.problem("requirement", element, f"{decision.name!r} requires a decision that is not there")
            elif _reaches(model, decision.id, decision.id):
                self.boxes.problem("requirement-cycle", element, f"{decision.name!r} requires itself")


def _reaches(model: DecisionModel, start: str, goal: str) -> bool:
    waiting, seen = [*model.decisions[start].requires], set[str]()
    while waiting:
        decision_id = waiting.pop()
        if decision_id == goal:
            return True
        if decision_id not in seen and decision_id in model.decisions:
            seen.add(decision_id)
            waiting.extend(model.decisions[decision_id].requires)
    return False


def read_model(xml: bytes) -> tuple[DecisionModel, list[Problem]]:
    """Read a model and say what could not be read in it."""
    reader = ModelReader(read_xml(xml))
    model = reader.read()
    return model, reader.problems


def parse_decisions(xml: bytes) -> DecisionModel:
    """Read a model; raises DecisionModelError for the first thing that cannot be read."""
    model, problems = read_model(xml)
    for problem in problems:
        raise DecisionModelError(problem.message, problem.element_id, problem.line)
    return model
