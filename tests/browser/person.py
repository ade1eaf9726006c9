"""Somebody at a browser, who notices everything that goes wrong on the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

from tests.browser.site import PASSWORD, Site

DESK, PHONE = (1280, 900), (390, 844)
#: at the door of the plant of the stories
SITE = {"latitude": 24.3150, "longitude": 109.4280, "accuracy": 8}


class Person:
    """One person's browser: their window, and what went wrong in it."""

    def __init__(self, browser: Browser, site: Site, size: tuple[int, int] = DESK, **options: Any) -> None:
        self.site = site
        self.troubles: list[str] = []
        self._foreseen: set[int] = set()
        self.context: BrowserContext = browser.new_context(
            base_url=site.url,
            viewport={"width": size[0], "height": size[1]},
            has_touch=size is PHONE,
            is_mobile=size is PHONE,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            geolocation=SITE,
            permissions=["geolocation"],
            **options,
        )
        self.context.set_default_timeout(15_000)
        self.context.on("console", self._heard)
        self.context.on("weberror", lambda error: self.troubles.append(f"{error.error}"))
        self.context.on("response", self._answered)
        self.context.on("requestfailed", self._unanswered)
        self.page: Page = self.context.new_page()

    def sign_in(self, username: str) -> Person:
        """Through the page, as everyone does."""
        self.page.goto("/sign-in")
        self.page.fill("#identity", username)
        self.page.fill("#password", PASSWORD)
        self.page.click("form.form button.primary")
        self.page.wait_for_url("**/inbox*")
        return self

    @contextmanager
    def foreseeing(self, *statuses: int) -> Iterator[None]:
        """A refusal with one of these statuses belongs to the story."""
        self._foreseen |= set(statuses)
        yield
        self.page.wait_for_load_state()
        self._foreseen -= set(statuses)

    def width_of_page(self) -> int:
        """How wide the document is; wider than the window means sideways scrolling."""
        width: int = self.page.evaluate("document.documentElement.scrollWidth")
        return width

    def _heard(self, message: ConsoleMessage) -> None:
        refused = message.text.startswith("Failed to load resource")  # told by its answer, below
        if message.type == "error" and not refused:
            self.troubles.append(f"console: {message.text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self._foreseen:
            self.troubles.append(f"{response.status} for {response.request.method} {response.url}")

    def _unanswered(self, request: Request) -> None:
        if "ERR_ABORTED" not in (request.failure or ""):
            self.troubles.append(f"{request.failure} for {request.method} {request.url}")
