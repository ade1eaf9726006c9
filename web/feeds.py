"""Feeds of public announcements: Atom (RFC 4287) and RSS 2.0, from approved fields only."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime

from flask_babel import gettext

from records.clock import ZONE
from records.public_pages import PublicPage
from web.i18n import html_language

ATOM = "http://www.w3.org/2005/Atom"
#: characters that no XML document may contain
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def atom(pages: Sequence[PublicPage], address: str, changed_at: datetime) -> str:
    """The newest pages as an Atom feed."""
    feed = ElementTree.Element("feed", {"xmlns": ATOM, "xml:lang": html_language()})
    _put(feed, "id", f"{address}/public")
    _put(feed, "title", _title())
    _put(feed, "updated", _iso(changed_at))
    ElementTree.SubElement(feed, "link", {"rel": "self", "href": f"{address}/public/feed.atom"})
    ElementTree.SubElement(feed, "link", {"rel": "alternate", "href": f"{address}/public"})
    for page in pages:
        entry = ElementTree.SubElement(feed, "entry")
        _put(entry, "id", f"{address}/public/{page.announcement_id}")
        _put(entry, "title", page.title)
        _put(entry, "updated", _iso(page.changed_at))
        _put(entry, "published", _iso(page.published_at))
        _put(ElementTree.SubElement(entry, "author"), "name", page.authority)
        ElementTree.SubElement(entry, "category", {"term": page.category})
        ElementTree.SubElement(entry, "link", {"href": f"{address}/public/{page.announcement_id}"})
        _put(entry, "summary", page.summary)
    return _written(feed)


def rss(pages: Sequence[PublicPage], address: str, changed_at: datetime) -> str:
    """The newest pages as an RSS feed."""
    root = ElementTree.Element("rss", {"version": "2.0"})
    channel = ElementTree.SubElement(root, "channel")
    _put(channel, "title", _title())
    _put(channel, "link", f"{address}/public")
    _put(channel, "description", _title())
    _put(channel, "language", html_language())
    _put(channel, "lastBuildDate", format_datetime(changed_at.astimezone(ZONE)))
    for page in pages:
        item = ElementTree.SubElement(channel, "item")
        _put(item, "title", page.title)
        _put(item, "link", f"{address}/public/{page.announcement_id}")
        _put(item, "guid", f"{address}/public/{page.announcement_id}")
        _put(item, "pubDate", format_datetime(page.published_at.astimezone(ZONE)))
        _put(item, "category", page.category)
        _put(item, "description", page.summary)
    return _written(root)


def _title() -> str:
    return gettext("食品安全信息公开")


def _put(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = _FORBIDDEN.sub("", text)


def _iso(at: datetime) -> str:
    return at.astimezone(ZONE).isoformat(timespec="seconds")


def _written(root: ElementTree.Element) -> str:
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"
