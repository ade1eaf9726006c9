"""What every template may use: moments, names of codes, the frame around the page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, request
from flask_login import current_user
from markupsafe import Markup

from engine import queries
from engine.queries.incidents import open_incidents
from records.clock import today
from records.markup import clean_markup
from records.paging import MOST_COUNTED
from web import labels, moments
from web.demo_hints import demo_password, demo_people
from web.field_labels import field_label
from web.lists import link, page_link
from web.parts import parts
from web.permissions import actor, holds, viewer
from web.reads.notifications import unread_count
from web.reads.regions import RegionChoice, regions_within
from web.values import shown

#: first part of a path → the place in the rail
AREAS = {
    "process-versions": "versions",
    "announcements": "announcements",
    "inbox": "inbox", "tasks": "inbox", "cases": "cases", "start": "start", "search": "search",
    "incidents": "incidents",
    "establishments": "registry", "products": "registry", "inspections": "registry", "records": "registry",
    "lots": "registry", "vouchers": "registry", "imports": "registry", "entries": "registry", "traces": "registry",
}  # fmt: skip


#: the codes of rules in brackets at the end of a ground, in either language
_CODES = re.compile(r" ?[（(]R-[A-Z][^（）()]*[）)]")


@dataclass(frozen=True)
class Frame:
    """What the frame shows: counts, the jurisdiction, and which places exist for this person."""

    area: str
    mine: int
    overdue: int
    unread: int
    regions: list[RegionChoice]
    region_path: str
    may_start: bool
    may_see_versions: bool
    may_administer: bool
    incidents: int | None  # open ones; None for who has nothing to do with them


def frame() -> Frame:
    """The frame of this request's page."""
    who, narrowed = actor(), viewer()
    with parts().database.reading() as session:
        mine, overdue = queries.own_counts(session, who, now=parts().clock.now())
        return Frame(
            area=AREAS.get(request.path.split("/")[1], ""),
            mine=mine,
            overdue=overdue,
            unread=unread_count(session, who.id),
            regions=regions_within(session, who),
            region_path=narrowed.region_path,
            may_start=bool(queries.startable(session, who)),
            may_see_versions=holds("version.read"),
            may_administer=holds("admin.use"),
            incidents=open_incidents(session, narrowed) if holds("incident.read") else None,
        )


def tally(number: int) -> str:
    """A count as people read it; what is not counted to the end says so: 10,000+."""
    return f"{number:,}" if number <= MOST_COUNTED else f"{MOST_COUNTED:,}+"


def safe_markup(text: str) -> Markup:
    """Markup of the announcements' subset, made safe once more where it is shown."""
    return Markup(clean_markup(text))  # noqa: S704  # nosec B704 - nh3 has cleaned it


def plain(number: Decimal) -> str:
    """A decimal number without trailing zeros or exponent."""
    return format(number.normalize(), "f") if number else "0"


def without_codes(text: str) -> str:
    """A ground as people read it: the law, without the code of our own rule behind it."""
    return _CODES.sub("", text)


def runs(rows: Sequence[Any], *names: str) -> list[list[Any]]:
    """The rows in order, those that follow each other and agree in these attributes together."""
    return [list(run) for _key, run in groupby(rows, key=lambda row: [getattr(row, name) for name in names])]


def here() -> str:
    """The path of this page, to come back to after a switch."""
    return request.full_path.rstrip("?") if request.method == "GET" else "/"


def safe_next(target: str | None) -> str:
    """A path inside this site, whatever was asked for."""
    parts_of = urlsplit(target or "/")
    path = parts_of.path
    if parts_of.scheme or parts_of.netloc or not path.startswith("/") or path.startswith(("//", "/\\")):
        return "/"
    return path + (f"?{parts_of.query}" if parts_of.query else "")


def register(app: Flask) -> None:
    """Give templates their words."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        zip=zip,
        pair=lambda value: (value, value),
        tally=tally,
        safe_markup=safe_markup,
        plain=plain,
        without_codes=without_codes,
        runs=runs,
    )
    app.jinja_env.globals.update(
        frame=frame,
        here=here,
        holds=holds,
        actor=actor,
        label=labels.label,
        choices=labels.choices,
        due=moments.due,
        day=moments.day,
        minute=moments.minute,
        short=moments.short,
        ago=moments.ago,
        current_user=current_user,
        link=link,
        page_link=page_link,
        field_label=field_label,
        shown=shown,
        today=lambda: today(parts().clock),
        demo_people=demo_people,
        demo_password=demo_password,
    )
    app.context_processor(lambda: {"ui": app.jinja_env.get_template("ui.html").module})
