"""The public pages: approved fields only, in every form they have; harmless whatever stands in them; cacheable."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from engine.model import ProcessInstance
from records.announcements import Announcement, AnnouncementKind
from records.clock import ZONE, FixedClock
from records.db import Database
from records.markup import clean_markup
from records.public_pages import PageState, PublicPage
from records.store import Store
from tests.factories import Cast, place
from tests.web.ammunition import BLNS
from tests.workflows.announcement_story import AnnouncementStory
from tests.workflows.story import Story

GOLDEN = Path(__file__).parents[1] / "fixtures" / "public"
IDENTITY, SECRET = "11010519491231002X", "秘制配方甲乙丙"
IDS = {name: f"01HZZZZZZZZZZZZZZZZZZZZZ{number:02d}" for number, name in enumerate(
    ("now", "corrected", "gone", "drill", "over", "soon"), 10)}  # fmt: skip


class Shelf:
    """Public pages, put there one by one."""

    def __init__(self, database: Database, clock: FixedClock, cast: Cast) -> None:
        self.database, self.clock, self.cast = database, clock, cast
        self.count = 0  # pages of one moment are listed by their ids, the last first

    def put(self, announcement_id: str, **values: Any) -> None:
        """A page of the district, published at the present moment unless told otherwise."""
        with self.database.unit_of_work() as session:
            store, here, now = Store(session, self.clock, self.cast.admin), place(session), self.clock.now()
            if session.get(Announcement, announcement_id) is None:
                store.add(Announcement(id=announcement_id, kind=AnnouncementKind.NOTICE, title="内部标题", **here))
            self.count += 1
            known: dict[str, Any] = {
                "id": f"01HZZZZZZZZZZZZZZZZZZZP{self.count:03d}",
                "announcement_id": announcement_id, "edition": 1, "state": PageState.CURRENT,
                "kind": AnnouncementKind.RESULT_DISCLOSURE, "number": "鱼峰市监公示〔2026〕1号",
                "authority": "鱼峰区市场监督管理局", "title": "食品安全监督检查结果公示", "category": "inspection",
                "summary": "米粉生产企业检查结果", "body": "<p>现公布检查结果。</p>",
                "rows": [["检查结论", "基本符合"]], "files": [], "published_at": now, "changed_at": now,
            }  # fmt: skip
            store.add(PublicPage(**{**known, **here, **values}))


@pytest.fixture
def shelf(database: Database, clock: FixedClock, cast: Cast) -> Shelf:
    return Shelf(database, clock, cast)


@pytest.fixture
def full(shelf: Shelf) -> Shelf:
    """One of each kind."""
    now = shelf.clock.now()
    shelf.put(IDS["now"])
    shelf.put(IDS["corrected"], state=PageState.SUPERSEDED, note="结论写错", title="旧标题一则")
    shelf.put(IDS["corrected"], edition=2, note="结论写错", title="新标题一则", number="鱼峰市监公示〔2026〕2号")
    blank = {"title": "", "summary": "", "body": "", "rows": []}
    shelf.put(IDS["gone"], state=PageState.WITHDRAWN, note="原决定被撤销", number="鱼峰市监公示〔2026〕3号", **blank)
    shelf.put(IDS["drill"], is_drill=True, title="演练公告")
    shelf.put(IDS["over"], valid_to=now - timedelta(minutes=1), title="过期公告", published_at=now - timedelta(days=9))
    shelf.put(IDS["soon"], published_at=now + timedelta(days=1), title="未到时间")
    return shelf


def said(client: FlaskClient, path: str) -> str:
    """What a page, a feed or the JSON says, its escapes undone."""
    answer = client.get(path)
    return str(answer.get_json()) if answer.is_json else answer.get_data(as_text=True)


def main_of(page: str) -> str:
    """What stands between the frame, with blanks evened out."""
    found = re.search(r"<main.*?</main>", page, re.DOTALL)
    assert found is not None
    return re.sub(r"[\w-]+\.svg", "icons.svg", re.sub(r">\s+", ">\n", found.group()))


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("list.html", "/public"),
        ("detail.html", f"/public/{IDS['now']}"),
        ("corrected.html", f"/public/{IDS['corrected']}"),
        ("old_edition.html", f"/public/{IDS['corrected']}/editions/1"),
        ("tombstone.html", f"/public/{IDS['gone']}"),
        ("archive.html", "/public?archive=1"),
        ("list.json", "/public.json"),
        ("detail.json", f"/public/{IDS['corrected']}.json"),
        ("tombstone.json", f"/public/{IDS['gone']}.json"),
        ("feed.atom", "/public/feed.atom"),
        ("feed.rss", "/public/feed.rss"),
    ],
)
def test_every_public_output_is_exactly_what_was_agreed(full: Shelf, client: FlaskClient, name: str, path: str) -> None:
    """``GOLDEN=write`` writes what is then looked at."""
    answer = client.get(path)
    assert answer.status_code == (410 if name.startswith("tombstone") else 200)
    text = answer.get_data(as_text=True)
    if name.endswith("html"):
        text = main_of(text)
    elif name.endswith("json"):
        text = json.dumps(json.loads(text), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    if os.environ.get("GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        (GOLDEN / name).write_text(text, "utf-8")
    assert text == (GOLDEN / name).read_text("utf-8")


def test_drills_and_what_is_to_come_are_nowhere(full: Shelf, client: FlaskClient) -> None:
    for path in ("/public", "/public.json", "/public/feed.atom", "/public/feed.rss", "/public?archive=1"):
        text = said(client, path)
        assert "演练公告" not in text and "未到时间" not in text and "内部标题" not in text
    for name in ("drill", "soon"):
        for path in ("", ".json", "/editions/1", f"/files/{IDS['now']}"):
            assert client.get(f"/public/{IDS[name]}{path}").status_code == 404
    full.clock.advance(days=2)
    assert "未到时间" in client.get("/public").get_data(as_text=True)


def test_a_page_is_kept_by_its_tag_until_it_changes(full: Shelf, client: FlaskClient, database: Database) -> None:
    for path in ("/public", "/public.json", "/public/feed.atom", f"/public/{IDS['now']}", f"/public/{IDS['now']}.json"):
        first = client.get(path)
        assert first.headers["Cache-Control"] == "public, no-cache"
        assert "Set-Cookie" not in first.headers
        assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
        full.clock.advance(seconds=1)
        with database.unit_of_work() as session:
            page = session.query(PublicPage).filter_by(announcement_id=IDS["now"]).one()
            changes = {"summary": f"改于{full.clock.now():%S.%f}"}
            Store(session, full.clock, full.cast.admin).correct(page, changes)
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 200


def test_what_is_withdrawn_is_not_shown_from_a_cache(full: Shelf, client: FlaskClient, database: Database) -> None:
    path = f"/public/{IDS['now']}"
    kept = client.get(path).headers["ETag"]
    full.clock.advance(seconds=1)
    with database.unit_of_work() as session:
        page = session.query(PublicPage).filter_by(announcement_id=IDS["now"]).one()
        Store(session, full.clock, full.cast.admin).correct(page, {"state": PageState.WITHDRAWN, "title": ""})
    assert client.get(path, headers={"If-None-Match": kept}).status_code == 410


def test_the_end_of_validity_moves_a_page_to_the_archive(shelf: Shelf, client: FlaskClient) -> None:
    shelf.put(IDS["now"], valid_to=shelf.clock.now() + timedelta(hours=1))
    first = client.get("/public")
    assert "食品安全监督检查结果公示" in first.get_data(as_text=True)
    shelf.clock.advance(hours=1)
    again = client.get("/public", headers={"If-None-Match": first.headers["ETag"]})
    assert "食品安全监督检查结果公示" not in again.get_data(as_text=True)
    assert "食品安全监督检查结果公示" in client.get("/public?archive=1").get_data(as_text=True)
    assert "有效期已过" in client.get(f"/public/{IDS['now']}").get_data(as_text=True)


def test_the_list_is_searched_and_paged(shelf: Shelf, client: FlaskClient) -> None:
    start = datetime(2026, 10, 1, 9, 0, tzinfo=ZONE)
    for number in range(45):
        shelf.put(
            f"01HYYYYYYYYYYYYYYYYYYYYY{number:02d}", number=f"鱼峰市监公示〔2026〕{number}号",
            title=f"结果公示第{number}号", published_at=start + timedelta(days=number // 2),
            category="sampling" if number % 2 else "inspection",
        )  # fmt: skip

    def titles(path: str) -> list[str]:
        found: list[str] = []
        while path:
            body = client.get(path).get_json()
            found += [one["title"] for one in body["items"]]
            cursor = body["next_cursor"]
            path = f"/public.json?cursor={cursor}" if cursor else ""
        return found

    everything = titles("/public.json")
    assert len(everything) == len(set(everything)) == 45
    assert client.get("/public.json?category=sampling").get_json()["total"] == 22
    assert client.get("/public.json?q=第7号").get_json()["total"] == 1
    assert client.get("/public.json?since=2026-10-03&until=2026-10-03").get_json()["total"] == 2
    assert client.get("/public.json?region=450200").get_json()["total"] == 45
    assert client.get("/public.json?region=450204").get_json()["total"] == 0
    assert 'rel="next"' in client.get("/public").get_data(as_text=True)


@pytest.mark.parametrize(
    "query",
    ["cursor=%00", "cursor=bm90", "q=%00", "q=%25_%5C", "since=x", "until=9999-99-99", "region='--", "category=<x>",
     "archive=2", "since=0001-01-01", "until=9999-12-31"],
)  # fmt: skip
def test_odd_questions_get_plain_answers(full: Shelf, client: FlaskClient, query: str) -> None:
    for path in ("/public", "/public.json", "/public/feed.rss"):
        assert client.get(f"{path}?{query}").status_code == 200


def test_nobody_asks_without_end(shelf: Shelf, client: FlaskClient) -> None:
    answers = [client.get("/public.json").status_code for _time in range(125)]
    assert answers[0] == 200 and answers[-1] == 429


class _Elements(HTMLParser):
    """The elements of a page that do something."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "iframe", "object", "embed", "style", "img", "svg:script", "base"):
            self.bad.append(tag)
        for name, value in attrs:
            target = "".join((value or "").split()).lower()
            if name.startswith("on") or (
                name in ("href", "src", "action") and target.startswith(("javascript", "data"))
            ):
                self.bad.append(f"{tag} {name}={value}")


def naughty() -> Iterator[str]:
    for text in json.loads(BLNS.read_text("utf-8")):
        if text.strip() and "\x00" not in text:
            yield text


@pytest.mark.skipif(not BLNS.exists(), reason="the list of naughty strings is not here")
def test_naughty_titles_and_bodies_are_harmless(shelf: Shelf, client: FlaskClient) -> None:
    client.application.config["RATELIMIT_ENABLED"] = False
    client.application.extensions["sujian_limiter"].enabled = False
    ids = []
    for number, text in enumerate(naughty()):
        ids.append(f"01HXXXXXXXXXXXXXXXXXXXX{number:03d}")
        body = clean_markup(text)
        shelf.put(ids[-1], title=text[:120], summary=text[:300], body=body, rows=[[text[:80], text]], note=text)
    paths = ["/public", *(f"/public/{one}" for one in ids)]
    for path in paths:
        elements = _Elements()
        elements.feed(client.get(path).get_data(as_text=True))
        assert elements.bad == [], path
    for path in ("/public/feed.atom", "/public/feed.rss"):
        from xml.etree import ElementTree  # noqa: PLC0415 - here only

        assert ElementTree.fromstring(client.get(path).get_data()) is not None


def test_no_withheld_field_and_no_personal_number_leaves_by_any_way(
    story: Story, client: FlaskClient, cast: Cast
) -> None:
    told = AnnouncementStory(story.database, story.engine, story.clock, cast, story.blobs)
    told.begin("result_disclosure", "食品安全监督检查结果公示")
    told.draft_public(
        fields=[{"label": "法定代表人", "value": f"陈桂英 {IDENTITY}"}, {"label": "工艺", "value": SECRET}],
        related="内部编号八八八",
    )
    told.section()
    told.disclose(
        item1={"decision": "redact", "ground": "privacy", "public_value": "陈某某", "reason": "涉及个人隐私"},
        item2={"decision": "withhold", "ground": "enforcement_file", "reason": "执法案卷信息"},
    )
    told.sign()
    one = told.announcement()
    page = told.page()
    assert page is not None
    paths = ["/public", "/public.json", "/public/feed.atom", "/public/feed.rss"]
    paths += [f"/public/{one.id}", f"/public/{one.id}.json", f"/public/{one.id}/editions/1"]
    paths.append(f"/verify/{page.document_token}")
    for path in paths:
        text = said(client, path)
        assert "食品安全监督检查结果公示" in text, path
        for hidden in (IDENTITY, SECRET, "陈桂英", "内部编号八八八", cast.inspector.name):
            assert hidden not in text, path
    with told.database.reading() as session:
        assert session.query(ProcessInstance).count() == 1
