"""Files and the records they prove: links written together, at the end of a submission."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from forms.context import FormContext
from records.attachments import AttachmentLink
from records.base import Fact
from records.store import Store

SUBMISSION = "submission"
Place = tuple[str, str, str]  # record type, record id, field


class Links:
    """Which files belong to which field of which record, as one submission says."""

    def __init__(self, store: Store, context: FormContext) -> None:
        self._store, self._context = store, context
        self._wanted: dict[Place, list[str]] = {}
        self._ended: set[tuple[str, str]] = set()

    def want(self, record: Fact | None, field: str, ids: list[str]) -> None:
        """These files, and no others, under this field of the record (of the submission when it feeds none)."""
        submission = self._store.origin.submission_id
        if record is not None:
            self._wanted[(record.__tablename__, record.id, field)] = ids
        elif submission is not None:
            self._wanted[(SUBMISSION, submission, field)] = ids

    def want_nothing(self, record: Fact) -> None:
        """No files under a record that ended."""
        self._ended.add((record.__tablename__, record.id))

    def flags(self, ids: Iterable[str]) -> set[str]:
        """What was noticed about these files: seen on another case, taken at another time."""
        attachments = self._context.attachments
        ids = list(ids)
        attachments.fetch(ids)
        return {flag for each in ids if (found := attachments.get(each)) for flag in found.flags or ()}

    def write(self, ids: Iterable[str]) -> None:
        """Write the links, and make the actor's loose uploads the case's."""
        self._adopt(ids)
        present = self._present()
        wanted = {(file, *place) for place, files in self._wanted.items() for file in files}
        session = self._store.session
        for key, link in present.items():
            if key not in wanted and (key[1:] in self._wanted or key[1:3] in self._ended):
                session.delete(link)
        for file, kind, record_id, field in sorted(wanted - set(present)):
            session.add(AttachmentLink(attachment_id=file, record_type=kind, record_id=record_id, field=field))

    def _present(self) -> dict[tuple[str, str, str, str], AttachmentLink]:
        records = {place[:2] for place in self._wanted} | self._ended
        if not records:
            return {}
        statement = select(AttachmentLink).where(AttachmentLink.record_id.in_(sorted(each for _, each in records)))
        return {
            (link.attachment_id, link.record_type, link.record_id, link.field): link
            for link in self._store.session.scalars(statement)
        }

    def _adopt(self, ids: Iterable[str]) -> None:
        case = self._context.process_instance_id
        for each in dict.fromkeys(ids):
            attachment = self._context.attachments.get(each)
            if case is None or attachment is None or attachment.process_instance_id is not None:
                continue
            belonging = {
                "process_instance_id": case,
                "user_task_id": attachment.user_task_id or self._store.origin.user_task_id,
                "establishment_id": attachment.establishment_id or self._context.establishment_id,
            }
            self._store.correct(attachment, belonging)
