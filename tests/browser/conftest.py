"""A real browser before a real server. Without Chromium on the machine these tests say so and are skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Playwright, sync_playwright

from records.clock import FixedClock
from tests.browser.person import DESK, Person
from tests.browser.site import ROOT, Site, cast_site, city_site
from tests.conftest import START

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=zh-CN",
)
DEBIAN = Path("/usr/bin/chromium")
#: cases of the demo city that the pages are looked at with
CASES = 16

Arrive = Callable[..., Person]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything below this folder needs Chromium."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, else Playwright's own."""
    if not (ROOT / "web/static/dist/manifest.json").exists():
        pytest.skip("the browser bundle is not built (make setup)")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


def launch(playwright: Playwright) -> Browser:
    """A browser without a window. Skips the test when the machine has none."""
    try:
        return playwright.chromium.launch(executable_path=str(DEBIAN) if DEBIAN.exists() else None, args=list(FLAGS))
    except Error as error:
        pytest.skip(f"no Chromium can be started here: {error.message.splitlines()[0]}")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The product with the cast, on Wednesday 18 November 2026 at eleven."""
    clock = FixedClock(START, seed=7)
    with cast_site(tmp_path, clock) as site:
        clock.advance(hours=2)
        yield site


@pytest.fixture(scope="package")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The product with the demo city, to be looked at."""
    clock = FixedClock(START, seed=450200)
    clock.advance(days=2, hours=1)
    with city_site(tmp_path_factory.mktemp("city"), clock, CASES) as site:
        yield site


@pytest.fixture
def arrive(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Arrive]:
    """``arrive(site, "inspector", PHONE)`` gives a signed-in person. In the end nothing may have gone wrong."""
    people: list[Person] = []

    def arrived(site: Site, username: str, size: tuple[int, int] = DESK, **options: Any) -> Person:
        person = Person(chromium, site, size, **options)
        people.append(person)
        return person.sign_in(username) if username else person

    yield arrived
    for number, person in enumerate(people):
        _picture(request, person, number)
        person.context.close()
    assert [trouble for person in people for trouble in person.troubles] == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Remember how the test went, for the pictures of failures."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


FAILED = pytest.StashKey[bool]()


def _picture(request: pytest.FixtureRequest, person: Person, number: int) -> None:
    """What each person saw when the test failed: ``var/browser/<test>-<n>.png``."""
    if not request.node.stash.get(FAILED, False):
        return
    folder = ROOT / "var" / "browser"
    folder.mkdir(parents=True, exist_ok=True)
    name = "".join(letter if letter.isalnum() else "_" for letter in request.node.name)
    person.page.screenshot(path=folder / f"{name}-{number}.png", full_page=True)
