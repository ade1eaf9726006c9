"""The cells of an imported row: read one by one, each that is wrong noted with its place and its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import or_, select

from records.clock import ZONE
from records.import_columns import COLUMNS, HEADING_SENTENCES, LONGEST, ImportKind
from records.import_files import TableRow
from records.lots import find_lot
from records.registry import Establishment, Product
from records.scope import visible
from records.store import Store
from records.trace_model import Lot
from records.units import known_unit

CELL_SENTENCES = {
    "missing": "必填",
    "long": "不能超过 %(count)s 个字",
    "number": "不是数字",
    "too_large": "数字过大",
    "day": "不是日期，应如 2026-11-18",
    "moment": "不是时间，应如 2026-11-18 09:30",
    "choice": "应为 %(choices)s 之一",
    "establishment": "没有该信用代码的主体",
    "not_yours": "不是您可以登记的主体",
    "lot": "该来源主体没有这个批次",
    "product": "该来源主体没有这个产品",
    "name": "产品编码和产品名称至少填一项",
    "known_voucher": "该凭证已登记过",
    "known_event": "该事件已登记过",
    "differs": "与同一编号的第 %(row)s 行不一致",
}
MOST_DIGITS = 10
YEARS = range(1900, 2200)


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with one cell, or with a row as a whole (``column`` None)."""

    row: int
    column: str | None
    sentence: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def content(self) -> dict[str, Any]:
        """As a batch keeps it."""
        return {"row": self.row, "column": self.column, "sentence": self.sentence, "params": dict(self.params)}


def cell_of(row: TableRow, key: str) -> str:
    """A cell by its column's key; the heading may be the Chinese one or the key."""
    return row.cells.get(HEADING_SENTENCES[key]) or row.cells.get(key, "")


class Known:
    """What the rows of a file speak of, looked up once for one actor."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._establishments: dict[str, Establishment | None] = {}
        self._writable: dict[str, bool] = {}
        self._lots: dict[tuple[str, str], Lot | None] = {}

    def establishment(self, code: str) -> Establishment | None:
        """The establishment of a credit code, wherever it lies."""
        if code not in self._establishments:
            query = select(Establishment).where(Establishment.credit_code == code, Establishment.deleted_at.is_(None))
            self._establishments[code] = self.store.session.scalar(query)
        return self._establishments[code]

    def may_write_for(self, one: Establishment) -> bool:
        """An authority enters for its jurisdiction; a business for itself, a market also for its stalls."""
        if one.id not in self._writable:
            actor = self.store.actor
            mine = visible(Establishment, actor)
            if actor.is_business:
                mine = or_(mine, Establishment.market_id == (actor.establishment_id or ""))
            query = select(Establishment.id).where(Establishment.id == one.id, mine)
            self._writable[one.id] = self.store.session.scalar(query) is not None
        return self._writable[one.id]

    def lot(self, source: Establishment, tlc: str) -> Lot | None:
        """The lot of a source by its code."""
        key = (source.id, tlc)
        if key not in self._lots:
            self._lots[key] = find_lot(self.store.session, source.id, tlc)
        return self._lots[key]


class Cells:
    """One row, read cell by cell; what is wrong is noted and read as nothing."""

    def __init__(self, known: Known, row: TableRow, problems: list[RowProblem]) -> None:
        self.known, self.row, self.problems = known, row, problems

    def wrong(self, key: str, kind: str, **params: Any) -> None:
        """Note that a cell is wrong; ``kind`` says how (``CELL_SENTENCES``)."""
        self.problems.append(RowProblem(self.row.number, key, CELL_SENTENCES[kind], params))

    def check_texts(self, kind: ImportKind) -> None:
        """Note the required cells that are empty, and texts that are too long."""
        for column in COLUMNS[kind]:
            longest = LONGEST.get(column.key)
            if column.is_required and not self.text(column.key):
                self.wrong(column.key, "missing")
            elif longest is not None and len(self.text(column.key)) > longest:
                self.wrong(column.key, "long", count=longest)

    def same_as(self, first: Cells, keys: Sequence[str]) -> None:
        """Note what differs from the first row of the same voucher or event."""
        for key in keys:
            if self.text(key) and self.text(key) != first.text(key):
                self.wrong(key, "differs", row=first.row.number)

    def text(self, key: str) -> str:
        """The cell as it stands."""
        return cell_of(self.row, key)

    def number(self, key: str, decimals: int = 3) -> Any:
        """The cell as a decimal number as exact as it is kept, None when empty or wrong."""
        text = self.text(key).replace(",", "").replace("，", "")
        if not text:
            return None
        try:
            number = Decimal(text)
        except InvalidOperation:
            return self.wrong(key, "number")
        if not number.is_finite() or number.adjusted() >= MOST_DIGITS:
            return self.wrong(key, "too_large")
        return Decimal(0) if number.adjusted() < -MOST_DIGITS else round(number, decimals)

    def unit(self) -> str:
        """The unit. Raises UnknownUnitError."""
        return known_unit(self.text("unit"))

    def day(self, key: str) -> date | None:
        """The cell as a day."""
        day: date | None = self._read(key, _day, "day")
        return day

    def moment(self, key: str) -> datetime | None:
        """The cell as a moment in Asia/Shanghai; noon where only a day is given."""
        moment: datetime | None = self._read(key, _moment, "moment")
        return moment

    def choice(self, key: str, words: Mapping[str, Any]) -> Any:
        """What one of some words stands for."""
        text = self.text(key)
        if not text or text in words:
            return words.get(text)
        return self.wrong(key, "choice", choices="、".join(words))

    def establishment(self, key: str) -> Establishment | None:
        """The establishment of a credit code."""
        code = self.text(key).upper()
        found = self.known.establishment(code) if code else None
        if code and found is None:
            self.wrong(key, "establishment")
        return found

    def writable(self, key: str) -> Establishment | None:
        """The same, when the actor may enter something for it."""
        found = self.establishment(key)
        if found is not None and not self.known.may_write_for(found):
            self.wrong(key, "not_yours")
        return found

    def product(self) -> Product | None:
        """The product of the row's source by its code."""
        code, source = self.text("product_code"), self.known.establishment(self.text("source_code").upper())
        if not code and not self.text("product_name"):
            self.wrong("product_name", "name")
        if not code or source is None:
            return None
        query = select(Product).where(Product.code == code, Product.establishment_id == source.id)
        found = self.known.store.session.scalar(query.where(Product.deleted_at.is_(None)))
        if found is None:
            self.wrong("product_code", "product")
        return found

    def lot(self) -> Lot | None:
        """The lot of the row's source by its code."""
        source = self.establishment("source_code")
        found = self.known.lot(source, self.text("tlc")) if source else None
        if source is not None and found is None:
            self.wrong("tlc", "lot")
        return found

    def _read(self, key: str, read: Callable[[str], Any], kind: str) -> Any:
        text = self.text(key)
        try:
            return read(text) if text else None
        except ValueError:
            return self.wrong(key, kind)


def _day(text: str) -> date:
    plain = text.replace("/", "-").replace(".", "-").split(" ")[0]
    year, month, day = plain.split("-")
    if int(year) not in YEARS:
        raise ValueError(year)
    return date(int(year), int(month), int(day))


def _moment(text: str) -> datetime:
    day, _space, clock = text.replace("T", " ").partition(" ")
    hour = time.fromisoformat(clock.zfill(5) if ":" in clock[:2] else clock) if clock else time(12)
    return datetime.combine(_day(day), hour.replace(tzinfo=None), ZONE)
