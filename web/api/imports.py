"""Imports of lots, vouchers and trace events from files."""

from __future__ import annotations

from typing import Any

from flask_smorest.fields import Upload
from marshmallow import Schema, fields, validate

from records import imports
from records.imports import ImportBatch, ImportKind
from web.api.frame import Resource
from web.pages.imports import confirm_batch, receive_file, said
from web.parts import parts
from web.permissions import actor, permission

blueprint = Resource(
    "api-imports", __name__, url_prefix="/api", description="Lots, vouchers and trace events from files"
)


class ImportAsked(Schema):
    """What the file brings."""

    kind = fields.String(required=True, validate=validate.OneOf([kind.value for kind in ImportKind]))


class ImportGiven(Schema):
    """One file, XLSX or CSV, with the headings of the template."""

    file = Upload(required=True)


class ImportProblem(Schema):
    """What is wrong with one cell; without a column: with the row."""

    row = fields.Integer()
    column = fields.String()
    sentence = fields.String()


class ImportState(Schema):
    """An import: how far it is, what can be or was entered, what is wrong."""

    id = fields.String()
    kind = fields.String()
    filename = fields.String()
    sha256 = fields.String()
    state = fields.String()
    rows = fields.Integer()
    done_rows = fields.Integer()
    accepted = fields.Integer()
    refused = fields.List(fields.Integer(), metadata={"description": "Numbers of the rows left out"})
    problems = fields.List(fields.Nested(ImportProblem))


@blueprint.post("/imports")
@permission("record.enter")
@blueprint.arguments(ImportAsked, location="query")
@blueprint.arguments(ImportGiven, location="files")
@blueprint.response(201, ImportState)
def add_import(asked: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Send a file in to be checked; nothing is entered before it is confirmed. Large files are checked by a job."""
    file = given["file"]
    return _told(receive_file(ImportKind(asked["kind"]), file.filename or "", file.stream.read()))


@blueprint.get("/imports/<batch_id>")
@permission("record.enter")
@blueprint.response(200, ImportState)
def get_import(batch_id: str) -> dict[str, Any]:
    """One import."""
    with parts().database.reading() as session:
        return _told(imports.find_batch(session, actor(), batch_id))


@blueprint.post("/imports/<batch_id>/confirmation")
@permission("record.enter")
@blueprint.response(200, ImportState)
def confirm_import(batch_id: str) -> dict[str, Any]:
    """Enter the rows without problems."""
    return _told(confirm_batch(batch_id))


def _told(batch: ImportBatch) -> dict[str, Any]:
    names = ("id", "kind", "filename", "sha256", "state", "rows", "done_rows", "accepted", "refused")
    return {name: getattr(batch, name) for name in names} | {"problems": said(batch.problems)}
