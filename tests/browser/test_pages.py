"""Every main page on a desk and on a phone, light and dark: it fits, it is silent, everyone can use it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Arrive
from tests.browser.person import DESK, PHONE, Person
from tests.browser.places import PAGES, address, settle
from tests.browser.site import ROOT, Site
from tests.browser.words import chinese_left, english_left

AXE = ROOT / "node_modules/axe-core/axe.min.js"
GRAVE = ("serious", "critical")


def grave_violations(page: Page) -> list[str]:
    """What axe finds that keeps people out."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']} ({each['impact']}): {node['target']} {node['html'][:160]} {node['failureSummary']}"
        for each in found["violations"]
        if each["impact"] in GRAVE
        for node in each["nodes"][:3]
    ]


def wider_than(page: Page, width: int) -> list[str]:
    """What sticks out to the right of the window, outside of boxes that scroll by themselves."""
    sticking: list[str] = page.evaluate(
        """width => document.documentElement.scrollWidth <= width ? [] : [...document.body.querySelectorAll('*')]
             .filter(each => each.getBoundingClientRect().right > width + 1)
             .slice(0, 5).map(each => each.outerHTML.slice(0, 120))""",
        width,
    )
    return sticking


@pytest.fixture(scope="module")
def known(chromium, city) -> dict[str, dict]:
    """The sign-ins of those who look, each made once."""
    states = {}
    for username in sorted({who for who, _where in PAGES.values() if who}):
        person = Person(chromium, city).sign_in(username)
        states[username] = person.context.storage_state()
        person.context.close()
    return states


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_and_can_be_used_by_everyone(
    city: Site, arrive: Arrive, known: dict[str, dict], name: str, size: tuple[int, int]
) -> None:
    person = arrive(city, "", size, storage_state=known.get(PAGES[name][0]))
    page = person.page
    page.goto(address(city, name))
    settle(page)
    assert wider_than(page, size[0]) == []
    assert english_left(page) == []
    assert grave_violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert grave_violations(page) == []


def test_the_api_describes_itself_without_sign_of_trouble(city: Site, arrive: Arrive, known: dict[str, dict]) -> None:
    page = arrive(city, "", DESK, storage_state=known["admin"]).page
    page.goto("/api/docs")
    expect(page.locator(".swagger-ui .opblock").first).to_be_visible()


def test_the_inbox_is_worked_with_the_keyboard_alone(city: Site, arrive: Arrive, known: dict[str, dict]) -> None:
    page = arrive(city, "", DESK, storage_state=known["lead"]).page
    page.goto("/inbox?view=group")
    rows = page.locator("[data-key-row]")
    first = rows.first.locator("[data-key-open]").inner_text()
    page.keyboard.press("j")
    expect(rows.first).to_have_class(re.compile("cursor"))
    page.keyboard.press("Enter")
    expect(page.locator("#detail h2.h1")).to_have_text(first)
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("c")
    page.wait_for_url("**/tasks/*")
    expect(page.locator(".flash.good")).to_contain_text("已领取")
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()


@pytest.mark.parametrize("username", sorted({who for who, _where in PAGES.values()}))
def test_an_english_page_is_english(city: Site, arrive: Arrive, known: dict[str, dict], username: str) -> None:
    page = arrive(city, "", DESK, storage_state=known.get(username)).page
    home = "/account" if username else "/sign-in"
    page.goto(home)
    page.locator("main, .bare").get_by_role("button", name="English").click()
    expect(page.locator("html[lang=en]")).to_be_attached()
    left = {}
    for name in (name for name, (who, _where) in PAGES.items() if who == username):
        page.goto(address(city, name))
        left[name] = chinese_left(page)
    page.goto(home)
    page.locator("main, .bare").get_by_role("button", name="中文").click()  # people keep the language they chose
    expect(page.locator("html[lang=zh-CN]")).to_be_attached()
    assert not any(left.values()), left
