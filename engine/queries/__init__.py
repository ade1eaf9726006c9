"""The read side: rows for screens, inside the actor's jurisdiction, at a bounded number of SELECTs."""

from engine.queries.cases import CaseDetail, CaseFilter, CaseRow, all_cases, case, cases
from engine.queries.definitions import Startable, process_names, startable
from engine.queries.diagrams import diagram
from engine.queries.inbox import (
    DueWindow,
    FollowUp,
    InboxCounts,
    InboxFilter,
    InboxView,
    StepChoice,
    inbox,
    inbox_counts,
    inbox_steps,
    own_counts,
    substitute_count,
)
from engine.queries.inbox_rows import InboxRow
from engine.queries.sides import SideRow, main_answers, side_task, side_tasks
from engine.queries.tasks import (
    TaskDetail,
    TaskForm,
    confirms_identity,
    earlier_answers,
    returns,
    task_form,
    user_task,
)
from engine.queries.timeline import RecordRow, TimelineEntry

__all__ = [
    "CaseDetail",
    "CaseFilter",
    "CaseRow",
    "DueWindow",
    "FollowUp",
    "InboxCounts",
    "InboxFilter",
    "InboxRow",
    "InboxView",
    "RecordRow",
    "SideRow",
    "Startable",
    "StepChoice",
    "TaskDetail",
    "TaskForm",
    "TimelineEntry",
    "all_cases",
    "case",
    "cases",
    "confirms_identity",
    "diagram",
    "earlier_answers",
    "inbox",
    "inbox_counts",
    "inbox_steps",
    "main_answers",
    "own_counts",
    "process_names",
    "returns",
    "side_task",
    "side_tasks",
    "startable",
    "substitute_count",
    "task_form",
    "user_task",
]
