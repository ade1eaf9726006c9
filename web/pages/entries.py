"""Entering one lot, voucher or trace event by hand: the same columns and the same judgement as a file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from records.base import Source
from records.errors import NotFoundError
from records.import_cells import RowProblem
from records.import_columns import (
    COLUMNS,
    HEADING_SENTENCES,
    ROLE_SENTENCES,
    STEP_SENTENCES,
    VOUCHER_KIND_SENTENCES,
    YES_SENTENCES,
    ImportKind,
)  # fmt: skip
from records.import_files import TableRow
from records.import_rows import RowEntry
from records.people import Actor
from records.registry import Establishment
from records.store import Origin, Store
from records.units import UNITS
from web.parts import parts
from web.permissions import actor, permission
from web.uploads import keep_upload

blueprint = Blueprint("entries", __name__)
#: columns that stand once for each lot of a voucher or event
OF_LINE = ("role", "tlc", "source_code", "quantity", "unit", "price")
LINES = 5
LISTS = {ImportKind.LOTS: "lots.index", ImportKind.VOUCHERS: "vouchers.index", ImportKind.EVENTS: "lots.index"}


@blueprint.get("/entries/<kind>")
@permission("record.enter")
def new(kind: str) -> str:
    """An empty form; a business's own code is filled in, and whatever the address brings."""
    return _form(_kind(kind), dict(request.args) | _own_code(), [])


@blueprint.post("/entries/<kind>")
@permission("record.enter")
def enter(kind: str) -> Response | tuple[str, int]:
    """Enter it, or say what is wrong with which field."""
    wanted, here, who = _kind(kind), parts(), actor()
    values = {name: value.strip()[:200] for name, value in request.form.items()}
    rows = _rows(wanted, values)
    with here.database.unit_of_work() as session:
        store = Store(session, here.clock, who, Origin(Source.API))
        problems = RowEntry(store, wanted, _pictures(session, who)).enter([rows])
    if problems:
        return _form(wanted, values, problems), 422
    flash(gettext("已登记"), "good")
    answer = redirect(url_for(LISTS[wanted]), 303)
    return Response(answer.get_data(), answer.status_code, list(answer.headers))


def _kind(text: str) -> ImportKind:
    if text not in set(ImportKind):
        raise NotFoundError
    return ImportKind(text)


def _form(kind: ImportKind, values: dict[str, str], problems: list[RowProblem]) -> str:
    wrong: dict[tuple[int, str], RowProblem] = {(each.row, each.column or ""): each for each in problems}
    columns = COLUMNS[kind]
    per_line = () if kind is ImportKind.LOTS else tuple(each for each in columns if each.key in OF_LINE)
    return render_template(
        "entry.html",
        kind=kind.value,
        head=[each for each in columns if each not in per_line],
        per_line=per_line,
        lines=range(1, LINES + 1),
        values=values,
        wrong=wrong,
        problems=problems,
        headings=HEADING_SENTENCES,
        choices_of=_choices(),
    )


def _choices() -> dict[str, list[str]]:
    words: dict[str, Iterable[str]] = {
        "kind": VOUCHER_KIND_SENTENCES, "step": STEP_SENTENCES, "role": ROLE_SENTENCES, "is_made_here": YES_SENTENCES,
        "unit": UNITS,
    }  # fmt: skip
    return {key: list(known) for key, known in words.items()}


def _rows(kind: ImportKind, values: dict[str, str]) -> list[TableRow]:
    """A row for each lot that is named; row 1 when none is, so that what lacks is told."""
    head = {each.key: values.get(each.key, "") for each in COLUMNS[kind]}
    if kind is ImportKind.LOTS:
        return [TableRow(1, head)]
    lines = [{key: values.get(f"{key}-{n}", "") for key in OF_LINE} for n in range(1, LINES + 1)]
    used = [n for n, line in enumerate(lines, start=1) if line["tlc"] or line["quantity"]] or [1]
    return [TableRow(n, head | lines[n - 1]) for n in used]


def _pictures(session: Session, who: Actor) -> list[dict[str, str]]:
    kept: list[dict[str, Any]] = []
    files: list[FileStorage] = [file for file in request.files.getlist("images") if file.filename]
    for file in files[:LINES]:
        attachment = keep_upload(session, parts(), who, file, None)
        kept.append({"id": attachment.id, "sha256": attachment.sha256})
    return kept


def _own_code() -> dict[str, str]:
    who = actor()
    if who.establishment_id is None:
        return {}
    with parts().database.reading() as session:
        code = session.get_one(Establishment, who.establishment_id).credit_code
    return {"source_code": code, "holder_code": code, "source_code-1": code}
