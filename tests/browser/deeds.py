"""What people do on pages, in the words that stand there."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import datetime

from playwright.sync_api import FilePayload, Locator, Page, expect

from demo.photos import photo


class Hands:
    """A person's hands on one page. Questions are found by the words a person would look for."""

    def __init__(self, page: Page, seed: int) -> None:
        self.page = page
        self.chance = random.Random(seed)

    def choose(self, label: str, text: str) -> None:
        """Type into a chooser and take the first that is offered."""
        box = self.page.get_by_role("combobox", name=label)
        box.click()
        box.fill(text)
        offered = self.page.get_by_role("option").filter(has_text=text).first
        offered.click()
        expect(box).to_have_value(re.compile(text))

    def fill(self, label: str, text: str) -> None:
        """Write into the field with this label."""
        self.page.get_by_label(label, exact=True).fill(text)

    def say(self, question: str, answer: str) -> None:
        """Press one of a question's answers."""
        self.question(question).get_by_text(answer, exact=True).click()

    def tick(self, label: str) -> None:
        """Set a tick."""
        self.page.get_by_label(label, exact=True).check()

    def question(self, legend: str) -> Locator:
        """The group of controls below a question."""
        return self.page.locator("fieldset.field").filter(has=self.page.locator("legend", has_text=legend)).last

    def attach(self, where: Locator, at: datetime, count: int = 1) -> None:
        """Take photos there, and wait until each is kept."""
        before = where.locator(".thumb").count()
        where.locator("input[type=file]").set_input_files([self._photo(at) for _ in range(count)])
        expect(where.locator(".thumb[data-state=done]")).to_have_count(before + count)

    def sign(self, question: str) -> None:
        """Write a name on the pad."""
        field = self.question(question)
        field.get_by_role("button", name="签字", exact=True).click()
        board = field.locator("canvas")
        expect(board).to_be_visible()
        box = board.bounding_box()
        assert box
        mouse = self.page.mouse
        for stroke in range(3):
            left, top = box["x"] + box["width"] * (0.25 + 0.15 * stroke), box["y"] + box["height"] * 0.4
            mouse.move(left, top)
            mouse.down()
            for _ in range(6):
                left, top = left + self.chance.uniform(4, 12), top + self.chance.uniform(-25, 30)
                mouse.move(left, top)
            mouse.up()
        field.get_by_role("button", name="确认签字").click()
        expect(field.locator("dialog")).to_be_hidden()
        expect(field.locator("> .signature > img")).to_be_visible()

    def send(self, button: str) -> None:
        """Send the form and see that it was taken."""
        self.page.get_by_role("button", name=button, exact=True).last.click()
        expect(self.page.locator(".flash.good")).to_be_visible()

    def open_task(self, step: str) -> None:
        """From the first page into one's task, by way of what waits for one's group when nothing is one's own."""
        self.page.goto("/")
        elsewhere = self.page.get_by_role("link", name="去领取")
        if elsewhere.is_visible():
            elsewhere.click()
        self.page.locator("[data-key-row]").filter(has_text=step).first.locator("[data-key-open]").click()
        self.page.locator("#detail").get_by_role("link", name="开始办理").click()
        expect(self.page.locator("h1")).to_contain_text(step)

    def _photo(self, at: datetime) -> FilePayload:
        name = f"IMG_{self.chance.randrange(10**6):06d}.jpg"
        return {"name": name, "mimeType": "image/jpeg", "buffer": photo(self.chance, at, 24.3150, 109.4280)}


def answer(page: Page, answers: Mapping[str, str]) -> None:
    """Fill in the controls of a page's form by the names that the form gives them."""
    for name, value in answers.items():
        control = page.locator(f"[data-form] [name='{name}']")
        kind = control.last.get_attribute("type")
        if kind == "radio":
            choice = page.locator(f"[data-form] [name='{name}'][value='{value}']")
            expect(choice).to_be_enabled()
            choice.check(force=True)
        elif kind == "checkbox":
            control.last.check(force=True)
        else:
            control.last.fill(value)
