"""Bad input as people meet it in a browser: what is said, where they are led, and that nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from engine.model import UserTask, UserTaskState
from records.clock import FixedClock, today
from records.submissions import Draft, Submission
from tests.browser.conftest import Arrive
from tests.browser.deeds import Hands
from tests.browser.person import PHONE
from tests.browser.site import Site, cast_site
from tests.conftest import START
from tests.factories import Cast


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The product with the cast, for all of these small stories."""
    with cast_site(tmp_path_factory.mktemp("office"), FixedClock(START, seed=11)) as site:
        yield site


class Case:
    """An inspection just assigned to the inspector, told up to where the refusal is met."""

    def __init__(self, site: Site) -> None:
        self.site = site
        with site.database.reading() as session:
            self.cast = Cast.load(session)
        site.clock.advance(minutes=1)
        answers = {
            "establishment": self.cast.business.establishment_id,
            "mode": "routine",
            "reason": "年度监督检查计划",
            "lead_inspector": self.cast.inspector.id,
            "second_inspector": self.cast.colleague.id,
            "planned_on": today(site.clock).isoformat(),
        }
        with site.database.unit_of_work() as session:
            self.id = site.parts.engine.start(session, "inspection", answers, self.cast.lead).id

    def task(self) -> str:
        """The open user task's address."""
        with self.site.database.reading() as session:
            open_here = (UserTask.process_instance_id == self.id) & (UserTask.state == UserTaskState.OPEN)
            return f"/tasks/{session.scalars(select(UserTask.id).where(open_here)).one()}"

    def accepted(self) -> Case:
        """The inspector has accepted."""
        with self.site.database.unit_of_work() as session:
            answers = {"no_interest": True, "scheduled_on": today(self.site.clock).isoformat()}
            self.site.parts.engine.complete(session, self.task()[7:], answers, self.cast.inspector)
        return self

    def count(self, kind: type[Submission] | type[Draft], task: str) -> int:
        """How many of these there are for a user task."""
        with self.site.database.reading() as session:
            return session.scalar(select(func.count()).select_from(kind).where(kind.user_task_id == task[7:])) or 0


@pytest.fixture
def case(office: Site) -> Case:
    return Case(office)


def test_missing_answers_are_summed_up_linked_and_nothing_typed_is_lost(
    office: Site, case: Case, arrive: Arrive
) -> None:
    case.accepted()
    inspector = arrive(office, "inspector", PHONE)
    page = inspector.page
    page.goto(case.task())
    page.get_by_label("企业在场人员").fill("陈桂英（厂长）")
    with inspector.foreseeing(422):
        page.get_by_role("button", name="提交现场记录").last.click()
        summary = page.locator("[data-summary]")
        expect(summary).to_be_focused()
    expect(summary.locator("h2")).to_have_text(re.compile(r"有 \d+ 处需要修改"))
    expect(page.get_by_label("企业在场人员")).to_have_value("陈桂英（厂长）")
    summary.locator("a[href='#f-credentials_shown']").click()
    expect(page.get_by_label("已出示执法证件或者检查任务书")).to_be_focused()
    item = summary.locator("a[href^='#f-checklist.']").first
    item.click()
    expect(page.locator("[data-item]").first.locator("input").first).to_be_focused()


def test_a_foreign_case_does_not_exist(office: Site, case: Case, arrive: Arrive) -> None:
    outsider = arrive(office, "outsider")
    for address in (case.task(), f"/cases/{case.id}"):
        with outsider.foreseeing(404):
            outsider.page.goto(address)
        expect(outsider.page.locator("h1")).to_have_text(re.compile("未找到|不存在|找不到"))


def test_who_lacks_the_certificate_is_told_why(office: Site, case: Case, arrive: Arrive) -> None:
    with office.database.unit_of_work() as session:
        office.parts.engine.release(session, case.task()[7:], case.cast.inspector)
    unqualified = arrive(office, "unqualified")
    page = unqualified.page
    page.goto(case.task())
    expect(page.locator(".empty h2")).to_contain_text("资格证书")
    expect(page.get_by_role("button", name="领取")).to_have_count(0)


def test_a_form_pressed_twice_or_from_a_second_window_counts_once(office: Site, case: Case, arrive: Arrive) -> None:
    task = case.task()
    inspector = arrive(office, "inspector")
    page = inspector.page
    second = inspector.context.new_page()
    with inspector.foreseeing(409):  # the second window may neither save nor send
        for window in (page, second):
            window.goto(task)
            window.get_by_label("本人与被检查单位没有直接利害关系").check()
        page.get_by_role("button", name="接受任务").last.dblclick()
        expect(page.locator("h1")).to_contain_text("现场检查")
        second.get_by_role("button", name="接受任务").last.click()
        expect(second.locator(".flash.bad")).to_contain_text("已")
    assert case.count(Submission, task) == 1


def test_a_task_handed_over_meanwhile_keeps_the_draft(office: Site, case: Case, arrive: Arrive) -> None:
    task = case.task()
    inspector, lead = arrive(office, "inspector"), arrive(office, "lead")
    inspector.page.goto(task)
    hands = Hands(inspector.page, 1)
    hands.tick("本人与被检查单位没有直接利害关系")
    hands.fill("需要准备的事项", "带快检试剂和执法记录仪")
    lead.page.goto(task)
    lead.page.get_by_text("更多").click()
    lead.page.get_by_role("button", name="指派").click()
    takers = lead.page.locator("#assign select")
    takers.select_option(takers.locator("option", has_text="覃协").get_attribute("value"))
    lead.page.locator("#assign").get_by_role("button", name="指派").click()
    expect(lead.page.locator(".flash.good")).to_be_visible()
    with inspector.foreseeing(409):
        inspector.page.get_by_role("button", name="接受任务").last.click()
        expect(inspector.page.locator(".flash.bad")).to_contain_text("已保留为草稿")
    assert case.count(Draft, task) == 1
    assert case.count(Submission, task) == 0
