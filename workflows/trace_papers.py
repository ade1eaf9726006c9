"""The report of a trace: what was found upstream and downstream, the mass balance and the gaps, frozen and printed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from engine.model import JobKind
from engine.ordering import order
from forms.storage import to_storage
from forms.templates import naming
from records import trace
from records.clock import ZONE, today
from records.documents import Document, issue
from records.people import Organisation, codes_above
from records.store import Store
from records.trace_gaps import GapKind
from records.trace_model import Lot, TraceRun
from records.trace_query import Way
from records.trace_scope import Scope, ScopeRow
from records.trace_tree import tree
from records.trace_words import Stage
from workflows import words

KIND = "trace_report"
#: rows of a table that are printed; the sheet has them all
MOST_ROWS = 400
WAYS = {Way.UP: "向上", Way.DOWN: "向下"}
STAGES = {
    Stage.ORIGIN: "产地", Stage.PRODUCTION: "生产", Stage.STORAGE: "仓储", Stage.TRANSPORT: "运输途中",
    Stage.WHOLESALE: "批发", Stage.RETAIL: "零售", Stage.CATERING: "餐饮", Stage.UNKNOWN: "不明",
}  # fmt: skip
GAPS = {
    GapKind.NO_ORIGIN: "来源不明", GapKind.NO_COUNTERPART: "对方没有相应凭证",
    GapKind.QUANTITY_DIFFERS: "发货与收货数量不符",
    GapKind.OUT_EXCEEDS_IN: "出货多于进货", GapKind.HOLDER_UNKNOWN: "去向不明",
    GapKind.HOLDER_UNREGISTERED: "对方未备案", GapKind.UNITS_DIFFER: "计量单位无法换算",
    GapKind.STOCK_DIFFERS: "盘点与账面不符", GapKind.LOOP: "流转出现回路",
}  # fmt: skip


def number_of(run: TraceRun) -> str:
    """The number of a trace's report."""
    return f"追-{run.finished_at.astimezone(ZONE):%Y%m%d}-{run.id[-8:]}"


def issue_trace_report(store: Store, run: TraceRun) -> Document:
    """The report of a trace, once; a job prints it after the transaction."""
    known = store.session.scalars(select(Document).where(Document.no == number_of(run))).first()
    if known is not None:
        return known
    document = issue(
        store,
        KIND,
        naming(KIND).title,
        to_storage({**report_facts(store, run), "no": number_of(run)}),
        region_code=run.region_code,
        region_path=run.region_path,
        establishment_id=None,
        no=number_of(run),
    )
    order(store.session, store.clock, JobKind.DOCUMENT, {"document_id": document.id}, f"document:{document.id}")
    return document


def report_facts(store: Store, run: TraceRun) -> dict[str, Any]:
    """What the report says."""
    scope, found = trace.scope_of(run), trace.gaps(run)
    lots = [store.session.get_one(Lot, lot_id) for lot_id in run.lot_ids]
    rest = len(scope.rows) - MOST_ROWS
    return {
        "sha256": run.sha256,
        "lots": [_lot(lot) for lot in lots],
        "requested_at": words.minute(run.requested_at.isoformat()),
        "finished_at": words.minute(run.finished_at.isoformat()),
        "elapsed": _elapsed(run.figures["seconds"]),
        "target": "达到" if run.figures["is_within_target"] else "未达到",
        "count_lots": run.figures["lots"],
        "count_holders": run.figures["holders"],
        "count_rows": run.figures["rows"],
        "count_gaps": len(found),
        "tree": [*_tree(scope, Way.UP), *_tree(scope, Way.DOWN)],
        "rows": [_row(row) for row in scope.rows[:MOST_ROWS]],
        "rows_note": f"另有 {rest} 条未列出，见追溯数据表。" if rest > 0 else "",
        "balances": [_balance(one) for one in trace.balances(run)[:MOST_ROWS]],
        "gaps": [_gap(gap) for gap in found[:MOST_ROWS]],
        "no_gaps": not found,
        "has_gaps": bool(found),
        "tolerance": run.snapshot["tolerance"],
        "authority": _authority(store, run),
        "issued_on": words.day(today(store.clock)),
    }


def _lot(lot: Lot) -> dict[str, Any]:
    return {
        "tlc": lot.tlc, "product": lot.product_name, "quantity": _much(lot.quantity, lot.unit),
        "produced_on": str(lot.produced_on or ""), "expires_on": str(lot.expires_on or ""),
    }  # fmt: skip


def _tree(scope: Scope, way: Way) -> Sequence[dict[str, Any]]:
    lines = tree(scope, way, MOST_ROWS // 2)
    return [
        {
            "step": line.depth,
            "way": WAYS[way] if line.depth else "本批次",
            "holder": _holder(line.row) + ("（见上）" if line.is_repeated else ""),
            "lot": f"{line.row.product_name} {line.row.tlc}",
            "quantity": "" if line.quantity is None else _much(line.quantity, line.row.unit),
        }
        for line in lines
    ]


def _row(row: ScopeRow) -> dict[str, Any]:
    return {
        "lot": f"{row.product_name} {row.tlc}",
        "holder": _holder(row) + ("（最后已知）" if row.is_last else ""),
        "stage": STAGES[row.stage],
        "came": _much(row.quantity_in, row.unit),
        "went": _much(row.quantity_out, row.unit),
        "left": _much(row.quantity_left, row.unit),
    }


def _balance(one: Any) -> dict[str, Any]:
    return {
        "lot": f"{one.product_name} {one.tlc}",
        "entered": _much(one.entered, one.unit),
        "ended": _much(one.ended, one.unit),
        "left": _much(one.left, one.unit),
        "unexplained": f"{_much(one.unexplained, one.unit)}（{_plain(one.percent)}%）",
        "result": "平衡" if one.is_within_tolerance else "不平衡",
    }


def _gap(gap: Any) -> dict[str, Any]:
    figures = [_plain(number) if number is not None else "—" for number in (gap.quantity, gap.expected)]
    return {"kind": GAPS[gap.kind], "lot": gap.tlc, "holder": gap.holder_name or "不明", "figures": " / ".join(figures)}


def _holder(row: ScopeRow) -> str:
    return row.holder_name or "去向不明"


def _much(quantity: Decimal, unit: str) -> str:
    return f"{_plain(quantity)} {unit}"


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f") if number else "0"


def _elapsed(seconds: int) -> str:
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} 小时 {minutes} 分钟" if seconds >= 60 else f"{seconds} 秒"


def _authority(store: Store, run: TraceRun) -> str:
    for code in codes_above(store.session, run.region_code):
        managing = select(Organisation.name).where(Organisation.region_code == code, Organisation.is_managing.is_(True))
        name = store.session.scalar(managing.order_by(Organisation.id).limit(1))
        if name is not None:
            return name
    return ""
