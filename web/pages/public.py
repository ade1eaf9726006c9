"""What anyone may read: published announcements as pages, JSON and feeds. Approved fields only, cacheable, no sign-in.

Everything comes from records/public_pages.py; no other table of announcements is read here.
"""

from __future__ import annotations

import hashlib
from datetime import date
from http import HTTPStatus

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from sqlalchemy.orm import Session

from records.clock import is_id
from records.errors import NotFoundError
from records.public_pages import (
    PageState,
    PublicFilter,
    PublicPage,
    categories,
    content_of,
    editions,
    find_public_page,
    last_change,
    public_pages,
    regions,
)
from web import lists
from web.feeds import atom, rss
from web.i18n import language
from web.parts import parts
from web.permissions import public

blueprint = Blueprint("public_pages", __name__)
PAGE, FEED = 20, 50
#: may be kept by anyone, but asked about each time: what was withdrawn must not be shown from a cache
CACHE = "public, no-cache"


@blueprint.get("/public")
@public
def index() -> Response:
    """The list: what is in force, or the archive; by words, category, region and day."""
    here, wanted = parts(), _wanted()
    now = here.clock.now()
    with here.database.reading() as session:
        tag = _list_tag(session)
        if tag in request.if_none_match:
            return _unchanged(tag)
        return _kept(
            render_template(
                "public/list.html",
                page=public_pages(session, wanted, now, lists.cursor(), PAGE),
                chosen=wanted,
                regions=regions(session, now),
                categories=categories(session, now),
            ),
            tag,
        )


@blueprint.get("/public.json")
@public
def index_json() -> Response:
    """The same list for programs."""
    here, wanted = parts(), _wanted()
    now = here.clock.now()
    with here.database.reading() as session:
        tag = _list_tag(session)
        if tag in request.if_none_match:
            return _unchanged(tag)
        page = public_pages(session, wanted, now, lists.cursor(), PAGE)
        items = [{**content_of(one), "url": _address(one)} for one in page.rows]
        return _kept(jsonify(items=items, total=page.total, next_cursor=page.next_cursor), tag)


@blueprint.get("/public/feed.atom")
@public
def feed_atom() -> Response:
    """The newest as Atom (RFC 4287)."""
    return _feed("application/atom+xml")


@blueprint.get("/public/feed.rss")
@public
def feed_rss() -> Response:
    """The newest as RSS 2.0."""
    return _feed("application/rss+xml")


@blueprint.get("/public/<announcement_id>")
@public
def detail(announcement_id: str) -> Response:
    """One announcement in its newest edition; a tombstone (410) when it was withdrawn."""
    return _detail(announcement_id, None)


@blueprint.get("/public/<announcement_id>/editions/<edition>")
@public
def edition_page(announcement_id: str, edition: str) -> Response:
    """An earlier edition, with a banner."""
    if not (edition.isascii() and edition.isdigit() and len(edition) < 5):
        raise NotFoundError
    return _detail(announcement_id, int(edition))


@blueprint.get("/public/<announcement_id>.json")
@public
def detail_json(announcement_id: str) -> Response:
    """One announcement for programs."""
    with parts().database.reading() as session:
        page = _find(session, announcement_id, None)
        tag = _page_tag(page)
        if tag in request.if_none_match:
            return _unchanged(tag)
        return _kept(jsonify({**content_of(page), "url": _address(page)}), tag, _status(page))


@blueprint.get("/public/<announcement_id>/files/<file_id>")
@public
def file(announcement_id: str, file_id: str) -> Response:
    """A file that was approved with an edition which is to be seen, the newest or an earlier one."""
    here = parts()
    with here.database.reading() as session:
        shown = editions(session, announcement_id, here.clock.now())
        known = next((one for page in shown for one in page.files if one["id"] == file_id), None)
        if known is None:
            raise NotFoundError
    with here.blobs.open(known["sha256"]) as stream:
        answer = make_response(stream.read())
    answer.headers["Content-Type"] = known["type"]
    answer.headers.set("Content-Disposition", "attachment", filename=known["name"])
    answer.headers["Cache-Control"] = CACHE
    answer.set_etag(known["sha256"])
    answer.make_conditional(request)
    return answer


def _detail(announcement_id: str, edition: int | None) -> Response:
    here = parts()
    now = here.clock.now()
    with here.database.reading() as session:
        page = _find(session, announcement_id, edition)
        tag = _page_tag(page)
        if tag in request.if_none_match:
            return _unchanged(tag)
        is_over = page.valid_to is not None and page.valid_to <= now
        known = editions(session, announcement_id, now)
        drawn = render_template("public/detail.html", one=page, editions=known, is_over=is_over)
        return _kept(drawn, tag, _status(page))


def _find(session: Session, announcement_id: str, edition: int | None) -> PublicPage:
    wanted = announcement_id if is_id(announcement_id) else ""
    page = find_public_page(session, wanted, parts().clock.now(), edition)
    if page is None:
        raise NotFoundError
    return page


def _status(page: PublicPage) -> int:
    return HTTPStatus.GONE if page.state is PageState.WITHDRAWN else HTTPStatus.OK


def _feed(kind: str) -> Response:
    here = parts()
    now = here.clock.now()
    with here.database.reading() as session:
        tag = _list_tag(session)
        if tag in request.if_none_match:
            return _unchanged(tag)
        pages = public_pages(session, _wanted(), now, None, FEED).rows
        changed, _count, _over = last_change(session, now)
        write = atom if kind == "application/atom+xml" else rss
        text = write(pages, here.settings.public_url, changed or now)
    answer = _kept(text, tag)
    answer.headers["Content-Type"] = f"{kind}; charset=utf-8"
    return answer


def _wanted() -> PublicFilter:
    return PublicFilter(
        text=lists.text(),
        category=request.args.get("category", "")[:40].replace("\x00", ""),
        region_code=request.args.get("region", "")[:12].replace("\x00", ""),
        since=_day("since"),
        until=_day("until"),
        is_archive=request.args.get("archive") == "1",
    )


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if 1900 < day.year < 9999 else None


def _address(page: PublicPage) -> str:
    return f"{parts().settings.public_url}/public/{page.announcement_id}"


def _list_tag(session: Session) -> str:
    """Changes with whatever is listed: a page changed, came or went, or the validity of one ended."""
    changed, count, over = last_change(session, parts().clock.now())
    return _tag(request.full_path, changed.isoformat() if changed else "", str(count), str(over))


def _page_tag(page: PublicPage) -> str:
    is_over = page.valid_to is not None and page.valid_to <= parts().clock.now()
    return _tag(request.path, page.id, str(page.version), str(is_over))


def _tag(*said: str) -> str:
    return hashlib.sha256("\n".join((language(), *said)).encode()).hexdigest()[:32]


def _kept(body: str | Response, tag: str, status: int = HTTPStatus.OK) -> Response:
    answer = make_response(body)
    answer.status_code = status
    _mark(answer, tag)
    return answer


def _unchanged(tag: str) -> Response:
    answer = Response(status=HTTPStatus.NOT_MODIFIED)
    _mark(answer, tag)
    return answer


def _mark(answer: Response, tag: str) -> None:
    answer.set_etag(tag)
    answer.headers["Cache-Control"] = CACHE
