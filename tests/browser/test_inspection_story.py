"""The whole story in pages: assigned, inspected, told, approved, put right, refused once, accepted, closed."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Arrive
from tests.browser.deeds import Hands
from tests.browser.person import DESK, PHONE
from tests.browser.site import Site

PLANT = "柳州市鱼峰区老陈米粉厂"
NOTE = "灭蝇灯不亮，门帘破损一处"


def test_an_inspection_is_told_from_assignment_to_closing(site: Site, arrive: Arrive) -> None:
    clock = site.clock
    lead = arrive(site, "lead", DESK)
    case = _assigned(lead.page, Hands(lead.page, 1))

    inspector = arrive(site, "inspector", PHONE)
    hands = Hands(inspector.page, 2)
    _accepted(hands)
    clock.advance(minutes=50)
    _inspected(site, inspector.page, hands)
    site.work()

    clock.advance(minutes=10)
    colleague = arrive(site, "colleague", DESK)
    _cosigned(Hands(colleague.page, 3))

    clock.advance(minutes=10)
    _told(hands)
    site.work()

    clock.advance(hours=1)
    _approved(lead.page, Hands(lead.page, 4))
    site.work()
    _papers_are_genuine(lead.page, case)

    clock.advance(days=2)
    business = arrive(site, "business", PHONE)
    owner = Hands(business.page, 5)
    _put_right(site, owner, "已更换灭蝇灯")
    clock.advance(hours=5)
    _reviewed(hands, "不到位", "照片看不清门帘")
    clock.advance(days=1)
    _put_right(site, owner, "已更换灭蝇灯并换新门帘")
    clock.advance(hours=5)
    _reviewed(hands, "到位", "")
    site.work()

    _closed(lead.page, case)
    assert site.unkept_promises() == []


def _assigned(page: Page, hands: Hands) -> str:
    page.goto("/start")
    page.get_by_role("link", name=re.compile("^发起")).and_(page.locator("[href$='/start/inspection']")).click()
    hands.choose("被检查单位", "老陈米粉厂")
    hands.say("检查方式", "日常检查")
    hands.fill("检查事由", "年度监督检查计划")
    hands.choose("主检人员", "韦检")
    hands.choose("协检人员", "覃协")
    hands.send("派发检查任务")
    expect(page.locator("h1")).to_have_text(PLANT)
    expect(page.locator(".status-line")).to_contain_text("等待韦检办理“接受检查任务”")
    return page.url


def _accepted(hands: Hands) -> None:
    hands.open_task("接受检查任务")
    hands.tick("本人与被检查单位没有直接利害关系")
    hands.send("接受任务")
    expect(hands.page.locator("h1")).to_contain_text("现场检查")


def _inspected(site: Site, page: Page, hands: Hands) -> None:
    now = site.clock.now()
    page.get_by_role("button", name="取当前位置").click()
    expect(page.locator("[data-position-state]")).to_contain_text("误差 8 米")
    hands.attach(hands.question("门头照片"), now, 2)
    hands.tick("主检和协检人员均已到场")
    hands.tick("已出示执法证件或者检查任务书")
    hands.fill("企业在场人员", "陈桂英（厂长）")
    _checked(site, page, hands)
    page.get_by_role("button", name="添加批次").click()
    for name, text in {"lot_code": "20261117A", "product_name": "干米粉", "quantity": "120"}.items():
        page.locator(f"[name='lots.0.{name}']").fill(text)
    page.locator("[name='lots.0.unit']").select_option("bag")
    _kept(page)
    hands.send("提交现场记录")


def _checked(site: Site, page: Page, hands: Hands) -> None:
    """Every item conforms but the second, which is a general one."""
    page.get_by_role("button", name="全部展开或收起").click()
    if page.locator("details[data-section]:not([open])").count():
        page.get_by_role("button", name="全部展开或收起").click()
    items = page.locator("[data-item]")
    for number in range(items.count()):
        item = items.nth(number)
        if item.locator("[data-answer]").count():
            control = item.locator("[data-answer]")
            control.fill(control.get_attribute("data-min") or control.get_attribute("data-max") or "1")
        elif number == 1:
            item.get_by_text("不符合", exact=True).click()
            item.get_by_label("情况说明").fill(NOTE)
            hands.attach(item.locator("[data-upload]"), site.clock.now())
            item.get_by_text("一般", exact=True).click()
        else:
            item.get_by_text("符合", exact=True).click()
    expect(page.locator(".foot [data-count=answered]").first).to_have_text(str(items.count()))
    expect(page.locator(".foot [data-count=failed]")).to_have_text("1")


def _kept(page: Page) -> None:
    """What was typed is kept as a draft by itself, and is there again after the page was lost."""
    expect(page.locator("[data-draft-state]")).to_contain_text("已保存")
    page.wait_for_timeout(1000)
    expect(page.locator("[data-draft-state][data-state=saved]")).to_be_visible()
    page.reload()
    expect(page.get_by_label("企业在场人员")).to_have_value("陈桂英（厂长）")
    expect(page.locator("[name='lots.0.lot_code']")).to_have_value("20261117A")
    expect(page.locator(".item.failed textarea")).to_have_value(NOTE)
    expect(page.locator(".item.failed .thumb")).to_have_count(1)


def _cosigned(hands: Hands) -> None:
    hands.open_task("协检人员确认")
    expect(hands.page.get_by_text(NOTE)).to_be_visible()
    hands.tick("本人与被检查单位没有直接利害关系")
    hands.say("确认意见", "与现场情况一致，确认")
    hands.sign("协检人员签字")
    hands.send("提交确认意见")


def _told(hands: Hands) -> None:
    hands.open_task("告知结果并签字")
    expect(hands.page.get_by_label("基本符合")).to_be_checked()
    hands.fill("整改期限", "10")
    hands.say("企业签字情况", "企业负责人已签字")
    hands.fill("签字人姓名和职务", "陈桂英（厂长）")
    for who in ("企业负责人签字", "主检人员签字", "协检人员签字"):
        hands.sign(who)
    hands.send("提交检查结果")


def _approved(page: Page, hands: Hands) -> None:
    page.goto("/inbox?view=group")
    page.locator("[data-key-row]").filter(has_text="组长审核").get_by_role("button", name="领取").click()
    hands.say("审核意见", "同意")
    hands.send("提交审核意见")


def _papers_are_genuine(page: Page, case: str) -> None:
    """Each paper is a PDF which the public page knows, and another file is not taken for it."""
    page.goto(case)
    papers = page.locator("[aria-labelledby=documents] .entry")
    titles = papers.locator("h3").all_inner_texts()
    for kind in ("任务", "检查结果记录表", "要点表", "责令"):
        assert any(kind in title for title in titles), titles
    sheet = papers.filter(has_text="检查结果记录表")
    link = sheet.locator("h3 a").get_attribute("href")
    assert link
    pdf = page.request.get(link).body()
    assert pdf.startswith(b"%PDF-")
    sheet.get_by_role("link", name="核验").click()
    expect(page.get_by_text("此文书由本平台出具，内容未被更改")).to_be_visible()
    for content, verdict in ((pdf, "一致：您上传的文件就是本平台出具的文书"), (pdf + b"\n", "不一致")):
        page.locator("#pdf").set_input_files({"name": "paper.pdf", "mimeType": "application/pdf", "buffer": content})
        page.get_by_role("button", name="比对").click()
        expect(page.get_by_text(verdict)).to_be_visible()


def _put_right(site: Site, hands: Hands, action: str) -> None:
    hands.open_task("提交整改情况")
    page = hands.page
    page.locator("[name='measures.0.cause']").fill("灭蝇灯灯管老化，没有及时更换")
    page.locator("[name='measures.0.action']").fill(action)
    page.locator("[name='measures.0.done_on']").fill(f"{site.clock.now():%Y-%m-%d}")
    hands.attach(hands.question("整改后照片"), site.clock.now(), 2)
    hands.tick("以上内容真实，如有虚假愿承担法律责任")
    hands.send("提交")


def _reviewed(hands: Hands, verdict: str, comment: str) -> None:
    hands.open_task("远程复查")
    hands.say("是否整改到位", verdict)
    if comment:
        hands.fill("未到位的情况", comment)
    hands.fill("复查意见", comment or "逐项复查，均已整改到位")
    hands.send("提交复查意见")


def _closed(page: Page, case: str) -> None:
    page.goto(case)
    expect(page.locator(".status-line")).to_contain_text("办结")
    expect(page.locator("[data-diagram-url] .djs-container")).to_be_visible()
    passed = page.request.get(f"{case}/diagram.json").json()["passed"]
    assert {"onsite_inspection", "lead_review", "rectify", "inspection_closed"} <= set(passed)
    expect(page.locator(".timeline")).to_contain_text("案件办结")
