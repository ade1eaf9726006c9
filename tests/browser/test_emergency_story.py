"""An emergency in pages: reported, confirmed by three agencies, graded, activated, reviewed, and the food recalled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from playwright.sync_api import Page, expect
from sqlalchemy import select

from records.clock import ZONE, today
from records.lots import Lot, add_lot
from records.people import SYSTEM
from records.registry import Establishment
from records.store import Store
from tests.browser.conftest import Arrive
from tests.browser.deeds import Hands, answer
from tests.browser.person import DESK, PHONE
from tests.browser.site import Site

ACK = {"by": "值班员", "phone": "07721110000", "people": "4"}
TEXT = "按职责开展处置，进展正常，没有新的情况。"
REPORTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "police": (
        "公安行动报告",
        {"scene": "秩序正常", "evidence": "固定进货单据", "controlled": "0", "rumours": "0", "clue": "none"},
    ),
    "disease_control": (
        "疾控行动报告",
        {
            "cases": "12", "probable": "8", "confirmed": "4", "exposed": "40", "exposed_ill": "12", "unexposed": "20",
            "unexposed_ill": "0", "food": "干米粉", "agent": "致病菌", "samples": "6", "sanitary": "清洗消毒两处",
            "told_both": "true",
        },
    ),
    "health": (
        "卫生健康行动报告",
        {
            "patients": "12", "mild": "9", "severe": "1", "critical": "0", "discharged": "2", "dead": "0",
            "beds": "60", "hospitals": "区人民医院",
        },
    ),
}  # fmt: skip
WORDS = {"police": "公安确认接警", "disease_control": "疾控确认接警", "health": "卫生健康确认接警"}


def test_an_emergency_is_told_from_the_first_report_to_the_recall_plan(site: Site, arrive: Arrive) -> None:
    _a_lot(site)
    coordinator = arrive(site, "coordinator", DESK)
    page, hands = coordinator.page, Hands(coordinator.page, 1)
    _started(site, page, hands)
    _first_report(page, hands)
    for username, word in WORDS.items():
        person = arrive(site, username, PHONE)
        theirs = Hands(person.page, 2)
        theirs.open_task(word)
        assert person.width_of_page() <= PHONE[0]
        answer(person.page, ACK)
        theirs.send("确认接警")
        name, details = REPORTS[username]
        theirs.open_task(name)
        assert person.width_of_page() <= PHONE[0]
        answer(person.page, {**details, "text": TEXT, "finished": "yes"})
        if username == "disease_control":
            expect(person.page.locator("#f-rates")).to_contain_text("30 %")  # the attack rate follows what is typed
        theirs.send("提交报告")

    lead = arrive(site, "lead", DESK)
    experts = Hands(lead.page, 3)
    experts.open_task("专家组确认等级")
    answer(lead.page, {"experts": "疾控、临床专家"})
    experts.send("确认等级")
    manager = arrive(site, "manager", DESK)
    command = Hands(manager.page, 4)
    command.open_task("启动应急响应")
    orders = {
        "commander": "梁局",
        "command_group": "市场监管、疾控、卫健、公安各一名负责人",
        "orders": "立即救治、封存、流调、追溯",
    }
    answer(manager.page, orders)
    command.send("启动响应")

    hands.open_task("会商研判")
    answer(page, {"text": "各部门按时报告，没有新发病例。", "decision": "controlled"})
    answer(page, {"recall": "yes"})
    hands.send("提交研判")

    business = arrive(site, "business", PHONE)
    owner = Hands(business.page, 5)
    owner.open_task("提交召回计划")
    expect(business.page.locator("main")).to_contain_text("粉-9")
    answer(business.page, _plan(site))
    owner.send("提交召回计划")
    site.work()
    assert site.unkept_promises() == []


def _a_lot(site: Site) -> None:
    with site.database.unit_of_work() as session:
        plant = session.scalars(select(Establishment)).one()
        lot = Lot(
            tlc="粉-9", establishment_id=plant.id, quantity=Decimal(90), unit="kg", product_name="干米粉",
            produced_on=today(site.clock) - timedelta(days=3),
        )  # fmt: skip
        add_lot(Store(session, site.clock, SYSTEM), lot, made_at=site.clock.now() - timedelta(days=1))


def _started(site: Site, page: Page, hands: Hands) -> None:
    page.goto("/start")
    page.get_by_role("link", name=re.compile("^发起")).and_(page.locator("[href*=recall_emergency]")).first.click()
    answer(page, {"kind": "real"})
    hands.choose("涉事或者参演单位", "老陈米粉厂")
    happened = (site.clock.now() - timedelta(hours=1)).astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")
    told = {"summary": "多人食用干米粉后呕吐腹泻，已送医", "event_at": happened, "place": "某学校食堂", "ill": "12"}
    answer(page, told | {"severe": "1", "dead": "0", "product_name": "干米粉"})
    hands.send("登记")


def _first_report(page: Page, hands: Hands) -> None:
    hands.open_task("事故初报")
    page.get_by_role("button", name=re.compile("添加")).first.click()
    hands.choose("批次", "粉-9")
    for agency in ("regulation", "information", "logistics"):
        page.locator(f"[name='agencies'][value='{agency}']").uncheck(force=True)
    told = {
        "spread": "county",
        "reporter": "区人民医院",
        "reporter_phone": "07720002200",
        "measures": "送医救治，封存食品",
    }
    answer(page, told)
    hands.send("发出初报")


def _plan(site: Site) -> Mapping[str, str]:
    return {
        "responsible": "陈桂英", "contact": "陈小妹", "contact_phone": "13800000001",
        "scope_text": "全部在厂内，没有发出", "hazard_text": "检出致病菌，可能引起腹泻、呕吐",
        "procedure": "停止生产销售，封存全部库存", "finish_by": (today(site.clock) + timedelta(days=3)).isoformat(),
        "media_text": "请消费者停止食用该批干米粉，凭包装到购买处退货退款。", "disposal_plan": "集中焚烧",
        "loss_forecast": "全部收回，损失约五千元", "stopped": "true",
    }  # fmt: skip
