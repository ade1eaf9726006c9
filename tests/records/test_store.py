"""The one writer: versions, journal, provenance; and the checker that names what was changed behind its back."""

from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from records.base import Source
from records.clock import FixedClock
from records.db import Database
from records.errors import ConflictError, UnjournaledChangeError
from records.hashing import content_hash
from records.inspections import InspectionItem
from records.journal import JournalEntry
from records.people import SYSTEM, Region
from records.registry import Establishment
from records.store import Origin, RecordVersion, Store
from records.submissions import Submission
from records.verification import verify_store
from tests.factories import Cast, establishment, inspection, inspection_item, product


def versions_of(session: Session, fact_id: str) -> list[RecordVersion]:
    session.flush()
    query = select(RecordVersion).where(RecordVersion.record_id == fact_id).order_by(RecordVersion.version)
    return list(session.scalars(query))


def test_a_new_fact_has_version_one_and_a_journal_entry(store: Store) -> None:
    shop = establishment(store)
    (version,) = versions_of(store.session, shop.id)
    entry = store.session.get_one(JournalEntry, (version.chain, version.seq))
    assert (shop.version, version.version, entry.verb) == (1, 1, "establishment.added")
    assert entry.after == {"version": 1, "content_hash": version.content_hash}
    assert version.content["name"] == shop.name


def test_a_correction_is_a_new_version_with_what_was_before_and_why(store: Store) -> None:
    shop = establishment(store)
    store.correct(shop, {"phone": "13911111111"}, reason="店主更换电话")
    first, second = versions_of(store.session, shop.id)
    entry = store.session.get_one(JournalEntry, (second.chain, second.seq))
    assert (first.content["phone"], second.content["phone"]) == ("13800000000", "13911111111")
    assert (entry.before, entry.reason) == ({"phone": "13800000000"}, "店主更换电话")


def test_a_correction_that_changes_nothing_makes_no_version(store: Store) -> None:
    shop = establishment(store)
    store.correct(shop, {"phone": shop.phone})
    assert shop.version == 1


def test_a_correction_of_an_unknown_field_is_a_mistake(store: Store) -> None:
    with pytest.raises(KeyError):
        store.correct(establishment(store), {"colour": "red"})


def test_an_ended_fact_stays_in_the_history_and_can_not_be_changed(store: Store) -> None:
    shop = establishment(store)
    store.tombstone(shop, reason="重复登记")
    assert [v.version for v in versions_of(store.session, shop.id)] == [1, 2]
    with pytest.raises(ConflictError):
        store.correct(shop, {"phone": None})
    with pytest.raises(ConflictError):
        store.tombstone(shop, reason="again")


def test_a_change_outside_the_writer_is_refused(database: Database, clock: FixedClock) -> None:
    with database.unit_of_work() as session:
        shop = establishment(Store(session, clock, SYSTEM))
    with pytest.raises(UnjournaledChangeError), database.unit_of_work() as session:
        session.get_one(Establishment, shop.id).phone = "1"
    with pytest.raises(UnjournaledChangeError), database.unit_of_work() as session:
        session.delete(session.get_one(Establishment, shop.id))


def test_a_case_record_says_which_page_fed_it(session: Session, clock: FixedClock, cast: Cast) -> None:
    origin = Origin(
        source=Source.TASK,
        process_instance_id="01CASE",
        user_task_id="01TASK",
        submission_id="01SUB",
        form_version="onsite@1",
        is_drill=True,
    )
    store = Store(session, clock, cast.inspector, origin)
    check = inspection(store, establishment(store), source=None)
    assert (check.source, check.process_instance_id, check.user_task_id) == (Source.TASK, "01CASE", "01TASK")
    assert (check.submission_id, check.form_version, check.is_drill) == ("01SUB", "onsite@1", True)
    assert check.created_by == cast.inspector.id
    chains = set(session.scalars(select(JournalEntry.chain).where(JournalEntry.actor_id == cast.inspector.id)))
    assert chains == {"case:01CASE"}


def test_facts_may_be_written_in_any_order(store: Store) -> None:
    shop = establishment(store)
    goods = product(store, shop)
    check = inspection(store, shop)
    inspection_item(store, check, "2-1")
    store.session.flush()
    assert goods.id


def test_an_untouched_store_verifies(database: Database, clock: FixedClock) -> None:
    with database.unit_of_work() as session:
        store = Store(session, clock, SYSTEM)
        check = inspection(store, establishment(store), latitude=24.31234567, distance=12)
        item = inspection_item(store, check, "2-1", measured=Decimal("3.14159"))
        store.correct(item, {"measured": 7.5, "note": "复测"})
    with database.reading() as session:
        assert list(verify_store(session)) == []
        assert session.get_one(InspectionItem, item.id).measured == Decimal("7.500")


CHANGES = {
    "record was not made then or by whom it says": "UPDATE establishment SET created_by = 'x' WHERE id = :id",
    "record differs from its newest version": "UPDATE establishment SET phone = '0' WHERE id = :id",
    "record is gone": "DELETE FROM establishment WHERE id = :id",
    "version differs from what was entered": (
        "UPDATE record_version SET content = (SELECT content FROM record_version WHERE record_type = 'region' "
        "ORDER BY record_id LIMIT 1) WHERE record_id = :id"
    ),
    "version is gone": "DELETE FROM record_version WHERE record_id = :id",
    "content does not match its hash": "UPDATE journal_entry SET reason = 'x' WHERE subject_id = :id",
    "chain does not end where its head says": "DELETE FROM journal_entry WHERE subject_id = :id AND :id <> ''",
    "chain has no head": "DELETE FROM journal_chain WHERE chain = 'establishment:' || :id",
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_row_changed_in_sql_is_named(database: Database, clock: FixedClock, what: str) -> None:
    with database.unit_of_work() as session:
        shop = establishment(Store(session, clock, SYSTEM))
    with database.unit_of_work() as session:
        if database.dialect == "sqlite":
            session.execute(text("PRAGMA defer_foreign_keys = ON"))
        if "journal_entry" in CHANGES[what] and what.startswith("chain"):
            session.execute(text("DELETE FROM record_version WHERE record_id = :id"), {"id": shop.id})
        session.execute(text(CHANGES[what]), {"id": shop.id})
    with database.reading() as session:
        bad = list(verify_store(session))
    assert any(what in entry.what for entry in bad)
    assert any(shop.id in f"{entry.chain}{entry.what}" for entry in bad)


def test_a_row_inserted_in_sql_is_named(database: Database) -> None:
    with database.unit_of_work() as session:
        session.execute(
            text(
                "INSERT INTO region (id, version, created_at, created_by, updated_at, code, name, level, path) "
                "SELECT 'X', 1, created_at, created_by, updated_at, '1', 'x', level, '/1/' FROM region LIMIT 1"
            )
        )
    with database.reading() as session:
        assert [entry.what for entry in verify_store(session)] == ["region X: record was never entered"]


def test_a_removed_entry_in_the_middle_is_named(database: Database, clock: FixedClock) -> None:
    with database.unit_of_work() as session:
        store = Store(session, clock, SYSTEM)
        for word in ("one", "two", "three"):
            store.enter("note.read", "note", "N1", reason=word)
    with database.unit_of_work() as session:
        session.execute(text("DELETE FROM journal_entry WHERE subject_id = 'N1' AND seq = 2"))
    with database.reading() as session:
        assert [entry.what for entry in verify_store(session)] == ["entry missing"]


def test_a_swapped_hash_is_named(database: Database, clock: FixedClock) -> None:
    with database.unit_of_work() as session:
        store = Store(session, clock, SYSTEM)
        for word in ("one", "two"):
            store.enter("note.read", "note", "N1", reason=word)
    with database.unit_of_work() as session:
        session.get_one(JournalEntry, ("note:N1", 1)).hash = "ab" * 32
    with database.reading() as session:
        found = [(entry.seq, entry.what) for entry in verify_store(session)]
        assert found == [(seq, "content does not match its hash") for seq in (1, 2)]


def test_what_failed_leaves_nothing_behind(database: Database, clock: FixedClock) -> None:
    with pytest.raises(RuntimeError), database.unit_of_work() as session:
        establishment(Store(session, clock, SYSTEM))
        raise RuntimeError
    with database.reading() as session:
        assert len(session.scalars(select(Establishment)).all()) == 1
        assert session.scalars(select(Region)).first() is not None
    assert database.is_reachable()


def submitted(session: Session, clock: FixedClock) -> Submission:
    """A submission of the case, and the establishment that it led to."""
    given = Submission(
        id=clock.new_id(),
        user_task_id="01TASK",
        process_instance_id="01CASE",
        form_version="onsite@1",
        answers={"temperature": 24.0, "large": 1e16, "lots": [{"quantity": 3}]},
        actor_id="someone",
        at=clock.now(),
    )
    session.add(given)
    establishment(Store(session, clock, SYSTEM, Origin(submission_id=given.id)))
    return given


SUBMISSION_CHANGES = {
    "answers differ from what was entered": "UPDATE submission SET actor_id = 'someone else' WHERE id = :id",
    "answers are gone": "DELETE FROM submission WHERE id = :id",
    "content does not match its hash": "UPDATE journal_entry SET submission_hash = NULL WHERE submission_id = :id",
}


@pytest.mark.parametrize("what", SUBMISSION_CHANGES)
def test_changed_answers_are_named(database: Database, clock: FixedClock, what: str) -> None:
    with database.unit_of_work() as session:
        given = submitted(session, clock)
    with database.reading() as session:
        assert list(verify_store(session)) == []
    with database.unit_of_work() as session:
        session.execute(text(SUBMISSION_CHANGES[what]), {"id": given.id})
    with database.reading() as session:
        assert any(what in entry.what for entry in verify_store(session))


def test_a_chain_known_to_a_transaction_is_locked_once(database: Database, clock: FixedClock) -> None:
    with database.unit_of_work() as session:
        store = Store(session, clock, SYSTEM)
        store.enter("note.read", "note", "N1")
        session.flush()
        session.expire_all()
        store.enter("note.read", "note", "N1")
    with database.unit_of_work() as session:
        Store(session, clock, SYSTEM).enter("note.read", "note", "N1")
    with database.reading() as session:
        assert list(session.scalars(select(JournalEntry.seq).where(JournalEntry.chain == "note:N1"))) == [1, 2, 3]
        assert list(verify_store(session)) == []


def test_whole_numbers_hash_alike_however_a_database_writes_them() -> None:
    assert content_hash({"n": [24.0, 1e16, -0.0]}) == content_hash({"n": [24, 10**16, 0]})
    assert content_hash({"n": 10**22}) == content_hash({"n": 1e22})
    assert content_hash({"n": 1.5}) != content_hash({"n": 1})
