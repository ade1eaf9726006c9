"""A problem in pages: registered, taken on, verified, traced, sealed, determined, handed over and closed."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

from playwright.sync_api import Page, expect
from sqlalchemy import select

from engine.model import InstanceState, ProcessInstance
from records.clock import ZONE, today
from records.lots import Lot, LotState, add_lot
from records.people import SYSTEM
from records.problems import ProblemCase
from records.registry import Establishment
from records.store import Store
from tests.browser.conftest import Arrive
from tests.browser.deeds import Hands, answer
from tests.browser.person import DESK, PHONE
from tests.browser.site import Site

INFORMANT = "甘举实"


def test_a_problem_is_told_from_the_report_to_its_closing(site: Site, arrive: Arrive) -> None:
    _a_lot(site)
    inspector = arrive(site, "inspector", DESK)
    page, hands = inspector.page, Hands(inspector.page, 1)
    _registered(site, page, hands)
    lead = arrive(site, "lead", DESK)
    leads = Hands(lead.page, 2)
    _taken_on(lead.page, leads)

    outside = arrive(site, "inspector", PHONE)
    visit = Hands(outside.page, 3)
    _verified(site, outside.page, visit)
    _sealed(site, outside.page, visit)
    assert outside.width_of_page() <= PHONE[0]
    leads.open_task("审批控制措施")
    leads.say("审批意见", "批准")
    leads.send("审批")
    assert _lot(site).state is LotState.HELD

    _scope_confirmed(page, hands)
    _determined(site, page, hands)
    _measures(lead.page, leads)

    police = arrive(site, "police", PHONE)
    theirs = Hands(police.page, 4)
    theirs.open_task("答复移送")
    answer(police.page, {"decision": "accept", "reply_no": "鱼公立字〔2026〕9号"})
    theirs.send("答复")
    assert police.width_of_page() <= PHONE[0]
    _closed(page, hands, lead.page, leads)

    site.work()
    with site.database.reading() as session:
        problem = session.scalars(select(ProblemCase)).one()
        case = session.get_one(ProcessInstance, problem.process_instance_id)
        assert (problem.status, case.state, case.end_element) == ("closed", InstanceState.COMPLETED, "problem_closed")
    lead.page.goto(f"/cases/{case.id}")
    expect(lead.page.locator("main")).to_contain_text("有举报人")
    expect(lead.page.locator("main")).not_to_contain_text(INFORMANT)
    assert site.unkept_promises() == []


def _registered(site: Site, page: Page, hands: Hands) -> None:
    page.goto("/start")
    page.get_by_role("link", name=re.compile("^发起")).and_(page.locator("[href*=problem_handling]")).first.click()
    found = (site.clock.now() - timedelta(days=1)).astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")
    page.locator("[name=source]").select_option("complaint")
    answer(page, {"informant_name": INFORMANT, "informant_phone": "13977001122"})
    hands.choose("涉事单位", "老陈米粉厂")
    answer(page, {"product_name": "干米粉", "lots_known": "yes"})
    page.locator("[data-add-row][value=lots]").click()
    hands.choose("批次", "LZ2611")
    page.locator("[name=hazard]").select_option("additive")
    told = {"found_at": found, "place": "柳石路158号车间", "population": "general", "affected": "12"}
    answer(page, told | {"summary": "举报称该厂在米粉中添加硼砂，现场有白色粉末。"})
    hands.send("登记")


def _taken_on(page: Page, hands: Hands) -> None:
    hands.open_task("受理并指定承办人")
    expect(page.locator("main")).to_contain_text("添加硼砂")
    expect(page.locator("main")).not_to_contain_text(INFORMANT)
    hands.choose("主办人", "韦检")
    hands.choose("协办人", "覃协")
    hands.send("受理并指定")


def _verified(site: Site, page: Page, hands: Hands) -> None:
    hands.open_task("初步核查")
    visited = site.clock.now().astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")
    answer(page, {"visited_at": visited, "verification": "现场查见硼砂两袋，投料记录与举报相符。"})
    hands.attach(hands.question("核查材料"), site.clock.now())
    answer(page, {"established": "yes", "control": "yes", "sampling": "no"})
    hands.send("提交")


def _sealed(site: Site, page: Page, hands: Hands) -> None:
    hands.open_task("提出控制措施")
    told = {"objects": "干米粉 500 千克", "place": "成品库", "reason": "含有硼砂，继续销售有危害"}
    answer(page, {"kind": "seal"} | told)
    page.locator("[name=lots]").first.check(force=True)
    hands.attach(hands.question("现场照片"), site.clock.now())
    hands.send("报批")


def _scope_confirmed(page: Page, hands: Hands) -> None:
    hands.open_task("确认范围和环节")
    expect(page.locator("main")).to_contain_text("LZ2611")
    page.locator("[name=stage]").select_option("production")
    page.locator("[name=stage_basis]").fill("投料记录和现场查见的添加物")
    hands.send("确认范围")


def _determined(site: Site, page: Page, hands: Hands) -> None:
    """Sealing the lot is news of it: it is traced again, then the six answers are given."""
    hands.open_task("问题认定")
    hands.say("要办理的事项", "重新追溯")
    hands.send("提交")
    hands.open_task("问题认定")
    began, ended = (site.clock.now() - timedelta(days=days) for days in (20, 2))
    moments = {"began_at": began, "ended_at": ended}
    answer(page, {name: at.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M") for name, at in moments.items()})
    answer(page, {"region": "柳州市鱼峰区", "site": "柳石路158号拌料间", "cause": "为增加韧性在拌料时添加硼砂"})
    page.locator("[name=cause_code]").select_option("adulteration")
    answer(page, {"method": "five_whys", "suspected_crime": "yes", "scope_confirmed": "true"})
    page.locator("[data-add-row][value=analysis]").click()
    answer(page, {"analysis.0.question": "为什么添加", "analysis.0.answer": "增加韧性，减少断条"})
    page.locator("[data-add-row][value=parties]").click()
    hands.choose("单位", "老陈米粉厂")
    answer(page, {"parties.0.share": "100", "parties.0.basis": "生产者，投料人员供认"})
    page.locator("[name=legal_basis]").fill("食品安全法第三十四条第一项")
    for number in range(6):
        page.locator(f"[name='evidence.{number}.description']").fill("现场笔录第3页")
    hands.send("提交")


def _measures(page: Page, hands: Hands) -> None:
    hands.open_task("审核问题认定")
    for told in ("柳石路158号拌料间", "添加硼砂", "老陈米粉厂"):
        expect(page.locator("main")).to_contain_text(told)
    hands.say("审核意见", "通过")
    hands.send("审核")
    hands.open_task("决定处置措施")
    for measure in ("rectify", "recall", "penalty", "warning"):
        page.locator(f"[name=measures][value={measure}]").uncheck(force=True)
    page.locator("[name=measures][value=transfer]").check(force=True)
    answer(page, {"reason": "涉嫌犯罪，先行移送公安机关", "recipient": "柳州市鱼峰区公安局"})
    page.locator("[name=transfer_reason]").fill("涉嫌生产有毒、有害食品")
    page.locator("[name=materials][value=determination]").check(force=True)
    hands.send("决定")


def _closed(page: Page, hands: Hands, leads_page: Page, leads: Hands) -> None:
    leads.open_task("决定控制措施去留")
    answer(leads_page, {"decision": "convert", "reason": "转由公安机关扣押"})
    leads.send("决定")
    leads.open_task("核实办结")
    told = {"children_ended": "true", "lots_reconciled": "true", "lots_note": "由公安机关扣押保管"}
    answer(leads_page, told | {"closing": "全部措施落实，同意办结该问题"})
    leads.send("同意办结")
    hands.open_task("总结与风险提示")
    answer(page, {"lessons": "应当增加对添加物仓库的突击检查", "risk_alert": "no"})
    hands.send("完成")


def _a_lot(site: Site) -> None:
    with site.database.unit_of_work() as session:
        plant = session.scalars(select(Establishment)).one()
        lot = Lot(
            tlc="LZ2611", establishment_id=plant.id, quantity=Decimal(500), unit="kg", product_name="干米粉",
            produced_on=today(site.clock) - timedelta(days=3),
        )  # fmt: skip
        add_lot(Store(session, site.clock, SYSTEM), lot, made_at=site.clock.now() - timedelta(days=1))


def _lot(site: Site) -> Lot:
    with site.database.reading() as session:
        return session.scalars(select(Lot)).one()
