"""Documents issued by the platform: rendered once, kept by hash, verifiable by anyone who holds the paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.base import CaseMixin, Fact, Json
from records.blobs import BlobStore
from records.drill_marks import marked
from records.store import Store, content_hash


class Document(CaseMixin, Fact):
    """One issued document. ``facts`` is what it says (frozen); the PDF is rendered from it after the transaction.

    status: pending (to be rendered) | issued | superseded. The QR leads to ``/verify/<token>``.
    """

    kind: Mapped[str] = mapped_column(
        String(40)
    )  # task_letter | result_sheet | checklist | order_to_correct | recheck_record
    title: Mapped[str] = mapped_column(String(160))
    token: Mapped[str] = mapped_column(String(40), unique=True)
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    facts_hash: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)  # of the PDF's bytes
    size: Mapped[int | None]
    issued_at: Mapped[datetime | None]


def issue(
    store: Store,
    kind: str,
    title: str,
    facts: Mapping[str, Any],
    *,
    region_code: str,
    region_path: str,
    establishment_id: str | None,
    no: str | None = None,
) -> Document:
    """A document that says ``facts`` from now on; its PDF is rendered later. The token cannot be guessed."""
    said = {name: facts[name] for name in sorted(facts)}
    return store.add(
        Document(
            kind=kind,
            title=marked(title, store.origin),
            no=no,
            status="pending",
            token=store.clock.new_id().lower(),
            facts=said,
            facts_hash=content_hash(said),
            region_code=region_code,
            region_path=region_path,
            establishment_id=establishment_id,
        )
    )


def attach_pdf(store: Store, blobs: BlobStore, document: Document, pdf: bytes) -> Document:
    """Keep the rendered PDF under its hash; the document is issued from now on. A second rendering changes nothing."""
    if document.sha256 is not None:
        return document
    sha256 = blobs.put(pdf)
    issued = {"sha256": sha256, "size": len(pdf), "status": "issued", "issued_at": store.clock.now()}
    return store.correct(document, issued)


def by_token(session: Session, token: str) -> Document | None:
    """The document that a QR code or a typed token leads to."""
    return session.scalar(
        select(Document).where(Document.token == token.strip().lower(), Document.deleted_at.is_(None))
    )


def says_what_was_issued(document: Document) -> bool:
    """True when the document's facts are still those it was issued with."""
    return content_hash(document.facts) == document.facts_hash
