"""From the plan to the draw in pages: drafted, counted, approved, drawn with a witness, declared, approved."""

from __future__ import annotations

import io
import json
import re
import zipfile

from playwright.sync_api import Page, expect

from records import verify_draw
from records.people import SYSTEM
from records.store import Store
from tests import factories
from tests.browser.conftest import Arrive
from tests.browser.deeds import Hands
from tests.browser.person import DESK, PHONE
from tests.browser.site import Site


def test_a_plan_is_drawn_with_a_witness_and_can_be_drawn_again(site: Site, arrive: Arrive) -> None:
    with site.database.unit_of_work() as session:
        for number in range(4):
            factories.establishment(Store(session, site.clock, SYSTEM), name=f"柳州市鱼峰区第{number}米粉厂")
    lead = arrive(site, "lead", DESK)
    operator = Hands(lead.page, 1)
    case = _planned(site, operator)
    manager = arrive(site, "manager", DESK)
    approver = Hands(manager.page, 2)
    _approved(approver)
    site.work()

    operator.open_task("确认名录库")
    expect(lead.page.get_by_text("没有检查资格证书")).to_be_visible()
    operator.say("确认意见", "名录库无误")
    operator.send("提交确认意见")
    _contributed(operator)
    site.clock.advance(minutes=5)
    auditor = arrive(site, "auditor", PHONE)
    _witnessed(Hands(auditor.page, 3))
    for number, name in enumerate(("inspector", "colleague")):
        _declared(Hands(arrive(site, name, PHONE).page, 4 + number))
    approver.open_task("核准抽取名单")
    expect(manager.page.get_by_text("检查对象与人员")).to_be_visible()
    approver.say("核准意见", "核准")
    approver.send("提交核准意见")
    site.work()

    _drawn_again(lead.page, case)
    inspector = arrive(site, "inspector", PHONE)
    inspector.page.goto("/")
    expect(inspector.page.locator("[data-key-row]").filter(has_text="接受检查任务").first).to_be_visible()
    assert site.unkept_promises() == []


def _planned(site: Site, hands: Hands) -> str:
    page, day = hands.page, site.clock.now().date()
    page.goto("/start/inspection_plan")
    hands.fill("计划年度", f"{day.year}")
    hands.send("开始编制")
    case = page.url
    hands.open_task("起草检查计划")
    hands.fill("计划名称", "岁末米粉专项检查计划")
    hands.fill("计划年度", f"{day.year}")
    hands.question("检查区域").get_by_label("鱼峰区").check()
    hands.question("检查事项").get_by_role("checkbox").first.check()
    hands.fill("开始日期", day.isoformat())
    hands.fill("结束日期", f"{day.year}-12-31")
    if not page.locator("[name='rounds.0.draw_on']").count():
        page.get_by_role("button", name="添加轮次").click()
    page.locator("[name='rounds.0.draw_on']").fill(day.isoformat())
    page.locator("[name='rounds.0.inspect_by']").fill(f"{day.year}-12-20")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    hands.send("提交草案")
    hands.open_task("确定抽查数量")
    page.locator("[name='strata.0.ratio']").fill("40")
    hands.send("提交审批")
    return case


def _approved(hands: Hands) -> None:
    hands.open_task("审批检查计划")
    hands.say("审批意见", "批准")
    hands.sign("审批人签字")
    hands.send("提交审批意见")


def _contributed(hands: Hands) -> None:
    hands.open_task("操作人投入随机数")
    hands.say("产生方式", "掷骰")
    hands.fill("操作人的随机内容", "三五六二四一六六")
    hands.fill("抽取地点", "局三楼会议室")
    hands.send("投入随机数")


def _witnessed(hands: Hands) -> None:
    hands.open_task("见证人投入随机数")
    expect(hands.page.get_by_text(re.compile("[0-9a-f]{64}"))).to_be_visible()
    assert "三五六二四一六六" not in hands.page.content(), "the witness does not see the operator's part"
    hands.tick("本人在场见证，承诺值与公布的一致")
    hands.fill("见证人的随机内容", "witness-0721")
    hands.send("投入随机数并开始抽取")


def _declared(hands: Hands) -> None:
    hands.open_task("申报利害关系")
    relations = hands.page.locator("select[name$='.relation']")
    for number in range(relations.count()):
        relations.nth(number).select_option("none")
    hands.send("提交申报")


def _drawn_again(page: Page, case: str) -> None:
    """The record on the case's page holds all that is needed to draw again; the certificate is a PDF."""
    page.goto(case)
    papers = page.locator("[aria-labelledby=documents] .entry")
    certificate = papers.filter(has_text="双随机抽取凭证").locator("h3 a").get_attribute("href")
    record = papers.filter(has_text="双随机抽取记录").locator("h3 a").get_attribute("href")
    assert certificate and record
    assert page.request.get(certificate).body().startswith(b"%PDF-")
    with zipfile.ZipFile(io.BytesIO(page.request.get(record).body())) as zipped:
        document = json.loads(zipped.read("draw.json"))
        assert zipped.read("verify_draw.py").startswith(b"#!/usr/bin/env python3")
    verify_draw.verify(document)
    assert len(document["final"]) >= 2
