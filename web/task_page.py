"""What the page of a user task shows: the task, the facts needed to decide, the form, who could take it over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from engine import queries
from engine.model import UserTask, UserTaskState
from engine.queries.names import user_names
from engine.suitability import Suitable, suitable_people
from forms.printing import Section, printed
from forms.view import view
from forms.views import FormView
from records.errors import NotFoundError
from records.establishment_page import EstablishmentDetail, establishment_detail
from records.people import Actor, RoleCode
from records.submissions import Draft, Submission
from web.drafts import draft_of
from web.errors import sentence_of
from web.labels import choices as labelled
from web.parts import Parts

#: roles that nobody asks for information
UNASKED = frozenset({RoleCode.BUSINESS.value, RoleCode.ADMINISTRATOR.value, RoleCode.AUDITOR.value, "OPS"})
Errors = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class TaskPage:
    """Everything on the page but its tabs."""

    task: queries.TaskDetail
    process_name: str
    basis: str
    place: EstablishmentDetail | None
    draft: Draft | None
    refusal: str = ""
    view: FormView | None = None
    answered: list[Section] = field(default_factory=list)
    submission: Submission | None = None
    may_ask: bool = False
    may_ask_business: bool = False
    roles: list[tuple[str, str]] = field(default_factory=list)  # that may be asked
    takers: list[Suitable] = field(default_factory=list)
    returns: list[UserTask] = field(default_factory=list)
    return_names: dict[str, str] = field(default_factory=dict)  # who did them
    may_withdraw: bool = False
    is_again: bool = False  # begins with what was answered the last time


def task_page(
    session: Session,
    here: Parts,
    actor: Actor,
    user_task_id: str,
    answers: Mapping[str, Any] | None = None,
    errors: Errors | None = None,
) -> TaskPage:
    """The page of one task; with ``answers`` that were refused, or else the actor's draft. Raises NotFoundError."""
    task = queries.user_task(session, user_task_id, actor, clock=here.clock)
    asked = queries.task_form(session, user_task_id, actor, clock=here.clock)
    shown: dict[str, Any] = {}
    returns = asked.returns if task.may_complete else []
    if task.may_complete:
        shown["view"] = view(asked.form, asked.context, asked.answers if answers is None else answers, errors)
    elif asked.submission is not None:
        shown |= {
            "submission": asked.submission,
            "answered": printed(asked.form, asked.submission.answers, asked.context),
        }
    if task.may_assign or task.may_delegate:
        separate = asked.form.properties.separate_from
        shown["takers"] = suitable_people(session, here.clock, actor, [asked.task], separate)
    return TaskPage(
        task=task,
        process_name=queries.process_names(session).get(task.process_key, task.process_key),
        basis=asked.form.properties.basis or "",
        place=_place(session, here, actor, task.establishment_id),
        draft=asked.draft if task.state is UserTaskState.OPEN else draft_of(session, user_task_id, actor),
        refusal=sentence_of(task.refusal) if task.refusal else "",
        returns=returns,
        may_ask=task.may_ask,
        roles=[pair for pair in labelled("role") if pair[0] not in UNASKED] if task.may_ask else [],
        may_ask_business=task.may_ask and task.establishment_id is not None,
        return_names=user_names(session, (one.completed_by for one in returns)),
        may_withdraw=asked.may_withdraw,
        is_again=asked.draft is None and task.reopens_id is not None,
        **shown,
    )


def _place(session: Session, here: Parts, actor: Actor, establishment_id: str | None) -> EstablishmentDetail | None:
    if establishment_id is None:
        return None
    try:
        return establishment_detail(session, actor, establishment_id, here.clock)
    except NotFoundError:
        return None
