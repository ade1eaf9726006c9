"""Announcements: those meant for you, one of them, and your receipt. What is public is at /public.json."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from records.announcement_queries import AnnouncementRow, announcement, announcements
from records.announcements import AnnouncementKind, Receipt
from records.paging import Page
from web.api import schemas
from web.api.frame import Listing, Resource
from web.parts import parts
from web.permissions import actor, permission
from workflows.announcement_receipts import confirm, note_reading

blueprint = Resource("api-announcements", __name__, url_prefix="/api", description="Announcements inside")


class AnnouncementListing(Listing):
    """Which announcements: those meant for you, or with `all` those of your jurisdiction."""

    all = fields.Boolean(load_default=False)


class AnnouncementLine(Schema):
    """An announcement in a list."""

    id = fields.String()
    number = fields.String()
    kind = fields.Enum(AnnouncementKind, by_value=True, allow_none=True)
    title = fields.String()
    status = fields.String()
    is_public = fields.Boolean()
    is_drill = fields.Boolean()
    must_confirm = fields.Boolean()
    published_at = schemas.Moment(allow_none=True)
    read_at = schemas.Moment(allow_none=True)
    confirmed_at = schemas.Moment(allow_none=True)


class AnnouncementText(AnnouncementLine):
    """An announcement with its text (sanitised markup)."""

    body = fields.String(allow_none=True)
    edition = fields.Integer()
    valid_to = schemas.Moment(allow_none=True)


class ReceiptGiven(Schema):
    """Whether you confirm, beside having read."""

    confirm = fields.Boolean(load_default=False)


class ReceiptKept(Schema):
    """Your receipt."""

    id = fields.String()
    edition = fields.Integer()
    read_at = schemas.Moment()
    confirmed_at = schemas.Moment(allow_none=True)


@blueprint.get("/announcements")
@permission("announcement.read")
@blueprint.arguments(AnnouncementListing, location="query")
@blueprint.response(200, schemas.page_of(AnnouncementLine))
def list_announcements(asked: dict[str, Any]) -> Page[AnnouncementRow]:
    """Published announcements, the newest first."""
    with parts().database.reading() as session:
        return announcements(session, actor(), asked.get("cursor"), asked["limit"], mine=not asked["all"])


@blueprint.get("/announcements/<announcement_id>")
@permission("announcement.read")
@blueprint.response(200, AnnouncementText)
def get_announcement(announcement_id: str) -> dict[str, Any]:
    """One announcement that is meant for you or lies in your jurisdiction."""
    with parts().database.reading() as session:
        found = announcement(session, actor(), announcement_id)
        one, receipt = found.announcement, found.receipt
        names = [name for name in AnnouncementText().fields if hasattr(one, name)]
        return {
            **{name: getattr(one, name) for name in names},
            "read_at": receipt.read_at if receipt else None,
            "confirmed_at": receipt.confirmed_at if receipt else None,
        }


@blueprint.post("/announcements/<announcement_id>/receipt")
@permission("announcement.read")
@blueprint.arguments(ReceiptGiven)
@blueprint.response(200, ReceiptKept)
def give_receipt(given: dict[str, Any], announcement_id: str) -> Receipt:
    """Note that you have read it, or confirm it. Twice is once."""
    here = parts()
    with here.database.unit_of_work() as session:
        take = confirm if given["confirm"] else note_reading
        return take(session, here.clock, actor(), announcement_id)
