"""A desk that files are sent in from, and rows that are right."""

from __future__ import annotations

import io

from openpyxl import Workbook
from sqlalchemy import func, select

from records import imports
from records.blobs import BlobStore
from records.clock import FixedClock
from records.db import Database
from records.import_columns import HEADING_SENTENCES, ImportKind
from records.imports import ImportBatch, Runner
from records.people import Actor
from records.store import Store
from tests.records.chain import Chain

Rows = list[dict[str, str]]


class Desk:
    """Somebody who sends files in."""

    def __init__(self, database: Database, blobs: BlobStore, clock: FixedClock, actor: Actor) -> None:
        self.database, self.blobs, self.clock, self.actor = database, blobs, clock, actor
        self.runner = Runner(blobs, clock)

    def send(self, kind: ImportKind, content: bytes, filename: str = "数据.csv") -> ImportBatch:
        with self.database.unit_of_work() as session:
            batch = imports.receive_file(Store(session, self.clock, self.actor), self.blobs, kind, filename, content)
        self.runner.run(self.database, batch.id)
        return self.batch(batch.id)

    def confirm(self, batch: ImportBatch) -> ImportBatch:
        with self.database.unit_of_work() as session:
            imports.confirm(Store(session, self.clock, self.actor), session.get_one(ImportBatch, batch.id))
        self.runner.run(self.database, batch.id)
        return self.batch(batch.id)

    def batch(self, batch_id: str) -> ImportBatch:
        with self.database.reading() as session:
            return session.get_one(ImportBatch, batch_id)

    def count(self, kind: type) -> int:
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(kind)) or 0


def csv_of(rows: Rows) -> bytes:
    headings = list(dict.fromkeys(key for row in rows for key in row))
    lines = [",".join(HEADING_SENTENCES[key] for key in headings)]
    lines += [",".join(row.get(key, "") for key in headings) for row in rows]
    return "\r\n".join(lines).encode("utf-8-sig")


def xlsx_of(rows: Rows) -> bytes:
    book = Workbook()
    headings = list(dict.fromkeys(key for row in rows for key in row))
    book.active.append([HEADING_SENTENCES[key] + "*" for key in headings])
    for row in rows:
        book.active.append([row.get(key, "") for key in headings])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def lot_row(chain: Chain, tlc: str, **cells: str) -> dict[str, str]:
    known = {
        "tlc": tlc, "source_code": chain.plant.credit_code, "product_name": "干米粉", "quantity": "50", "unit": "kg",
        "produced_on": "2026-11-17", "expires_on": "2027-05-17", "is_made_here": "是",
    }  # fmt: skip
    return known | cells


def voucher_row(chain: Chain, no: str, **cells: str) -> dict[str, str]:
    known = {
        "kind": "进货凭证", "no": no, "holder_code": chain.shop.credit_code, "dated_on": "2026/11/17",
        "partner_code": chain.wholesaler.credit_code, "tlc": "粉-1", "source_code": chain.plant.credit_code,
        "quantity": "5", "unit": "公斤", "price": "42.50",
    }  # fmt: skip
    return known | cells


def event_row(chain: Chain, no: str, **cells: str) -> dict[str, str]:
    known = {
        "event_no": no, "step": "加工", "holder_code": chain.plant.credit_code, "occurred_at": "2026-11-17 08:30",
        "tlc": "米-1", "source_code": chain.mill.credit_code, "quantity": "10", "unit": "kg", "role": "投入",
    }  # fmt: skip
    return known | cells
