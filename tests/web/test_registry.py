from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook

from records.clock import FixedClock
from records.db import Database
from records.registry import Establishment
from records.store import Store
from tests import factories
from tests.factories import Cast
from tests.web.conftest import SignIn
from tests.workflows.story import Story

OWN = "老陈米粉厂"


@pytest.fixture
def many(database: Database, clock: FixedClock, cast: Cast) -> list[str]:
    """Forty restaurants of the district, one next door, one that is called like a formula."""
    with database.unit_of_work() as session:
        store = Store(session, clock, cast.admin)
        made = [factories.establishment(store, name=f"鱼峰第{n:02}螺蛳粉店", kind="catering") for n in range(40)]
        factories.establishment(store, name="=HYPERLINK(1)粉店", kind="catering")
        factories.establishment(store, name="柳南邻家粉店", region_code=factories.SIBLING)
        factories.product(store, made[0], name="袋装螺蛳粉")
        return [one.id for one in made]


def test_the_list_shows_the_jurisdiction_only(sign_in: SignIn, cast: Cast, many: list[str]) -> None:
    page = sign_in(cast.lead).get("/establishments").text
    assert "共 42 条" in page and "邻家" not in page
    assert "共 1 条" in sign_in(cast.outsider).get("/establishments").text


def test_pages_follow_one_another_without_gap_or_repeat(sign_in: SignIn, cast: Cast, many: list[str]) -> None:
    client, path, seen = sign_in(cast.lead), "/establishments?kind=catering", []
    while path:
        page = client.get(path).text
        seen += [line.split('"')[0] for line in page.split('<td><a href="/establishments/')[1:]]
        path = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&") if 'rel="next"' in page else ""
    assert len(seen) == len(set(seen)) == 41


@pytest.mark.parametrize("sort", ["-name", "grade", "-grade", "score", "-score", "nonsense"])
def test_every_order_reaches_every_row(sign_in: SignIn, cast: Cast, many: list[str], sort: str) -> None:
    client = sign_in(cast.lead)
    first = client.get(f"/establishments?sort={sort}").text
    second = client.get(first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")).text
    seen = [line.split('"')[0] for page in (first, second) for line in page.split('<td><a href="/establishments/')[1:]]
    assert len(seen) == len(set(seen)) == 42


@pytest.mark.parametrize(
    ("query", "count"), [("q=luosifen", 40), ("q=老陈", 1), ("grade=D", 0), ("kind=nonsense", 42), ("q=%25", 0)]
)
def test_filters_narrow(sign_in: SignIn, cast: Cast, many: list[str], query: str, count: int) -> None:
    page = sign_in(cast.lead).get(f"/establishments?{query}").text
    assert (f"共 {count} 条" in page) if count else ("没有符合条件的主体" in page)


def test_an_export_holds_exactly_what_is_filtered(sign_in: SignIn, cast: Cast, many: list[str]) -> None:
    answer = sign_in(cast.lead).get("/establishments?kind=catering&export=xlsx")
    rows = list(load_workbook(io.BytesIO(answer.data)).active.values)
    assert rows[0][0] == "名称" and len(rows) == 42
    assert not [
        cell
        for row in load_workbook(io.BytesIO(answer.data)).active.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]
    text = sign_in(cast.lead).get("/establishments?q=HYPERLINK&export=csv").get_data(as_text=True)
    assert text.startswith("\ufeff名称") and "\r\n'=HYPERLINK" in text


def test_an_establishment_has_its_page(sign_in: SignIn, cast: Cast, story: Story) -> None:
    story.until_order({"2-1": {"severity": "minor"}}, overall="not")
    page = sign_in(cast.lead).get(f"/establishments/{cast.business.establishment_id}").text
    for word in (OWN, "风险等级 B", "未结整改", "责令改正", "第 1 轮", "不符合", "发起现场检查"):
        assert word in page


def test_a_business_sees_itself_and_nobody_else(sign_in: SignIn, cast: Cast, many: list[str]) -> None:
    client = sign_in(cast.business)
    assert client.get(f"/establishments/{cast.business.establishment_id}").status_code == 200
    assert client.get(f"/establishments/{many[0]}").status_code == 404
    assert "共 1 条" in client.get("/establishments").text


def test_a_foreign_establishment_does_not_exist(sign_in: SignIn, cast: Cast, many: list[str]) -> None:
    assert sign_in(cast.outsider).get(f"/establishments/{many[0]}").status_code == 404
    assert sign_in(cast.outsider).get(f"/records/establishment/{many[0]}").status_code == 404


def test_products_and_inspections_have_lists(sign_in: SignIn, cast: Cast, many: list[str], story: Story) -> None:
    story.assign()
    client = sign_in(cast.lead)
    assert "袋装螺蛳粉" in client.get("/products").text
    assert OWN in client.get("/inspections?mode=routine").text
    assert OWN not in client.get("/inspections?mode=flight").text
    assert OWN in client.get("/inspections?export=csv").get_data(as_text=True)
    assert OWN not in sign_in(cast.business).get("/inspections").text  # not told before its result


def test_a_record_shows_its_versions_with_what_changed(
    sign_in: SignIn, cast: Cast, database: Database, clock: FixedClock
) -> None:
    with database.unit_of_work() as session:
        place = session.get_one(Establishment, cast.business.establishment_id)
        Store(session, clock, cast.admin).correct(place, {"risk_grade": "C"}, reason="约谈后调整")
    page = sign_in(cast.lead).get(f"/records/establishment/{cast.business.establishment_id}").text
    assert "第 2 版" in page and "约谈后调整" in page and "管理员" in page
    assert "<del>B</del>" in page and "<ins>C</ins>" in page and "鱼峰区" in page


@pytest.mark.parametrize("kind", ["user", "journal_entry", "nonsense", "rule_param"])
def test_records_outside_any_region_are_for_overseers(sign_in: SignIn, cast: Cast, kind: str) -> None:
    assert sign_in(cast.inspector).get(f"/records/{kind}/{cast.lead.id}").status_code in (200, 404)
    assert sign_in(cast.business).get(f"/records/{kind}/{cast.lead.id}").status_code == 404


def test_one_search_finds_every_kind(sign_in: SignIn, cast: Cast, many: list[str], story: Story) -> None:
    story.assign()
    page = sign_in(cast.lead).get("/search?q=老陈").text
    assert "检-450203-20261118-001" in page and "档案" in page
    assert "袋装螺蛳粉" in sign_in(cast.lead).get("/search?q=袋装").text
    assert "没有找到“老陈”" in sign_in(cast.outsider).get("/search?q=老陈").text
    assert "输入要找的内容" in sign_in(cast.lead).get("/search?q=").text
    assert sign_in(cast.lead).get("/search?q=%00%25_'\"<x>").status_code == 200
