"""Cases (process instances): list, one, ending one, remarks, the diagram, the journal."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import undefer

from engine import queries
from engine.model import InstanceState
from engine.queries.cases import find_case
from records.attachments import Attachment
from records.documents import Document
from records.errors import NotFoundError
from records.journal import JournalEntry, chain_of_case
from records.paging import Page
from records.submissions import Comment
from web.api import schemas
from web.api.frame import Listing, Resource
from web.comments import comment
from web.files import files_of_case
from web.parts import parts
from web.permissions import actor, permission

blueprint = Resource("api-cases", __name__, url_prefix="/api", description="Process instances; on screen: cases")
MOST_ENTRIES = 500


class CaseListing(Listing):
    """Which cases."""

    state = fields.String(
        load_default="",
        validate=validate.OneOf(["", *(state.value for state in InstanceState)]),
        metadata={"description": "active, suspended, completed, cancelled"},
    )
    process = fields.String(load_default="", metadata={"description": "Key of a process"})


class Remark(Schema):
    """A remark on a case."""

    id = fields.String()
    author_id = fields.String()
    author_name = fields.String()
    user_task_id = fields.String(allow_none=True)
    mentions = fields.List(fields.Dict(keys=fields.String(), values=fields.String()), allow_none=True)
    text = fields.String()
    at = schemas.Moment()


class CommentGiven(schemas.Text):
    """A remark; `mentions` tells namesakes apart."""

    user_task_id = fields.String(load_default=None, allow_none=True)
    mentions = fields.List(fields.String(), load_default=list, validate=validate.Length(max=50))


class CaseRow(schemas.Case):
    """A case in a list."""

    class Meta:
        """Only what the list knows."""

        exclude = ("started_by", "end_element", "cancel_reason", "suspension")


@blueprint.get("/process-instances")
@permission("case.read")
@blueprint.arguments(CaseListing, location="query")
@blueprint.response(200, schemas.page_of(CaseRow))
def list_cases(asked: dict[str, Any]) -> Page[Any]:
    """Cases in your jurisdiction, newest first."""
    wanted = queries.CaseFilter(text=asked["q"], state=asked["state"] or None, process=asked["process"] or None)
    with parts().database.reading() as session:
        return queries.cases(session, actor(), wanted, asked.get("cursor"), asked["limit"])


@blueprint.get("/process-instances/<case_id>")
@permission("case.read")
@blueprint.response(200, schemas.Case)
def get_case(case_id: str) -> queries.CaseDetail:
    """One case."""
    with parts().database.reading() as session:
        return queries.case(session, case_id, actor(), clock=parts().clock)


@blueprint.post("/process-instances/<case_id>/cancellation")
@permission("case.cancel")
@blueprint.arguments(schemas.Reason)
@blueprint.response(204)
def cancel(given: dict[str, str], case_id: str) -> None:
    """End a case before its time, with a reason."""
    here = parts()
    with here.database.unit_of_work() as session:
        here.engine.cancel(session, case_id, actor(), given["reason"])


@blueprint.get("/process-instances/<case_id>/comments")
@permission("case.read")
@blueprint.response(200, Remark(many=True))
def list_comments(case_id: str) -> list[Comment]:
    """The remarks on a case, oldest first."""
    with parts().database.reading() as session:
        return queries.case(session, case_id, actor(), clock=parts().clock).comments


@blueprint.post("/process-instances/<case_id>/comments")
@permission("case.comment")
@blueprint.arguments(CommentGiven)
@blueprint.response(201, Remark)
def add_comment(given: dict[str, Any], case_id: str) -> Comment:
    """Remark on a case. `@name` or `@username` names people who may see it; each is told."""
    here = parts()
    with here.database.unit_of_work() as session:
        case = find_case(session, case_id, actor())
        return comment(
            session, here.clock, actor(), case.id, given["text"],
            user_task_id=given["user_task_id"], chosen=given["mentions"],
        )  # fmt: skip


@blueprint.get("/process-instances/<case_id>/diagram")
@permission("case.read")
@blueprint.response(200)
def diagram(case_id: str) -> dict[str, Any]:
    """The model (BPMN XML) with what was passed, what is current, what is late."""
    with parts().database.reading() as session:
        return queries.diagram(session, case_id, actor(), clock=parts().clock)


@blueprint.get("/process-instances/<case_id>/documents")
@permission("document.read")
@blueprint.response(200, schemas.Document(many=True))
def list_documents(case_id: str) -> list[Document]:
    """The documents of a case, oldest first."""
    with parts().database.reading() as session:
        return files_of_case(session, Document, find_case(session, case_id, actor()).id, actor())


@blueprint.get("/process-instances/<case_id>/attachments")
@permission("attachment.read")
@blueprint.response(200, schemas.Attachment(many=True))
def list_attachments(case_id: str) -> list[Attachment]:
    """The evidence files of a case, oldest first."""
    with parts().database.reading() as session:
        return files_of_case(session, Attachment, find_case(session, case_id, actor()).id, actor())


@blueprint.get("/process-instances/<case_id>/journal-entries")
@permission("record.read")
@blueprint.arguments(Listing, location="query")
@blueprint.response(200, schemas.JournalEntry(many=True))
def list_journal_entries(asked: dict[str, Any], case_id: str) -> list[JournalEntry]:
    """The case's hash chain: `cursor` is the last `seq` you have. Not for businesses."""
    if actor().is_business:
        raise NotFoundError
    given = asked.get("cursor") or "0"
    after = int(given) if given.isdecimal() and len(given) < 18 else 0
    with parts().database.reading() as session:
        case = find_case(session, case_id, actor())
        chain = select(JournalEntry).where(JournalEntry.chain == chain_of_case(case.id), JournalEntry.seq > after)
        whole = chain.options(undefer(JournalEntry.prev_hash)).order_by(JournalEntry.seq)
        return list(session.scalars(whole.limit(MOST_ENTRIES)))
