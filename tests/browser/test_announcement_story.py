"""A disclosure in pages: drafted with a live count, reviewed, approved, read by anyone, confirmed by the business."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Arrive
from tests.browser.deeds import Hands
from tests.browser.person import DESK, PHONE, Person
from tests.browser.site import Site

TITLE = "米粉生产企业监督检查结果公示"


def test_a_disclosure_is_told_from_draft_to_receipt(site: Site, arrive: Arrive) -> None:
    clock = site.clock
    author = arrive(site, "inspector", DESK)
    _begun(author.page, Hands(author.page, 1))
    _drafted(author.page, Hands(author.page, 1))
    site.work()

    clock.advance(minutes=20)
    lead = arrive(site, "lead", DESK)
    _agreed(Hands(lead.page, 2), "部门审核", "提交审核意见")
    clock.advance(minutes=20)
    reviewer = arrive(site, "disclosure", DESK)
    _reviewed(reviewer.page, Hands(reviewer.page, 3))
    clock.advance(minutes=20)
    for name in ("manager", "superior"):
        approver = arrive(site, name, DESK)
        _agreed(Hands(approver.page, 4), "逐级审批", "提交审批意见")
        clock.advance(minutes=5)
    site.work()
    site.work()

    business = arrive(site, "business", PHONE)
    _read_by_anyone(arrive(site, "business", PHONE))
    _confirmed(business.page)
    assert site.unkept_promises() == []


def _begun(page: Page, hands: Hands) -> None:
    page.goto("/start/announcement")
    page.get_by_label("类别", exact=True).select_option("result_disclosure")
    hands.fill("标题", TITLE)
    hands.send("开始起草")


def _drafted(page: Page, hands: Hands) -> None:
    hands.open_task("起草公告")
    hands.fill("正文", "<p>现将监督检查结果公示如下。</p><ul><li>检查时间：十一月</li></ul>")
    page.get_by_role("button", name="添加一项").click()
    page.locator("[name='fields.0.label']").fill("检查结论")
    page.locator("[name='fields.0.value']").fill("基本符合")
    page.get_by_role("button", name="添加一项").click()
    page.locator("[name='fields.1.label']").fill("法定代表人")
    page.locator("[name='fields.1.value']").fill("陈桂英 11010519491231002X")
    for code in ("INS", "LEAD"):
        page.locator(f"[name=kinds][value={code}]").uncheck()
    expect(page.locator("#f-reach")).to_contain_text("0 人", timeout=15_000)
    page.locator("[name=kinds][value=BIZ]").check()
    expect(page.locator("#f-reach")).to_contain_text("1 人", timeout=15_000)
    hands.tick("接收人须确认已阅")
    hands.tick("向社会公开")
    page.get_by_label("公开栏目", exact=True).select_option("inspection")
    hands.fill("摘要", "鱼峰区米粉生产企业十一月检查结果")
    hands.say("涉及的行政处罚", "不涉及行政处罚")
    hands.send("提交审核")


def _agreed(hands: Hands, step: str, button: str) -> None:
    hands.open_task(step)
    hands.question("意见").get_by_text("同意", exact=True).click()
    hands.send(button)


def _reviewed(page: Page, hands: Hands) -> None:
    hands.open_task("公开审查")
    row = page.locator("[data-row]").filter(has_text="法定代表人")
    row.get_by_text("遮盖后公开", exact=True).click()
    row.get_by_label("不公开的依据").select_option("privacy")
    row.get_by_label("遮盖后的内容").fill("陈某某")
    row.get_by_label("说明", exact=True).fill("身份证号属于个人隐私")
    hands.send("提交审查决定")


def _read_by_anyone(person: Person) -> None:
    """Without a sign-in, on a phone: the list, the page, nothing redacted on it."""
    person.context.clear_cookies()
    page = person.page
    page.goto("/public")
    page.get_by_role("link", name=TITLE).click()
    expect(page.locator("h1")).to_have_text(TITLE)
    expect(page.locator("main")).to_contain_text("陈某某")
    expect(page.locator("main")).not_to_contain_text("11010519491231002X")
    assert person.width_of_page() <= PHONE[0]
    assert person.context.cookies() == []


def _confirmed(page: Page) -> None:
    page.goto("/notifications")
    page.get_by_role("button", name=re.compile(f"请阅读并确认：{TITLE}")).click()
    expect(page.locator("h1")).to_have_text(TITLE)
    page.get_by_role("button", name="我已阅读并确认").click()
    expect(page.locator(".flash.good")).to_be_visible()
    expect(page.locator("main")).to_contain_text("已确认")
