"""Documents: what they say is frozen, their PDF is kept once, their token leads back."""

from sqlalchemy.orm import Session

from records.blobs import BlobStore
from records.clock import FixedClock
from records.documents import Document, attach_pdf, by_token, issue, says_what_was_issued
from records.people import SYSTEM
from records.store import Origin, Store
from tests.factories import establishment, place


def order(session: Session, clock: FixedClock) -> tuple[Store, Document]:
    store = Store(session, clock, SYSTEM, Origin(process_instance_id="01CASE"))
    shop = establishment(store)
    facts = {"findings": [{"code": "2-1", "text": "防鼠"}], "due": "2026-12-02", "business": shop.name}
    document = issue(
        store, "order_to_correct", "责令改正通知书", facts, establishment_id=shop.id, no="改-1", **place(session)
    )
    session.flush()
    return store, document


def test_a_document_waits_for_its_pdf_and_says_what_it_said(session: Session, clock: FixedClock) -> None:
    _store, document = order(session, clock)
    assert (document.status, document.no, document.process_instance_id) == ("pending", "改-1", "01CASE")
    assert says_what_was_issued(document)


def test_the_token_leads_to_the_document_however_it_is_typed(session: Session, clock: FixedClock) -> None:
    _store, document = order(session, clock)
    assert document.token != document.id.lower()
    assert by_token(session, f" {document.token.upper()} ") is document
    assert by_token(session, "0" * 26) is None


def test_the_pdf_is_kept_once(session: Session, clock: FixedClock, blobs: BlobStore) -> None:
    store, document = order(session, clock)
    attach_pdf(store, blobs, document, b"%PDF-1.7 first")
    attach_pdf(store, blobs, document, b"%PDF-1.7 second")
    assert (document.status, document.size, document.version) == ("issued", 14, 2)
    assert document.sha256 is not None
    with blobs.open(document.sha256) as file:
        assert file.read() == b"%PDF-1.7 first"


def test_changed_facts_are_noticed(session: Session, clock: FixedClock) -> None:
    store, document = order(session, clock)
    store.correct(document, {"facts": {"due": "2027-01-01"}})
    assert not says_what_was_issued(document)
