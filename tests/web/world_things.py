"""What hangs on no case, of one side of the world: a lot, a voucher, a trace, an import, an announcement."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from records.announcements import Announcement, AnnouncementKind
from records.blobs import BlobStore
from records.clock import today
from records.import_columns import HEADING_SENTENCES, ImportKind
from records.imports import receive_file
from records.lots import Lot, add_lot
from records.people import Actor
from records.registry import Establishment
from records.store import Store
from records.trace import run_trace
from records.vouchers import Line, Voucher, VoucherKind, enter_voucher


def beside_the_case(store: Store, blobs: BlobStore, owner: Actor, office: Actor, words: str) -> dict[str, str]:
    """The ids, by what an address calls them. ``owner`` is the business, ``office`` an authority's person."""
    own = store.session.get_one(Establishment, owner.establishment_id)
    day, here = today(store.clock), {"region_code": own.region_code, "region_path": own.region_path}
    lot = add_lot(
        store,
        Lot(
            tlc=f"{words}-1", establishment_id=own.id, quantity=Decimal(50), unit="kg", product_name=f"{words}湿米粉",
            produced_on=day, expires_on=day + timedelta(days=2),
        ),
        made_at=store.clock.now() - timedelta(hours=1),
    )  # fmt: skip
    paper = Voucher(
        kind=VoucherKind.SALE, no=f"{words}-凭", establishment_id=own.id, from_id=own.id, to_name=f"{words}散客",
        dated_on=day, collected_at=store.clock.now(),
    )  # fmt: skip
    voucher = enter_voucher(store, paper, [Line(lot, Decimal(5), "kg", None)])
    run = run_trace(Store(store.session, store.clock, office), lot_ids=[lot.id])
    cells = {"tlc": f"{words}-2", "source_code": own.credit_code, "quantity": "1", "unit": "浪", "product_name": words}
    sheet = "\n".join((",".join(HEADING_SENTENCES[key] for key in cells), ",".join(cells.values())))
    sender = Store(store.session, store.clock, owner)
    batch = receive_file(sender, blobs, ImportKind.LOTS, f"{words}.csv", sheet.encode())
    told = store.add(Announcement(kind=AnnouncementKind.NOTICE, title=f"{words}内部通知", body=words, **here))
    return {
        "lot_id": lot.id, "voucher_id": voucher.id, "run_id": run.id, "batch_id": batch.id, "announcement_id": told.id,
    }  # fmt: skip
