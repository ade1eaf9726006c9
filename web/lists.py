"""What lists share: addresses that keep the filters, and exports of exactly what is filtered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from records.exports import csv_lines, xlsx
from records.paging import Page
from web.moments import local
from web.parts import parts

SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXPORT_ROWS = 50_000
EXPORT_PAGE = 1_000
#: parameters that say which page or file, not what is in the list
PLACE = frozenset({"cursor", "export", "task"})


def link(**changes: object) -> str:
    """This page's address with filters changed (None takes one away). A changed filter starts at page one."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name not in changes]
    pairs = [(name, value) for name, value in kept if value and name not in PLACE]
    if "cursor" in request.args and set(changes) <= {"task"}:
        pairs.append(("cursor", request.args["cursor"]))
    pairs += [(name, str(value)) for name, value in changes.items() if value not in (None, "")]
    return request.path + (f"?{urlencode(pairs)}" if pairs else "")


def page_link(cursor: str) -> str:
    """The address of another page of the same list."""
    return link(cursor=cursor)


def chosen(name: str, allowed: Iterable[str]) -> str:
    """A query parameter if it is one of ``allowed``, else nothing."""
    value = request.args.get(name, "")
    return value if value in set(allowed) else ""


def cursor() -> str | None:
    """Where the asked page begins."""
    return request.args.get("cursor") or None


def text() -> str:
    """The search words, trimmed."""
    return request.args.get("q", "").replace("\x00", "").strip()[:100]


def wanted_export() -> str | None:
    """``csv`` or ``xlsx`` when the list is asked for as a file."""
    return chosen("export", ("csv", "xlsx")) or None


@dataclass(frozen=True)
class Column:
    """A column of an exported list: its heading and how a row fills it."""

    heading: str
    value: Callable[[Any], object]


def export(kind: str, title: str, columns: Sequence[Column], rows: Iterable[Any]) -> Response:
    """The rows as a file named after what it lists and when."""
    headings = [str(column.heading) for column in columns]
    cells = ([column.value(row) for column in columns] for row in rows)
    if kind == "csv":
        answer = Response("".join(csv_lines(headings, cells)), content_type="text/csv; charset=utf-8")
    else:
        answer = Response(xlsx(title, headings, cells), content_type=SPREADSHEET)
    stamp = f"{local(parts().clock.now()):%Y%m%d-%H%M}"
    answer.headers.set("Content-Disposition", "attachment", filename=f"{title}-{stamp}.{kind}")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def every_row(page_after: Callable[[str | None], Page[Any]]) -> Iterator[Any]:
    """All rows of a list, page by page, up to what an export holds."""
    at: str | None = None
    left = EXPORT_ROWS
    while left > 0:
        page = page_after(at)
        yield from page.rows
        left, at = left - len(page.rows), page.next_cursor
        if at is None:
            return
