"""``python -m tests.browser.pictures``: take the README's pictures anew, from demo data, into docs/pictures."""

from __future__ import annotations

import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from records.clock import FixedClock
from tests.browser.conftest import CASES, launch
from tests.browser.deeds import Hands
from tests.browser.person import PHONE, Person
from tests.browser.places import address, case, settle, task
from tests.browser.site import ROOT, Site, city_site
from tests.conftest import START

FOLDER = ROOT / "docs" / "pictures"
NOTE = "凉菜间一名切配人员未戴口罩"


def main() -> None:
    """Three pictures of one morning in the demo city."""
    clock = FixedClock(START, seed=450200)
    clock.advance(days=2, hours=1)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        city_site(Path(folder), clock, CASES) as site,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        desk = Person(browser, site, (1280, 800)).sign_in("inspector")
        _inbox(desk.page, site)
        desk.context.clear_cookies()
        _case(desk.sign_in("lead").page, site)
        _onsite(Person(browser, site, PHONE, device_scale_factor=1.5).sign_in("inspector").page, site)
        browser.close()


def _inbox(page: Page, site: Site) -> None:
    page.goto(address(site, "inbox_with_task"))
    settle(page)
    _take(page, "inbox")


def _case(page: Page, site: Site) -> None:
    page.set_viewport_size({"width": 1280, "height": 1180})
    page.goto(case(site, "review_rectification"))
    settle(page)
    _take(page, "case")


def _onsite(page: Page, site: Site) -> None:
    page.goto(task(site, "onsite_inspection", "inspector"))
    settle(page)
    hands = Hands(page, 1)
    items = page.locator("[data-section]").first.locator("[data-item]")
    for number in range(items.count() - 1):
        items.nth(number).get_by_text("符合", exact=True).click()
    failed = items.nth(items.count() - 1)
    failed.get_by_text("不符合", exact=True).click()
    failed.get_by_label("情况说明").fill(NOTE)
    hands.attach(failed.locator("[data-upload]"), site.clock.now(), 2)
    failed.get_by_text("一般", exact=True).click()
    page.locator("[data-draft-state][data-state=saved]").wait_for()
    failed.evaluate("each => scrollTo(0, each.getBoundingClientRect().top + scrollY - 190)")
    page.wait_for_timeout(300)
    _take(page, "onsite")


def _take(page: Page, name: str) -> None:
    picture = Image.open(BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    picture.quantize(192, dither=Image.Dither.NONE).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
