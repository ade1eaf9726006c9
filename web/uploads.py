"""From an uploaded file to evidence of a case: of the task it was taken for, or of one's own until a case begins."""

from __future__ import annotations

from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from engine import policy
from engine.guards import require_active
from engine.model import ProcessInstance, UserTask
from records.attachments import Attachment, Belonging, receive
from records.base import Source
from records.errors import NotFoundError
from records.people import Actor, User
from records.store import Origin, Store
from web.parts import Parts


def keep_upload(session: Session, here: Parts, actor: Actor, file: FileStorage, user_task_id: str | None) -> Attachment:
    """Keep the file. Raises NotFoundError for a foreign task, and where the case is suspended or has ended."""
    belonging = _of_task(session, here, actor, user_task_id) if user_task_id else _of_person(session, actor)
    origin = Origin(Source.TASK, belonging.process_instance_id, belonging.user_task_id)
    return receive(
        Store(session, here.clock, actor, origin),
        here.blobs,
        file.stream,  # type: ignore[arg-type]
        file.filename or "",
        belonging,
        max_bytes=here.settings.max_upload_bytes,
    )


def _of_task(session: Session, here: Parts, actor: Actor, user_task_id: str) -> Belonging:
    task = session.get(UserTask, user_task_id)
    wanted = ("user_task.draft", "user_task.consult")  # for the form, or with a question
    if task is None or not any(policy.allowed(each, actor, task, session, here.clock) for each in wanted):
        raise NotFoundError
    require_active(session.get_one(ProcessInstance, task.process_instance_id))
    return Belonging(task.region_code, task.region_path, task.process_instance_id, task.id, task.establishment_id)


def _of_person(session: Session, actor: Actor) -> Belonging:
    user = session.get_one(User, actor.id)
    return Belonging(user.region_code, user.region_path, establishment_id=actor.establishment_id)
