"""Evidence files and issued documents."""

from __future__ import annotations

from typing import Any

from flask_smorest.fields import Upload
from marshmallow import Schema, fields

from records.attachments import Attachment
from records.documents import Document
from web.api import schemas
from web.api.frame import Resource
from web.files import file_seen
from web.parts import parts
from web.permissions import actor, permission
from web.uploads import keep_upload

blueprint = Resource("api-files", __name__, url_prefix="/api", description="Evidence files and issued documents")


class FileGiven(Schema):
    """One file."""

    file = Upload(required=True)


class ForTask(Schema):
    """The user task that the file is for; without it the file is yours until a case that names it is started."""

    user_task_id = fields.String(load_default=None)


@blueprint.post("/attachments")
@permission("attachment.write")
@blueprint.arguments(ForTask, location="query")
@blueprint.arguments(FileGiven, location="files")
@blueprint.response(201, schemas.Attachment)
def add_attachment(asked: dict[str, Any], given: dict[str, Any]) -> Attachment:
    """Upload a photo, video or paper. Types are told by content; SVG, HTML and programs are refused."""
    here = parts()
    with here.database.unit_of_work() as session:
        return keep_upload(session, here, actor(), given["file"], asked["user_task_id"])


@blueprint.get("/attachments/<attachment_id>")
@permission("attachment.read")
@blueprint.response(200, schemas.Attachment)
def get_attachment(attachment_id: str) -> Attachment:
    """What is known of a file, which is at `/attachments/{id}`; its small picture at `/attachments/{id}/thumb`."""
    with parts().database.reading() as session:
        return file_seen(session, Attachment, attachment_id, actor())


@blueprint.get("/documents/<document_id>")
@permission("document.read")
@blueprint.response(200, schemas.Document)
def get_document(document_id: str) -> Document:
    """What is known of a document."""
    with parts().database.reading() as session:
        return file_seen(session, Document, document_id, actor())
