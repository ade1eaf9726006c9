"""From a read model to SpiffWorkflow's specs, through our own classes only."""
# mypy: disallow-subclassing-any=False

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.parser import BpmnParser, TaskParser
from SpiffWorkflow.bpmn.parser import task_parsers as tasks
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.event_definitions import NoneEventDefinition, TerminateEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask

from engine import bpmn_activities as activities
from engine import bpmn_events as events
from engine import bpmn_iterations as iterations
from engine import bpmn_specs as specs
from engine.bpmn_events import Happening, Listener
from engine.bpmn_inclusive import InclusiveGateway
from engine.bpmn_loops import StandardLoop
from engine.event_model import EventKind, read_event
from engine.process_model import BPMN, ModelFile, ProcessModel, text_of

#: documentation of data that the engine keeps in its own way
IGNORED = ("ioSpecification", "dataOutputAssociation", "dataObject", "dataObjectReference",
           "dataStoreReference", "dataStore", "property")  # fmt: skip


class UncompilableModelError(Exception):
    """SpiffWorkflow cannot take the model; ``element_id`` and ``line`` where known."""

    def __init__(self, message: str, element_id: str | None = None, line: int | None = None) -> None:
        super().__init__(message)
        self.element_id, self.line = element_id, line


class _Plain:
    """What all our node parsers share: no data associations, our multi-instance classes, expressions without ``=``."""

    PARALLEL_MI_CLASS = iterations.ParallelMultiInstance
    SEQUENTIAL_MI_CLASS = iterations.SequentialMultiInstance
    STANDARD_LOOP_CLASS = StandardLoop
    node: Any
    spec: Any
    task: Any
    process_parser: Any

    @property
    def bpmn_attributes(self) -> dict[str, Any]:
        """Only what the engine needs of a node."""
        return {"description": self.node.get("id"), "bpmn_name": self.node.get("name")}

    def _add_boundary_event(self, children: list[Any]) -> Any:
        name = self.node.get("id")
        split = BoundaryEventSplit(self.spec, f"{name}.BoundaryEventSplit")
        join = specs.BoundaryJoin(self.spec, f"{name}.BoundaryEventJoin", split_task=split.name, cancel=True)
        split.connect(self.task)
        self.task.connect(join)
        for event in children:
            child = self.process_parser.parse_node(event)
            split.connect(child)
            child.connect(join)
        return split

    def parse_condition(self, sequence_flow: Any) -> str | None:
        """The FEEL text of a flow's condition."""
        expression = sequence_flow.find(f"{{{BPMN}}}conditionExpression")
        return None if expression is None else text_of(expression)

    def parse_event(self) -> Any:
        """What an event waits for or throws, as we see it."""
        if self.node.find(f"{{{BPMN}}}terminateEventDefinition") is not None:
            return TerminateEventDefinition()
        event = read_event(self.node)
        if event is None:
            return NoneEventDefinition()
        if event.kind is EventKind.TIMER:
            definition = self.node.find(f"{{{BPMN}}}timerEventDefinition")
            return Happening(event, next((text_of(child) for child in definition if "}time" in str(child.tag)), ""))
        return Happening(event)


class _Activity(_Plain, TaskParser):
    pass


class _SubProcess(_Plain, tasks.SubWorkflowParser):
    def create_task(self) -> Any:
        """Embedded, or started by an event."""
        if self.node.get("triggeredByEvent") == "true":
            self.spec_class = activities.EventSubProcess
        return super().create_task()


class _Call(_Plain, tasks.CallActivityParser):
    pass


class _Gateway(_Plain, tasks.GatewayParser):
    pass


class _ConditionalGateway(_Plain, tasks.ConditionalGatewayParser):
    pass


class _Event(_Plain, TaskParser):
    def create_task(self) -> Any:
        """The event with its definition."""
        return self.spec_class(self.spec, self.bpmn_id, event_definition=self.parse_event(), **self.bpmn_attributes)


class _Start(_Event):
    def create_task(self) -> Any:
        """The event, behind the process's own beginning."""
        task = super().create_task()
        self.spec.start.connect(task)
        return task


class _End(_Event):
    def create_task(self) -> Any:
        """The event, before the process's own end."""
        task = super().create_task()
        task.connect(self.spec.end)
        return task


class _Boundary(_Plain, TaskParser):
    def create_task(self) -> Any:
        """The event, told whether it interrupts."""
        interrupting = self.node.get("cancelActivity", "true") != "false"
        definition = self.parse_event()
        return self.spec_class(self.spec, self.bpmn_id, definition, interrupting, **self.bpmn_attributes)


class _Process(ProcessParser):
    def create_spec(self) -> specs.ProcessSpec:
        """A spec of ours."""
        return specs.ProcessSpec(self.bpmn_id)

    def add_tasks(self) -> None:
        """What follows from the start events, and the event sub-processes."""
        for node in self.xpath("./bpmn:startEvent"):
            self.parse_node(node)
        for node in self.xpath("./bpmn:subProcess[@triggeredByEvent='true']"):
            target = self.parse_node(node)
            target.connect(self.spec.end)
            inner = self.parser.process_parsers[target.spec].get_spec()
            interrupting = node.find(f"{{{BPMN}}}startEvent").get("isInterrupting", "true") != "false"
            self.spec.start.connect(Listener(self.spec, target, inner.start.outputs[0], interrupting=interrupting))


class _Parser(BpmnParser):
    PROCESS_PARSER_CLASS = _Process
    PARSER_CLASSES = {
        f"{{{BPMN}}}{tag}": pair
        for tag, pair in {
            "startEvent": (_Start, events.StartEvent),
            "endEvent": (_End, specs.EndEvent),
            "intermediateCatchEvent": (_Event, events.CatchEvent),
            "intermediateThrowEvent": (_Event, events.ThrowEvent),
            "boundaryEvent": (_Boundary, events.BoundaryEvent),
            "sendTask": (_Event, events.SendTask),
            "receiveTask": (_Event, events.ReceiveTask),
            "userTask": (_Activity, activities.UserTask),
            "task": (_Activity, activities.PassThroughTask),
            "manualTask": (_Activity, activities.PassThroughTask),
            "serviceTask": (_Activity, activities.ServiceTask),
            "businessRuleTask": (_Activity, activities.RuleTask),
            "subProcess": (_SubProcess, activities.SubProcess),
            "callActivity": (_Call, activities.CallActivity),
            "exclusiveGateway": (_ConditionalGateway, specs.ExclusiveGateway),
            "parallelGateway": (_Gateway, specs.ParallelGateway),
            "inclusiveGateway": (_ConditionalGateway, InclusiveGateway),
            "eventBasedGateway": (_Gateway, events.EventGateway),
        }.items()
    }

    def add_bpmn_xml(self, bpmn: Any, filename: str | None = None) -> None:
        """Take a tree; lanes, positions and what events refer to are none of SpiffWorkflow's business."""
        self._add_processes(bpmn, filename)


@dataclass(frozen=True)
class Compiled:
    """A process ready to run, with the processes it calls. Shared, never changed."""

    key: str
    spec: Any
    subprocess_specs: Mapping[str, Any]
    models: Mapping[str, ProcessModel]
    has_conditions: bool  # conditional events, to be looked at in every step


def compile_process(
    model: ProcessModel, file: ModelFile, called: Mapping[str, tuple[ProcessModel, ModelFile]]
) -> Compiled:
    """Compile a process and those it calls. Raises UncompilableModelError."""
    parser = _Parser()
    try:
        for tree in [file.tree, *(f.tree for _m, f in called.values())]:
            parser.add_bpmn_xml(_without_data(tree))
        spec = parser.get_spec(model.key)
        subprocess_specs = parser.get_subprocess_specs(model.key)
    except ValidationException as error:
        raise UncompilableModelError(str(error), error.tag and error.id, error.line_number or None) from None
    except RecursionError:
        raise UncompilableModelError("the model is too deep", model.key, model.line) from None
    for one in (spec, *subprocess_specs.values()):
        _connect_iterations(one)
    models = {model.key: model, **{key: m for key, (m, _f) in called.items()}}
    events = [element.event for one in models.values() for element in one.elements.values()]
    has_conditions = any(event is not None and event.kind is EventKind.CONDITION for event in events)
    return Compiled(model.key, spec, subprocess_specs, models, has_conditions)


def _without_data(tree: Any) -> Any:
    copy = deepcopy(tree)
    for name in IGNORED:
        for node in list(copy.iter(f"{{{BPMN}}}{name}")):
            node.getparent().remove(node)
    return copy


def _connect_iterations(spec: Any) -> None:
    """A multi-instance spec hears of its instances' completion from the start, so that a loaded instance does, too."""
    for task_spec in spec.task_specs.values():
        if isinstance(task_spec, LoopTask):
            spec.task_specs[task_spec.task_spec].completed_event.connect(task_spec.merge_child)
