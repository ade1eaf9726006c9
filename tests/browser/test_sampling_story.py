"""A sample in pages: taken and sent by the inspector, received and reported by the laboratory, told to the business."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Locator, Page, expect

from records.clock import ZONE
from tests.browser.conftest import Arrive
from tests.browser.deeds import Hands
from tests.browser.person import DESK, PHONE
from tests.browser.site import Site
from tests.factories import Cast
from tests.workflows.sampling_story import SamplingStory


def test_a_sample_is_told_from_the_seal_to_the_objection(site: Site, arrive: Arrive) -> None:
    with site.database.reading() as session:
        cast = Cast.load(session)
    told = SamplingStory(site.database, site.parts.engine, site.clock, cast, site.parts.blobs)
    told.until_sampling()
    site.work()

    inspector = arrive(site, "inspector", PHONE)
    _taken(site, inspector.page, Hands(inspector.page, 1))
    assert inspector.width_of_page() <= PHONE[0]
    site.clock.advance(minutes=30)
    _sent(site, inspector.page, Hands(inspector.page, 2))

    site.clock.advance(hours=2)
    laboratory = arrive(site, "laboratory", DESK)
    hands = Hands(laboratory.page, 3)
    _received(site, hands)
    site.clock.advance(days=3)
    _reported(laboratory.page, hands)
    site.work()

    business = arrive(site, "business", PHONE)
    _objected(business.page, Hands(business.page, 4))
    site.work()
    assert told.draw().status == "drawn"
    assert told.samples()[0].status == "retesting"
    assert told.documents().count("retest_draw") == 1


def _taken(site: Site, page: Page, hands: Hands) -> None:
    hands.open_task("现场抽样")
    for label, text in {"规格型号": "400克/袋", "批号": "20261102", "生产者名称": "柳州市鱼峰区老陈米粉厂",
                        "抽样基数": "120", "抽样数量": "6", "样品费用": "48", "保质期": "365", "抽样地点": "成品库",
                        "另一名抽样人员": "覃协", "企业在场人员": "陈桂英（厂长）"}.items():  # fmt: skip
        hands.fill(label, text)
    page.locator("[name=produced_on]").fill((site.clock.now() - timedelta(days=16)).astimezone(ZONE).date().isoformat())
    page.locator("[name=unit]").select_option("bag")
    for number, (seal, quantity) in enumerate((("封2601", "4"), ("封2602", "2"))):
        row = f"portions.{number}"
        page.locator(f"[name='{row}.seal_no']").fill(seal)
        page.locator(f"[name='{row}.quantity']").fill(quantity)
    hands.say("保存条件", "常温")
    hands.attach(hands.question("抽样照片"), site.clock.now(), 3)
    for who in ("企业签字", "抽样人员签字"):
        hands.sign(who)
    hands.send("提交抽样记录")


def _sent(site: Site, page: Page, hands: Hands) -> None:
    hands.open_task("送检样品")
    expect(page.get_by_text("封2601")).to_be_visible()
    page.locator("[name=laboratory]").select_option(index=1)
    hands.say("送样方式", "专人送达")
    hands.attach(hands.question("装箱照片"), site.clock.now())
    hands.send("样品已送出")


def _received(site: Site, hands: Hands) -> None:
    hands.open_task("收样查验")
    hands.say("查验结果", "符合要求，接收")
    hands.tick("封签完好，与抽样单一致")
    hands.attach(hands.question("收样照片"), site.clock.now())
    hands.send("提交查验结果")


def _reported(page: Page, hands: Hands) -> None:
    """A report whose conclusion contradicts its value is refused; the right one is taken."""
    hands.open_task("出具检验报告")
    for label, text in {"报告编号": "JC-2026-118", "判定依据": "GB 2762—2022"}.items():
        hands.fill(label, text)
    for name, text in {"name": "铅", "method": "GB 5009.12—2023", "value": "0.35", "unit": "mg/kg",
                       "limit_high": "0.2"}.items():  # fmt: skip
        page.locator(f"[name='items.0.{name}']").fill(text)
    page.locator("[name='items.0.category']").select_option("contaminant")
    page.locator("[name='items.0.limit_kind']").select_option("at_most")
    page.locator("[name='items.0.verdict'][value=fail]").check(force=True)
    page.locator("[name='conclusion'][value=fail]").check(force=True)
    _paper(hands.question("检验报告"), "报告.pdf")
    hands.send("提交检验报告")


def _objected(page: Page, hands: Hands) -> None:
    hands.open_task("对结论提出异议")
    expect(page.get_by_text("铅 0.35 mg/kg").first).to_be_visible()
    hands.say("贵单位的意见", "不认可结论，申请复检")
    hands.fill("申请复检的理由", "同批产品自检合格，对检测值有异议")
    hands.fill("抽取用的数字", "20261121")
    hands.fill("预交复检费用", "1200")
    _paper(hands.question("缴费凭证"), "缴费.pdf")
    hands.fill("联系人和电话", "陈桂英 13800000000")
    hands.tick("以上内容真实，如有虚假愿承担法律责任")
    hands.send("提交")


def _paper(field: Locator, name: str) -> None:
    content = f"%PDF-1.4\n%{name}\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF".encode()
    field.locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": "application/pdf", "buffer": content}]
    )
    expect(field.locator("[data-state=done]").first).to_be_visible()
