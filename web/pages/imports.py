"""Imports: a template to fill in, a file checked before anything is entered, and what was refused to be mended."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select

from engine.model import JobKind
from engine.ordering import order
from records import imports
from records.base import Source
from records.errors import NotFoundError
from records.import_columns import COLUMNS, HEADING_SENTENCES, ImportKind
from records.imports import SMALL, ImportBatch, Runner
from records.scope import visible
from records.store import Origin, Store
from web.i18n import say
from web.lists import SPREADSHEET
from web.pages.attachments import FileMissingError
from web.parts import parts
from web.permissions import actor, permission

blueprint = Blueprint("imports", __name__)
LISTED = 50


@blueprint.get("/imports")
@permission("record.enter")
def index() -> str:
    """Templates, the field for a file, and the imports so far."""
    with parts().database.reading() as session:
        newest = select(ImportBatch).where(visible(ImportBatch, actor()), ImportBatch.deleted_at.is_(None))
        batches = list(session.scalars(newest.order_by(ImportBatch.id.desc()).limit(LISTED)))
    return render_template("imports.html", batches=batches, columns=COLUMNS, headings=HEADING_SENTENCES, error=None)


@blueprint.get("/imports/templates/<import_kind>.xlsx")
@permission("record.enter")
def template(import_kind: str) -> Response:
    """An empty file to fill in."""
    kind = kind_of(import_kind)
    return _file(imports.template_file(kind), f"{gettext('导入模板')}-{kind.value}.xlsx")


@blueprint.post("/imports")
@permission("record.enter")
def receive() -> Response:
    """Take a file and check it; nothing is entered yet."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise FileMissingError
    batch = receive_file(kind_of(request.form.get("kind", "")), file.filename, file.stream.read())
    return _to(batch.id)


@blueprint.get("/imports/<batch_id>")
@permission("record.enter")
def detail(batch_id: str) -> str:
    """What the check found, or what was entered."""
    who = actor()
    with parts().database.reading() as session:
        batch = imports.find_batch(session, who, batch_id)
    return render_template("import.html", batch=batch, problems=said(batch.problems), is_own=batch.created_by == who.id)


@blueprint.post("/imports/<batch_id>/confirmation")
@permission("record.enter")
def confirm(batch_id: str) -> Response:
    """Enter the good rows."""
    return _to(confirm_batch(batch_id).id)


@blueprint.get("/imports/<batch_id>/refused.xlsx")
@permission("record.enter")
def refused(batch_id: str) -> Response:
    """The rows that were left out, each with its reasons, to be mended and sent in again."""
    here = parts()
    with here.database.reading() as session:
        batch = imports.find_batch(session, actor(), batch_id)
    content = imports.refused_file(here.blobs, batch, gettext("问题"), lambda text, params: gettext(text, **params))
    return _file(content, f"{gettext('待修改')}-{batch.filename.rpartition('.')[0][:60]}.xlsx")


def receive_file(kind: ImportKind, filename: str, content: bytes) -> ImportBatch:
    """Keep and check a file: a small one at once, a large one by a job."""
    here, who = parts(), actor()
    with here.database.unit_of_work() as session:
        store = Store(session, here.clock, who, Origin(Source.IMPORT))
        batch = imports.receive_file(store, here.blobs, kind, filename, content)
        _order_if_large(store, batch)
    return _go_on(batch)


def confirm_batch(batch_id: str) -> ImportBatch:
    """Enter the good rows of a batch: a small one at once, a large one by a job."""
    here, who = parts(), actor()
    with here.database.unit_of_work() as session:
        store = Store(session, here.clock, who, Origin(Source.IMPORT))
        batch = imports.confirm(store, imports.find_batch(session, who, batch_id))
        _order_if_large(store, batch)
    return _go_on(batch)


def _order_if_large(store: Store, batch: ImportBatch) -> None:
    if batch.rows > SMALL:
        key = f"import:{batch.id}:{batch.state.value}"
        order(store.session, store.clock, JobKind.IMPORT, {"batch_id": batch.id}, key)


def _go_on(batch: ImportBatch) -> ImportBatch:
    here = parts()
    if batch.rows <= SMALL:
        Runner(here.blobs, here.clock).run(here.database, batch.id)
    with here.database.reading() as session:
        return imports.find_batch(session, actor(), batch.id)


def said(problems: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """What is wrong, in the reader's language: row, column, sentence."""
    return [
        {
            "row": each["row"],
            "column": say(HEADING_SENTENCES[str(each["column"])]) if each["column"] else "",
            "sentence": gettext(str(each["sentence"]), **_params(each)),
        }
        for each in problems
    ]


def _params(problem: dict[str, object]) -> dict[str, object]:
    found = problem["params"]
    return dict(found) if isinstance(found, dict) else {}


def kind_of(text: str) -> ImportKind:
    """The kind that an address names. Raises NotFoundError."""
    if text not in set(ImportKind):
        raise NotFoundError
    return ImportKind(text)


def _to(batch_id: str) -> Response:
    answer = redirect(url_for("imports.detail", batch_id=batch_id), 303)
    return Response(answer.get_data(), answer.status_code, list(answer.headers))


def _file(content: bytes, name: str) -> Response:
    answer = Response(content, content_type=SPREADSHEET)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
