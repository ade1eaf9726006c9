"""What the files of an import hold: columns by kind, and the words that stand for codes in them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from records.trace_words import BusinessStep
from records.vouchers import VoucherKind


class ImportKind(StrEnum):
    """What a file brings."""

    LOTS = "lots"
    VOUCHERS = "vouchers"
    EVENTS = "events"


@dataclass(frozen=True)
class ImportColumn:
    """A column: its key, whether each row must fill it, and an example."""

    key: str
    example: str = ""
    is_required: bool = False


HEADING_SENTENCES = {
    "tlc": "追溯批次代码",
    "source_code": "批次来源主体信用代码",
    "product_code": "产品编码",
    "product_name": "产品名称",
    "quantity": "数量",
    "unit": "单位",
    "produced_on": "生产日期",
    "expires_on": "保质期至",
    "origin_region": "产地区划代码",
    "producer_name": "生产者名称",
    "is_made_here": "本单位生产（是/否）",
    "kind": "凭证种类",
    "no": "凭证编号",
    "holder_code": "登记主体信用代码",
    "partner_code": "对方主体信用代码",
    "partner_name": "对方名称",
    "partner_contact": "对方联系方式",
    "dated_on": "凭证日期",
    "price": "金额（元）",
    "collected_at": "采集时间",
    "event_no": "事件编号",
    "step": "业务环节",
    "occurred_at": "发生时间",
    "role": "投入或产出",
}
#: characters that a text may have; other cells are read as codes, numbers and days
LONGEST = {
    "tlc": 80, "product_name": 120, "origin_region": 12, "producer_name": 120, "no": 48, "partner_name": 120,
    "partner_contact": 120, "event_no": 100, "unit": 12,
}  # fmt: skip
VOUCHER_KIND_SENTENCES = {
    "进货凭证": VoucherKind.PURCHASE,
    "销售凭证": VoucherKind.SALE,
    "产地证明": VoucherKind.ORIGIN_CERTIFICATE,
    "检疫证明": VoucherKind.QUARANTINE_CERTIFICATE,
    "承诺达标合格证": VoucherKind.QUALIFIED_COMMITMENT,
    "检验报告": VoucherKind.TEST_REPORT,
}
STEP_SENTENCES = {
    "生产": BusinessStep.COMMISSIONING,
    "加工": BusinessStep.COMMISSIONING,
    "分装": BusinessStep.REPACKAGING,
    "屠宰": BusinessStep.KILLING,
    "发货": BusinessStep.SHIPPING,
    "取消发货": BusinessStep.VOID_SHIPPING,
    "收货": BusinessStep.RECEIVING,
    "零售": BusinessStep.RETAIL_SELLING,
    "使用": BusinessStep.DISPENSING,
    "盘点": BusinessStep.STOCK_TAKING,
    "抽样": BusinessStep.SAMPLING,
    "销毁": BusinessStep.DESTROYING,
}
YES_SENTENCES = {"是": True, "否": False}
ROLE_SENTENCES = {"投入": "inputs", "产出": "outputs"}

_LOT = (ImportColumn("tlc", "MF20261118-01", is_required=True), ImportColumn("source_code", is_required=True))
_MUCH = (ImportColumn("quantity", "120.5", is_required=True), ImportColumn("unit", "kg", is_required=True))
COLUMNS: dict[ImportKind, tuple[ImportColumn, ...]] = {
    ImportKind.LOTS: (
        *_LOT,
        ImportColumn("product_code", "6901234567892"),
        ImportColumn("product_name", "干米粉"),
        *_MUCH,
        ImportColumn("produced_on", "2026-11-18"),
        ImportColumn("expires_on", "2027-05-17"),
        ImportColumn("origin_region", "450203"),
        ImportColumn("producer_name", "柳州市某某米粉厂"),
        ImportColumn("is_made_here", "是"),
    ),
    ImportKind.VOUCHERS: (
        ImportColumn("kind", "进货凭证", is_required=True),
        ImportColumn("no", "JH-20261118-001", is_required=True),
        ImportColumn("holder_code", is_required=True),
        ImportColumn("partner_code"),
        ImportColumn("partner_name", "柳州市某某批发部"),
        ImportColumn("partner_contact", "0772-0000000"),
        ImportColumn("dated_on", "2026-11-18", is_required=True),
        *_LOT,
        *_MUCH,
        ImportColumn("price", "860.00"),
        ImportColumn("collected_at", "2026-11-18 08:30"),
    ),
    ImportKind.EVENTS: (
        ImportColumn("event_no", "SJ-0001", is_required=True),
        ImportColumn("step", "加工", is_required=True),
        ImportColumn("holder_code", is_required=True),
        ImportColumn("occurred_at", "2026-11-18 09:00", is_required=True),
        ImportColumn("partner_code"),
        ImportColumn("partner_name"),
        ImportColumn("role", "投入"),
        *_LOT,
        *_MUCH,
    ),
}
#: what says that rows belong together: one voucher of several lots, one event of several inputs and outputs
GROUPED_BY: dict[ImportKind, tuple[str, ...]] = {
    ImportKind.LOTS: (),
    ImportKind.VOUCHERS: ("kind", "holder_code", "no"),
    ImportKind.EVENTS: ("event_no", "holder_code"),
}
CODE_EXAMPLE = "91450203MA0000000X"
