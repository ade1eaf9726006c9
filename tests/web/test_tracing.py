"""Lots, vouchers, traces and imports on pages: who sees what, entering, importing, tracing, the files handed over."""

from __future__ import annotations

import io
import json

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import update

from engine.jobs import run_due
from records.clock import FixedClock
from records.db import Database
from records.registry import Establishment
from records.rows import table_of
from records.store import Store
from records.trace_model import LotHolding
from tests.factories import Cast
from tests.records.chain import Chain
from tests.web.conftest import SignIn
from web.parts import Parts
from workflows.handlers import handlers


@pytest.fixture
def chain(database: Database, clock: FixedClock, cast: Cast) -> Chain:
    with database.unit_of_work() as session:
        return Chain(Store(session, clock, cast.admin))


def test_lots_are_listed_searched_and_exported(sign_in: SignIn, cast: Cast, chain: Chain) -> None:
    inspector = sign_in(cast.inspector)
    assert "共 2 条" in inspector.get("/lots").text
    assert "共 1 条" in inspector.get("/lots?q=粉-1").text
    assert "共 2 条" in inspector.get("/lots?q=ganmifen&state=active").text
    assert "没有符合条件的批次" in inspector.get("/lots?state=held").text
    assert inspector.get("/lots?export=csv").text.count("干米粉") == 2
    assert "没有符合条件的批次" in sign_in(cast.outsider).get("/lots").text


def test_a_lot_shows_its_trail_balance_and_gaps(sign_in: SignIn, cast: Cast, chain: Chain) -> None:
    page = sign_in(cast.inspector).get(f"/lots/{chain.noodles.id}").text
    for text in ("没有发现缺口", "甲米厂", "丁粉店", "最后已知", "平衡", "发货"):
        assert text in page
    assert sign_in(cast.outsider).get(f"/lots/{chain.noodles.id}").status_code == 404


def test_a_trace_is_frozen_shown_and_handed_over(sign_in: SignIn, cast: Cast, chain: Chain) -> None:
    inspector = sign_in(cast.inspector)
    answer = inspector.post(f"/lots/{chain.noodles.id}/traces")
    assert answer.status_code == 303
    address = answer.headers["Location"]
    page = inspector.get(address).text
    assert "有效" in page and "4小时内" in page and "SHA-256" in page
    book = load_workbook(io.BytesIO(inspector.get(f"{address}/sheet.xlsx").data))
    assert book.sheetnames[0] == "All events"
    document = json.loads(inspector.get(f"{address}/epcis.jsonld").data)
    assert document["type"] == "EPCISDocument"
    assert inspector.post(f"{address}/report").status_code == 303
    assert sign_in(cast.outsider).get(address).status_code == 404
    assert sign_in(cast.business).post(f"/lots/{chain.noodles.id}/traces").status_code == 403


def test_a_business_sees_one_step_each_way(
    sign_in: SignIn, cast: Cast, chain: Chain, database: Database, clock: FixedClock
) -> None:
    with database.unit_of_work() as session:
        own = session.get_one(Establishment, cast.business.establishment_id)
        again = Chain(Store(session, clock, cast.admin), prefix="再")
        again.move(again.noodles, again.wholesaler, own, 7)
        again.move(again.noodles, own, again.business("客户", again.shop.kind), 2)
    page = sign_in(cast.business).get(f"/lots/{again.noodles.id}").text
    assert "再丙批发" in page and "再客户" in page
    assert "再乙粉厂" not in page and "再丁粉店" not in page
    assert "对方经营数据" in page


def test_a_lot_and_a_voucher_are_entered_by_hand(sign_in: SignIn, cast: Cast, chain: Chain) -> None:
    inspector = sign_in(cast.inspector)
    assert "登记批次" in inspector.get("/entries/lots").text
    lot = {
        "tlc": "手-1", "source_code": chain.plant.credit_code, "product_name": "湿米粉", "quantity": "12", "unit": "kg",
        "produced_on": "2026-11-17", "is_made_here": "是",
    }  # fmt: skip
    wrong = inspector.post("/entries/lots", data=lot | {"quantity": "多"})
    assert wrong.status_code == 422 and "不是数字" in wrong.text and "手-1" in wrong.text
    assert inspector.post("/entries/lots", data=lot).status_code == 303
    assert "湿米粉" in inspector.get("/lots?q=手-1").text
    voucher = {
        "kind": "进货凭证", "no": "手-凭-1", "holder_code": chain.shop.credit_code, "dated_on": "2026-11-18",
        "partner_code": chain.plant.credit_code, "tlc-1": "手-1", "source_code-1": chain.plant.credit_code,
        "quantity-1": "3", "unit-1": "kg",
    }  # fmt: skip
    assert inspector.post("/entries/vouchers", data=voucher | {"tlc-1": "无"}).status_code == 422
    assert inspector.post("/entries/vouchers", data=voucher).status_code == 303
    listed = inspector.get("/vouchers?anomaly=abnormal").text
    assert "手-凭-1" in listed and "缺少图片" in listed
    address = listed.split('href="/vouchers/')[1].split('"')[0]
    page = inspector.get(f"/vouchers/{address}").text
    assert "湿米粉" in page and "丁粉店" in page
    assert sign_in(cast.outsider).get(f"/vouchers/{address}").status_code == 404


def test_an_event_of_two_lots_is_entered_by_hand(sign_in: SignIn, cast: Cast, chain: Chain) -> None:
    inspector = sign_in(cast.inspector)
    event = {
        "event_no": "手-事-1", "step": "零售", "holder_code": chain.shop.credit_code, "occurred_at": "2026-11-18T08:00",
        "tlc-1": "粉-1", "source_code-1": chain.plant.credit_code, "quantity-1": "15", "unit-1": "kg",
    }  # fmt: skip
    assert inspector.post("/entries/events", data=event).status_code == 303
    assert "出货多于进货" in inspector.get(f"/lots/{chain.noodles.id}").text
    assert "该事件已登记过" in inspector.post("/entries/events", data=event).text
    assert inspector.get("/entries/nonsense").status_code == 404


def csv_of(chain: Chain, *rows: tuple[str, str]) -> bytes:
    lines = ["追溯批次代码,批次来源主体信用代码,产品名称,数量,单位"]
    lines += [f"{tlc},{chain.plant.credit_code},干米粉,{quantity},kg" for tlc, quantity in rows]
    return "\n".join(lines).encode()


def test_a_file_is_checked_then_imported_and_the_rest_comes_back(sign_in: SignIn, cast: Cast, chain: Chain) -> None:
    inspector = sign_in(cast.inspector)
    assert "先检查，后导入" in inspector.get("/imports").text
    file = (io.BytesIO(csv_of(chain, ("导-1", "5"), ("导-2", "-5"))), "十一月.csv")
    answer = inspector.post("/imports", data={"kind": "lots", "file": file})
    address = answer.headers["Location"]
    page = inspector.get(address).text
    assert "导入 1 行" in page and "数量必须大于0" in page
    assert "没有符合条件的批次" in inspector.get("/lots?q=导-1").text
    assert inspector.post(f"{address}/confirmation").status_code == 303
    assert "共 1 条" in inspector.get("/lots?q=导-").text
    book = load_workbook(io.BytesIO(inspector.get(f"{address}/refused.xlsx").data))
    assert next(cell.value for cell in book.active[2]) == "导-2"
    assert inspector.post(f"{address}/confirmation").status_code == 409
    assert sign_in(cast.outsider).get(address).status_code == 404
    assert sign_in(cast.auditor).get("/imports").status_code == 403


def test_the_api_imports_as_the_pages_do(sign_in: SignIn, cast: Cast, chain: Chain) -> None:
    inspector = sign_in(cast.inspector)
    file = (io.BytesIO(csv_of(chain, ("接-1", "5"), ("接-2", "x"))), "api.csv")
    batch = inspector.post("/api/imports?kind=lots", data={"file": file}).json
    assert (batch["state"], batch["accepted"], batch["problems"][0]["row"]) == ("checked", 1, 3)
    done = inspector.post(f"/api/imports/{batch['id']}/confirmation").json
    assert (done["state"], done["accepted"]) == ("done", 1)
    assert inspector.get(f"/api/imports/{batch['id']}").json["state"] == "done"


@pytest.mark.parametrize("kind", ["lots", "vouchers", "events"])
def test_templates_can_be_downloaded(sign_in: SignIn, cast: Cast, kind: str) -> None:
    answer = sign_in(cast.business).get(f"/imports/templates/{kind}.xlsx")
    assert load_workbook(io.BytesIO(answer.data)).active.max_row == 2


def test_links_are_verified_and_rebuilt_from_the_command_line(app: Flask, chain: Chain, database: Database) -> None:
    runner = app.test_cli_runner()
    assert '"verified"' in runner.invoke(args=["verify-links"]).output
    with database.unit_of_work() as session:
        session.execute(update(table_of(LotHolding)).values(quantity_out=1))
    differ = runner.invoke(args=["verify-links"])
    assert (differ.exit_code, '"differ"' in differ.output) == (1, True)
    assert runner.invoke(args=["rebuild-links"]).exit_code == 0
    assert runner.invoke(args=["verify-links"]).exit_code == 0


def test_a_large_file_is_left_to_the_worker_and_its_progress_shown(
    app: Flask, sign_in: SignIn, cast: Cast, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.pages.imports.SMALL", 1)
    here: Parts = app.extensions["sujian"]

    def work() -> None:
        run_due(here.database, here.engine, handlers(here.settings, here.blobs, here.clock), here.clock)

    inspector = sign_in(cast.inspector)
    file = (io.BytesIO(csv_of(chain, ("大-1", "5"), ("大-2", "6"))), "大.csv")
    address = inspector.post("/imports", data={"kind": "lots", "file": file}).headers["Location"]
    assert "已处理 0 / 2 行" in inspector.get(address).text
    work()
    assert "导入 2 行" in inspector.get(address).text
    inspector.post(f"{address}/confirmation")
    assert "导入中" in inspector.get(address).text
    work()
    assert "已导入" in inspector.get(address).text
    assert "共 2 条" in inspector.get("/lots?q=大-").text
