"""An assessment in pages: begun by the office, self-assessed by a district, scored by two, approved by a manager."""

from __future__ import annotations

import re
from datetime import datetime

from playwright.sync_api import Page, expect
from sqlalchemy import select

from engine.model import UserTask, UserTaskState
from records.assessments import AssessmentCycle, CycleState
from records.people import SYSTEM, Organisation, QualificationKind, User
from records.store import Store
from tests.browser.conftest import Arrive
from tests.browser.deeds import Hands
from tests.browser.person import DESK, PHONE
from tests.browser.site import Site
from tests.factories import SIBLING, qualification


def test_a_month_is_told_from_the_office_to_the_frozen_results(site: Site, arrive: Arrive) -> None:
    _prepared(site)
    office = arrive(site, "assessor", DESK)
    _begun(office.page, Hands(office.page, 1))
    site.work()

    assessed = arrive(site, "assessed", PHONE)
    _self_assessed(assessed.page, Hands(assessed.page, 2), site.clock.now())
    for step in ("评审甲评分", "评审乙评分"):
        username = _has(site, step)
        page = office.page if username == "assessor" else arrive(site, username, DESK).page
        _reviewed(page, Hands(page, 3), step)
    hands = Hands(assessed.page, 4)
    hands.open_task("确认或申诉")
    expect(assessed.page.locator("main")).to_contain_text("培训考核合格率")
    hands.say("意见", "认可")
    hands.send("提交")
    site.work()

    hands = Hands(office.page, 5)
    hands.open_task("编写分析报告")
    expect(office.page.get_by_label("总体分析", exact=True)).to_have_value(re.compile("2026年10月共考核 1 个对象"))
    hands.fill("改进建议", "请各区县逐项督促改进失分指标，下月复核。")
    hands.send("提交审批")

    manager = arrive(site, "superior", DESK)
    hands = Hands(manager.page, 6)
    hands.open_task("审批考核结果")
    hands.say("是否批准", "批准")
    hands.sign("签字")
    hands.send("提交审批")
    site.work()
    with site.database.reading() as session:
        assert session.scalars(select(AssessmentCycle)).one().status == CycleState.FROZEN
    assert site.unkept_promises() == []


def _prepared(site: Site) -> None:
    """The assessors hold their certificates; one district is assessed."""
    with site.database.unit_of_work() as session:
        store = Store(session, site.clock, SYSTEM)
        for each in session.scalars(select(User).where(User.username.like("%assessor"))).all():
            qualification(store, each, kind=QualificationKind.ASSESSMENT)
        other = session.scalars(select(Organisation).where(Organisation.region_code == SIBLING)).one()
        store.correct(other, {"is_managing": False})


def _begun(page: Page, hands: Hands) -> None:
    page.goto("/start")
    page.locator("a", has_text="周期考核").first.click()
    hands.say("周期类型", "月度")
    hands.fill("周期内任一天", "2026-10-20")
    hands.fill("发起理由", "定时任务上线前，手工发起十月考核")
    hands.send("发起考核")
    expect(page.locator("h1")).to_contain_text("2026年10月")


def _self_assessed(page: Page, hands: Hands, now: datetime) -> None:
    """Full points where the figures give them; a photo of the district's records for what is judged by hand."""
    hands.open_task("自评")
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(5)
    for row in rows.all():
        note = row.locator("textarea:visible")
        if note.count():
            note.fill("有一名新进人员尚未取得资质，已报名培训")
    by_hand = rows.last
    by_hand.locator("input[inputmode=decimal]").fill("2")
    hands.attach(by_hand, now)
    by_hand.locator("input[type=date]").fill("2026-10-20")
    hands.tick("以上内容真实，数据未经伪造、篡改")
    hands.send("提交自评")


def _has(site: Site, step: str) -> str:
    with site.database.reading() as session:
        open_task = select(UserTask.assignee_id).where(UserTask.name == step, UserTask.state == UserTaskState.OPEN)
        return session.get_one(User, session.scalars(open_task).one()).username


def _reviewed(page: Page, hands: Hands, step: str) -> None:
    hands.open_task(step)
    hands.tick("与被考核单位没有利害关系")
    hands.send("提交评审")
