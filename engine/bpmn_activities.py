"""Activities: SpiffWorkflow's, with scopes for task data and our services and decisions for Python."""
# mypy: disallow-subclassing-any=False

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask

from engine.bpmn_events import throw_error
from engine.bpmn_scopes import close_scope, open_scope, process_of, put, view
from engine.errors import ModelFaultError
from engine.process import ProcessError

NESTING_LIMIT = 20


class PassThroughTask(defaults.NoneTask):
    """A plain or manual task: nothing for the engine to do."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.manual = False


class UserTask(defaults.UserTask):
    """Work for a person; completed by ``Execution.complete``."""


class ServiceTask(PassThroughTask):
    """A function of the process, run inside the step or waited for. A ProcessError becomes a BPMN error."""

    def _run_hook(self, my_task: Any) -> bool | None:
        host = my_task.workflow.script_engine.host
        try:
            result = host.run_service(process_of(my_task), self.bpmn_id, view(my_task))
        except ProcessError as error:
            throw_error(my_task, error.code)
            return None
        if result is None:
            return None
        put(my_task, result)
        return True


class RuleTask(PassThroughTask):
    """A decision table."""

    def _run_hook(self, my_task: Any) -> bool:
        host = my_task.workflow.script_engine.host
        put(my_task, host.decide(process_of(my_task), self.bpmn_id, view(my_task)))
        return True


class _Nested(SubWorkflowTask):
    """Sub-processes and calls carry no data through tasks; scopes do that."""

    has_own_scope = False

    def copy_data(self, my_task: Any, subworkflow: Any) -> None:
        if subworkflow.depth > NESTING_LIMIT:
            raise ModelFaultError(my_task.task_spec.bpmn_id, f"嵌套超过 {NESTING_LIMIT} 层")

    def update_data(self, my_task: Any, subworkflow: Any) -> None:
        pass


class SubProcess(_Nested, defaults.SubWorkflowTask):
    """An embedded sub-process; shares the scope of its surroundings."""


class EventSubProcess(SubProcess):
    """A sub-process that an event starts; what it leaves stands in the scope around it when it ends."""

    has_own_scope = True

    def update_data(self, my_task: Any, subworkflow: Any) -> None:
        """What it produced is seen outside from now on."""
        for name, value in close_scope(my_task).items():
            put(my_task, value, name)


class CallActivity(_Nested, defaults.CallActivity):
    """A called process: sees the caller's data, returns its own under the call's id."""

    has_own_scope = True

    def copy_data(self, my_task: Any, subworkflow: Any) -> None:
        """A scope for the called process."""
        super().copy_data(my_task, subworkflow)
        open_scope(my_task, {})

    def update_data(self, my_task: Any, subworkflow: Any) -> None:
        """What the called process produced stands under the call."""
        put(my_task, dict(close_scope(my_task)))
