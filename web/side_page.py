"""The page of a side task: what is asked, what it is about, and the answer."""

from __future__ import annotations

from flask import render_template

from engine import queries
from engine.model import TaskKind
from forms.printing import Section, printed
from web.errors import sentence_of
from web.parts import parts
from web.permissions import actor


def side_page(user_task_id: str) -> str:
    """The page. Whoever co-signs reads what was filled in so far. Raises NotFoundError."""
    here, who = parts(), actor()
    with here.database.reading() as session:
        side = queries.side_task(session, user_task_id, who)
        task = queries.user_task(session, user_task_id, who, clock=here.clock)
        read: list[Section] = []
        if side.kind is TaskKind.COSIGN and not who.is_business:
            main = queries.main_answers(session, side, who, clock=here.clock)
            read = printed(main.form, main.answers, main.context) if main.answers else []
        case = queries.case(session, task.process_instance_id, who, clock=here.clock)
        refusal = sentence_of(task.refusal) if task.refusal else ""
        return render_template("tasks/side.html", task=task, side=side, read=read, case=case, page_refusal=refusal)
