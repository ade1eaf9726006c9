"""The back office: administrators only, every change with a reason, journaled, nothing ever deleted."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.engine import Engine
from engine.model import Incident, Job, JobKind, JobState
from records.calendar import CalendarDay
from records.checklists import ChecklistItem, ChecklistTemplate, released_template
from records.clock import FixedClock
from records.credit_codes import credit_code_for
from records.db import Database
from records.indicators import AssessmentIndicator, AssessmentScheme, SchemeState, released_scheme
from records.journal import JournalEntry
from records.people import User
from records.registry import Establishment, Product
from records.rules import RuleParam
from records.verification import verify_store
from tests.engine.toys import PROCESSES, RELAY
from tests.factories import Cast
from tests.web.conftest import SignIn

LISTS = (
    "establishment", "product", "user", "organisation", "qualification", "region", "rule-param", "calendar-day",
    "checklist-template", "checklist-item", "assessment-scheme", "assessment-indicator", "journal-entry", "job",
    "incident",
)  # fmt: skip
PLACE = {
    "name": "柳州市鱼峰区阿秀酸笋坊", "credit_code": credit_code_for("91450203MA5K00001"), "address": "荣军路1号",
    "legal_person": "韦秀", "kind": "producer", "segment": "production", "region_code": "450203", "market_id": "",
    "risk_grade": "B", "status": "active", "reason": "企业备案",
}  # fmt: skip


@pytest.fixture
def desk(sign_in: SignIn, cast: Cast) -> FlaskClient:
    return sign_in(cast.admin)


def one(database: Database, kind: Any, *conditions: Any) -> Any:
    with database.reading() as session:
        return session.scalars(select(kind).where(*conditions)).one()


@pytest.mark.parametrize("address", ["/admin/", *(f"/admin/{name}/" for name in LISTS)])
def test_only_administrators_enter(client: FlaskClient, sign_in: SignIn, cast: Cast, address: str) -> None:
    assert sign_in(cast.admin).get(address).status_code == 200
    assert sign_in(cast.manager).get(address).status_code == 403
    assert client.get(address).status_code == 302


@pytest.mark.parametrize(
    "name",
    [n for n in LISTS if n not in ("checklist-template", "assessment-scheme", "journal-entry", "job", "incident")],
)
def test_forms_ask_for_the_reason(desk: FlaskClient, name: str) -> None:
    page = desk.get(f"/admin/{name}/new/")
    assert page.status_code == 200
    assert 'name="reason"' in page.text
    assert 'name="csrf_token"' in page.text


def test_a_change_needs_the_csrf_token(app: Flask, desk: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert desk.post("/admin/establishment/new/", data=PLACE).status_code == 400


def test_an_establishment_is_added_corrected_and_ended(desk: FlaskClient, database: Database, cast: Cast) -> None:
    assert desk.post("/admin/establishment/new/", data=PLACE).status_code == 302
    added = one(database, Establishment, Establishment.credit_code == PLACE["credit_code"])
    assert (added.region_path, added.name_key[:9]) == ("/450000/450200/450203/", "liuzhoush")
    changed = PLACE | {"risk_grade": "C", "reason": "年度评定"}
    assert desk.post(f"/admin/establishment/edit/?id={added.id}", data=changed).status_code == 302
    assert desk.post(f"/admin/establishment/end/?id={added.id}", data={"reason": "已注销登记"}).status_code == 302
    ended = one(database, Establishment, Establishment.id == added.id)
    assert (ended.version, ended.risk_grade, ended.deleted_at is None) == (3, "C", False)
    with database.reading() as session:
        entries = select(JournalEntry).where(JournalEntry.subject_id == added.id).order_by(JournalEntry.seq)
        told = [(entry.verb, entry.reason, entry.actor_id) for entry in session.scalars(entries)]
        assert not list(verify_store(session))
    assert told == [
        ("establishment.added", "企业备案", cast.admin.id),
        ("establishment.corrected", "年度评定", cast.admin.id),
        ("establishment.tombstoned", "已注销登记", cast.admin.id),
    ]
    assert PLACE["name"] not in desk.get("/admin/establishment/?search=阿秀").text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"reason": ""}, "field"),
        ({"credit_code": "91450203MA5K000012"}, "校验未通过"),
        ({"region_code": "999999"}, ""),
        ({"name": ""}, "field"),
    ],
)
def test_wrong_master_data_is_refused(desk: FlaskClient, database: Database, wrong: dict[str, str], words: str) -> None:
    answer = desk.post("/admin/establishment/new/", data=PLACE | wrong)
    assert answer.status_code == 200
    assert words in answer.text
    with database.reading() as session:
        assert session.scalar(select(Establishment).where(Establishment.name == PLACE["name"])) is None


def test_the_same_credit_code_twice_is_refused(desk: FlaskClient) -> None:
    desk.post("/admin/establishment/new/", data=PLACE)
    answer = desk.post("/admin/establishment/new/", data=PLACE)
    assert answer.status_code == 200
    assert "重复" in answer.text


def test_a_product_belongs_to_whom_its_credit_code_names(desk: FlaskClient, database: Database) -> None:
    desk.post("/admin/establishment/new/", data=PLACE)
    product = {
        "name": "酸笋", "code": "6900000000012", "category": "蔬菜制品", "unit": "kg", "shelf_life_days": "180",
        "credit_code": PLACE["credit_code"], "reason": "新产品备案",
    }  # fmt: skip
    assert desk.post("/admin/product/new/", data=product).status_code == 302
    added = one(database, Product, Product.code == "6900000000012")
    assert added.region_code == "450203"
    answer = desk.post("/admin/product/new/", data=product | {"credit_code": "0" * 18, "code": "2"})
    assert "没有统一社会信用代码" in answer.text


ACCOUNT = {
    "username": "weibing", "name": "韦兵", "email": "weibing@example.invalid", "active": "y", "region_code": "450203",
    "organisation_id": "", "roles": ["INS", "LEAD"], "new_password": "a-long-password-1", "reason": "新进人员",
}  # fmt: skip


def test_an_account_is_made_changed_and_shown_without_secrets(desk: FlaskClient, database: Database) -> None:
    assert desk.post("/admin/user/new/", data=ACCOUNT).status_code == 302
    made = one(database, User, User.username == "weibing")
    assert {role.name for role in made.roles} == {"INS", "LEAD"}
    assert made.password.startswith("$argon2id$")
    change = ACCOUNT | {"roles": ["INS"], "new_password": "", "reason": "不再任组长"}
    del change["active"]
    assert desk.post(f"/admin/user/edit/?id={made.id}", data=change).status_code == 302
    now = one(database, User, User.id == made.id)
    assert ([role.name for role in now.roles], now.active, now.password) == (["INS"], False, made.password)
    assert now.fs_uniquifier != made.fs_uniquifier  # open sessions end
    page = desk.get(f"/admin/user/details/?id={made.id}").text
    assert "argon2" not in page
    assert now.fs_uniquifier not in page
    with database.reading() as session:
        verbs = select(JournalEntry.verb).where(JournalEntry.subject_id == made.id)
        assert {"user.corrected", "user.password_set"} <= set(session.scalars(verbs))


def test_an_account_without_a_password_is_refused(desk: FlaskClient) -> None:
    assert "需要设置密码" in desk.post("/admin/user/new/", data=ACCOUNT | {"new_password": ""}).text


def test_an_administrator_cannot_lock_oneself_out(desk: FlaskClient, database: Database, cast: Cast) -> None:
    own = one(database, User, User.id == cast.admin.id)
    data = ACCOUNT | {"username": own.username, "email": own.email, "roles": ["INS"], "new_password": ""}
    assert "不能停用自己的账号" in desk.post(f"/admin/user/edit/?id={own.id}", data=data).text


def test_a_rule_gets_a_new_version(desk: FlaskClient, database: Database) -> None:
    old = one(database, RuleParam, RuleParam.code == "R-INS-ACCEPT", RuleParam.valid_to.is_(None))
    data = {
        "code": old.code, "title": old.title, "value": "3", "unit": "wd", "legal_basis": "市局通知", "region_code": "",
        "is_verified": "y", "valid_from": "2027-01-01", "reason": "市局统一调整",
    }  # fmt: skip
    assert desk.post(f"/admin/rule-param/edit/?id={old.id}", data=data).status_code == 302
    assert one(database, RuleParam, RuleParam.id == old.id).valid_to == date(2026, 12, 31)
    assert one(database, RuleParam, RuleParam.code == old.code, RuleParam.valid_to.is_(None)).value == "3"
    answer = desk.post(f"/admin/rule-param/edit/?id={old.id}", data=data)
    assert "晚于现行版本" in answer.text


def test_a_working_day_is_entered(desk: FlaskClient, database: Database) -> None:
    day = {"day": "2026-12-05", "is_working": "y", "name": "调休上班", "region_code": "", "reason": "国办通知"}
    assert desk.post("/admin/calendar-day/new/", data=day).status_code == 302
    entered = one(database, CalendarDay, CalendarDay.day == date(2026, 12, 5))
    assert entered.is_working is True
    job = one(database, Job, Job.kind == JobKind.RECALCULATION)
    assert job.payload == {"region_path": "/", "reason": "国办通知", "after": ""}
    for reason in ("更正名称", "更正名称再次"):
        again = day | {"name": "调休", "reason": reason}
        assert desk.post(f"/admin/calendar-day/edit/?id={entered.id}", data=again).status_code == 302
    assert desk.post(f"/admin/calendar-day/end/?id={entered.id}", data={"reason": "通知作废"}).status_code == 302
    with database.reading() as session:
        assert len(session.scalars(select(Job).where(Job.kind == JobKind.RECALCULATION)).all()) == 3


def test_saving_a_holiday_says_what_will_be_counted_anew(
    app: Flask, desk: FlaskClient, database: Database, cast: Cast, clock: FixedClock
) -> None:
    with database.unit_of_work() as session:
        engine = Engine(PROCESSES, clock)
        engine.deploy(session, RELAY, cast.admin)
        engine.start(session, "relay", {}, cast.lead)
    day = {"day": "2026-11-19", "name": "停工", "region_code": "", "reason": "台风停工"}
    page = desk.post("/admin/calendar-day/new/", data=day, follow_redirects=True).text
    assert "将重新计算 1 件案件的期限（待办任务 1 项，定时器 0 个），其中已知 1 项任务的到期时间会变化" in page


def test_a_checklist_gets_a_new_edition(desk: FlaskClient, database: Database) -> None:
    with database.reading() as session:
        old = released_template(session, "catering")
    address = f"/admin/checklist-template/new-edition/?id={old.id}"
    assert desk.get(address).status_code == 200
    assert desk.post(address, data={"reason": "新要点表"}).status_code == 302
    draft = one(database, ChecklistTemplate, ChecklistTemplate.code == "catering", ChecklistTemplate.status == "draft")
    assert (draft.edition, len(draft.items)) == (old.edition + 1, len(old.items))
    item = {
        "template_id": draft.id, "position": "1", "code": "1-1", "section": "证照", "text": "许可证公示",
        "basis": "第五条", "answer": "conformity", "reason": "文字修订",
    }  # fmt: skip
    assert desk.post(f"/admin/checklist-item/edit/?id={draft.items[0].id}", data=item).status_code == 302
    assert one(database, ChecklistItem, ChecklistItem.id == draft.items[0].id).text == "许可证公示"
    refused = desk.post(f"/admin/checklist-item/edit/?id={old.items[0].id}", data=item)
    assert "已发布的检查表不能更改" in refused.text
    released = desk.post(f"/admin/checklist-template/release/?id={draft.id}", data={"reason": "启用新版"})
    assert released.status_code == 302
    with database.reading() as session:
        assert released_template(session, "catering").id == draft.id


def test_a_failed_job_is_queued_again(desk: FlaskClient, database: Database, clock: FixedClock, cast: Cast) -> None:
    now = clock.now()
    with database.unit_of_work() as session:
        session.add(
            Job(
                id="01JD00000000000000000JOB01",
                kind=JobKind.DOCUMENT,
                state=JobState.INCIDENT,
                due_at=now,
                payload={},
                attempts=5,
                fencing_token=5,
                idempotency_key="k",
                created_at=now,
            )
        )
        session.add(
            Incident(
                id="01JD00000000000000000INC01",
                job_id="01JD00000000000000000JOB01",
                region_path="/",
                slug="job-failed",
                message="打印失败",
                opened_at=now,
            )
        )
    assert "打印失败" in desk.get("/admin/incident/").text
    for way in ("incident/retry/?id=01JD00000000000000000INC01", "job/retry/?id=01JD00000000000000000JOB01"):
        assert desk.get(f"/admin/{way}").status_code == 200
    answer = desk.post("/admin/job/retry/?id=01JD00000000000000000JOB01", data={"reason": "字体已补齐"})
    assert answer.status_code == 302
    assert one(database, Job, Job.kind == JobKind.DOCUMENT).state is JobState.WAITING
    assert one(database, Incident).resolution == "retried"
    assert one(database, JournalEntry, JournalEntry.verb == "incident.retried").reason == "字体已补齐"
    again = desk.post("/admin/incident/retry/?id=01JD00000000000000000INC01", data={"reason": "再来一次吧"})
    assert (again.status_code, one(database, Job, Job.kind == JobKind.DOCUMENT).attempts) == (302, 0)


def test_the_journal_is_read_only(desk: FlaskClient, database: Database) -> None:
    with database.reading() as session:
        entry = session.scalars(select(JournalEntry).limit(1)).one()
    entry_id = quote(f"{entry.chain},{entry.seq}")
    assert entry.hash in desk.get(f"/admin/journal-entry/details/?id={entry_id}").text
    for verb in ("new", "edit", "delete"):
        desk.post(f"/admin/journal-entry/{verb}/?id={entry_id}", data={"id": f"{entry.chain},{entry.seq}"})
    same = JournalEntry.chain == entry.chain, JournalEntry.seq == entry.seq
    assert one(database, JournalEntry, *same).hash == entry.hash


@pytest.mark.parametrize("name", LISTS)
def test_lists_are_searched_sorted_and_exported(desk: FlaskClient, database: Database, name: str) -> None:
    assert desk.get(f"/admin/{name}/?search=%25x&sort=0&page=3&page_size=100000").status_code == 200
    assert desk.get(f"/admin/{name}/export/csv/", buffered=True).status_code == 200
    assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_an_indicator_table_is_copied_changed_checked_and_released(desk: FlaskClient, database: Database) -> None:
    with database.reading() as session:
        old = released_scheme(session)
    copied = desk.post(f"/admin/assessment-scheme/new-edition/?id={old.id}", data={"reason": "年度调整指标"})
    assert copied.status_code == 302
    draft = one(database, AssessmentScheme, AssessmentScheme.status == SchemeState.DRAFT)
    assert "已发布的考核方案不能更改" in _indicator(desk, database, old.id, scheme_id=draft.id).text
    assert _indicator(desk, database, draft.id, weight="6", thresholds="0=0，0.9=0.5，1=1").status_code == 302
    kept = _filing(database, draft.id)
    assert kept.thresholds[1] == {"from": 0.9, "share": 0.5}
    assert "请按" in _indicator(desk, database, draft.id, weight="5", thresholds="九成").text
    release = f"/admin/assessment-scheme/release/?id={draft.id}"
    refused = desk.post(release, data={"reason": "发布新版"}, follow_redirects=True).text
    assert "权重合计为101" in refused
    assert _indicator(desk, database, draft.id, weight="5").status_code == 302
    assert desk.post(release, data={"reason": "发布新版"}).status_code == 302
    with database.reading() as session:
        assert released_scheme(session).id == draft.id


def _filing(database: Database, scheme_id: str) -> Any:
    return one(
        database, AssessmentIndicator, AssessmentIndicator.scheme_id == scheme_id, AssessmentIndicator.code == "filing"
    )


def _indicator(desk: FlaskClient, database: Database, of: str, **changes: str) -> Any:
    row = _filing(database, of)
    data = {
        "scheme_id": of, "position": "2", "code": "filing", "parent_code": "registration", "name": "备案率",
        "explanation": "", "max_points": "5", "weight": "5", "formula": "filing_rate", "source": "formula",
        "direction": "higher", "scope": "all", "thresholds": "", "reason": "调整权重",
    }  # fmt: skip
    return desk.post(f"/admin/assessment-indicator/edit/?id={row.id}", data=data | changes)
