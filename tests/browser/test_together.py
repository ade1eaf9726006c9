"""Working on many tasks at once and with others, in a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from engine.model import UserTask, UserTaskState
from records.clock import FixedClock, today
from tests.browser.conftest import Arrive
from tests.browser.person import PHONE
from tests.browser.site import Site, cast_site
from tests.conftest import START
from tests.factories import Cast

MANY = 13


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The product with the cast, and more inspections than one slice holds, all given to the inspector."""
    with cast_site(tmp_path_factory.mktemp("together"), FixedClock(START, seed=13)) as site:
        with site.database.unit_of_work() as session:
            cast = Cast.load(session)
            for _number in range(MANY):
                site.clock.advance(seconds=1)
                answers = {
                    "establishment": cast.business.establishment_id,
                    "mode": "routine",
                    "reason": "年度监督检查计划",
                    "lead_inspector": cast.inspector.id,
                    "second_inspector": cast.colleague.id,
                    "planned_on": today(site.clock).isoformat(),
                }
                site.parts.engine.start(session, "inspection", answers, cast.lead)
        yield site


def left(site: Site) -> int:
    """How many wait to be accepted."""
    with site.database.reading() as session:
        waiting = UserTask.element_id == "accept_assignment", UserTask.state == UserTaskState.OPEN
        return session.scalar(select(func.count()).select_from(UserTask).where(*waiting)) or 0


def test_a_name_after_an_at_is_offered_and_taken_with_the_keyboard(office: Site, arrive: Arrive) -> None:
    page = arrive(office, "inspector", PHONE).page
    page.goto("/inbox")
    page.locator("[data-key-open]").first.click()
    page.locator("#detail small a").first.click()
    box = page.locator("#comment")
    box.click()
    page.keyboard.type("请 @覃")
    expect(page.locator("#comment-people li")).to_have_count(1)
    page.keyboard.press("Enter")
    page.keyboard.type("补照片")
    expect(box).to_have_value("请 @覃协 补照片")
    page.get_by_role("button", name="发表留言").click()
    expect(page.locator(".mention")).to_have_text("@覃协")
    page.locator(".mention").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("覃协")


def test_ranges_are_chosen_with_shift_and_assigned_with_progress(office: Site, arrive: Arrive) -> None:
    page = arrive(office, "lead").page
    page.goto("/inbox?view=all")
    boxes = page.locator(".pick")
    expect(page.locator("#bulk")).to_be_hidden()
    boxes.nth(0).click()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(page.locator("[data-bulk-count]")).to_have_text("3")
    page.get_by_label("全选").check()
    expect(page.locator("[data-bulk-count]")).to_have_text(str(MANY))
    page.locator("#bulk").get_by_role("button", name="指派").click()
    chosen = page.get_by_label("指派给")
    chosen.select_option(chosen.locator("option", has_text="覃协").get_attribute("value"))
    page.get_by_role("button", name="指派").click()
    page.wait_for_url("**/inbox?view=all")
    expect(page.locator("[data-key-row]", has_text="覃协")).to_have_count(MANY)


def test_one_form_answers_for_all_and_what_stands_against_it_is_told(office: Site, arrive: Arrive) -> None:
    colleague = arrive(office, "colleague", PHONE)
    page = colleague.page
    page.goto("/inbox")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.get_by_label("全选").check()
    page.locator("#bulk").get_by_role("button", name="一并办理").click()
    expect(page.locator(".status-line")).to_contain_text(f"{MANY} 项")
    with colleague.foreseeing(422):
        page.get_by_role("button", name="接受任务").last.click()
        expect(page.locator("[data-summary]")).to_contain_text("需要修改")
    assert left(office) == MANY
    page.get_by_label("本人与被检查单位没有直接利害关系").check()
    page.get_by_label("确定的检查日期").fill(today(office.clock).isoformat())
    page.get_by_role("button", name="接受任务").last.click()
    page.wait_for_url("**/inbox")
    assert left(office) == 0
