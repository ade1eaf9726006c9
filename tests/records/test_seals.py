"""Seals: what is new is put under a signed root; who rewrites it in the database is found out."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from records import merkle
from records.clock import FixedClock
from records.db import Database
from records.journal import GENESIS, JournalChain, JournalEntry
from records.people import SYSTEM
from records.seal_verification import verify_seals
from records.seals import JournalSeal, SealedHead, last_seal, leaves_of, seal_journal
from records.signing import SigningKey, SigningKeyError, is_signed, public_keys
from records.store import Store
from records.verification import verify_store


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return SigningKey.of_file(tmp_path / "keys" / "journal.key")


def write(database: Database, clock: FixedClock, *words: str, chain: str = "N1") -> None:
    with database.unit_of_work() as session:
        for word in words:
            Store(session, clock, SYSTEM).enter("note.read", "note", chain, reason=word)


def bad(database: Database, key: SigningKey) -> list[tuple[str, int, str]]:
    with database.reading() as session:
        return [(one.chain, one.seq, one.what) for one in verify_seals(session, frozenset({key.public}))]


def sql(database: Database, statement: str, **values: object) -> None:
    with database.unit_of_work() as session:
        session.execute(text(statement), values)


def rewrite(session: Session, chain: str, seq: int, reason: str) -> None:
    """What a clever forger does: change an entry, hash the rest of the chain anew, and move its head along."""
    before = GENESIS
    for entry in session.scalars(select(JournalEntry).where(JournalEntry.chain == chain).order_by(JournalEntry.seq)):
        if entry.seq == seq:
            entry.reason = reason
        entry.hash = before = entry.computed_hash(before)
    session.get_one(JournalChain, chain).hash = before


def test_everything_new_is_sealed_once(database: Database, clock: FixedClock, key: SigningKey) -> None:
    first = seal_journal(database, key, clock)
    assert first > 100 and seal_journal(database, key, clock) == 0
    clock.advance(minutes=1)
    write(database, clock, "one", "two")
    write(database, clock, "other", chain="N2")
    assert seal_journal(database, key, clock) == 2
    with database.reading() as session:
        seals = session.scalars(select(JournalSeal).order_by(JournalSeal.number)).all()
        assert [(s.number, s.size) for s in seals] == [(1, first), (2, 2)]
        assert seals[1].prev_hash == seals[0].hash
        assert [(leaf.chain, leaf.seq) for leaf in leaves_of(session, 2)] == [("note:N1", 2), ("note:N2", 1)]
        assert all(is_signed(key.public, s.signature, s.statement()) for s in seals)
    assert bad(database, key) == []


def test_more_chains_than_a_seal_takes_make_several_seals(
    database: Database, clock: FixedClock, key: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("records.seals.LEAVES_A_SEAL", 50)
    count = seal_journal(database, key, clock)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(JournalSeal)) == -(-count // 50)
        assert session.scalar(select(func.count()).select_from(SealedHead)) == count
    assert bad(database, key) == []


def test_what_commits_late_or_with_an_old_clock_is_sealed_all_the_same(
    database: Database, clock: FixedClock, key: SigningKey
) -> None:
    clock.advance(minutes=5)
    seal_journal(database, key, clock)
    late, back = FixedClock(clock.now(), seed=5), FixedClock(clock.now(), seed=6)
    late.advance(minutes=-9)
    back.advance(days=-3)
    write(database, late, "begun nine minutes ago", chain="LATE")
    write(database, back, "clock set back", chain="BACK")
    clock.advance(minutes=1)
    assert seal_journal(database, key, clock) == 2
    with database.reading() as session:
        assert [leaf.chain for leaf in leaves_of(session, 2)] == ["note:BACK", "note:LATE"]


def test_a_second_sealer_at_the_same_moment_does_no_harm(
    database: Database, clock: FixedClock, key: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def beaten(*given: object) -> object:
        monkeypatch.undo()
        assert seal_journal(database, key, clock) > 0
        return signed(*given)

    signed = __import__("records.seals", fromlist=["_signed"])._signed
    monkeypatch.setattr("records.seals._signed", beaten)
    assert seal_journal(database, key, clock) == 0
    with database.reading() as session:
        seal = last_seal(session)
        assert seal is not None and seal.number == 1
    assert bad(database, key) == []


def test_a_chain_rewritten_with_its_head_is_named(database: Database, clock: FixedClock, key: SigningKey) -> None:
    for words in (("one", "two"), ("three", "four"), ("five",)):
        clock.advance(minutes=1)
        write(database, clock, *words)
        seal_journal(database, key, clock)
    with database.unit_of_work() as session:
        rewrite(session, "note:N1", 3, "never happened")
    with database.reading() as session:
        assert list(verify_store(session)) == [], "the chain itself is whole"
    found = bad(database, key)
    assert found[0] == ("note:N1", 3, "rewritten or lost between 3 and 4 after seal 2")
    assert {chain for chain, _seq, _what in found} == {"note:N1"}


TAMPERED = {
    "rewritten or lost between 1 and 2 after seal 2": "DELETE FROM journal_entry WHERE chain = 'note:N1'",
    "sealed heads do not lead to the signed root": (
        "UPDATE sealed_head SET hash = (SELECT min(hash) FROM sealed_head) WHERE chain = 'note:N1'"
    ),
    "seal does not match its hash": "UPDATE journal_seal SET root = :h WHERE number = 1",
    "signature is not valid": "UPDATE journal_seal SET signature = :s WHERE number = 1",
    "seal missing": "DELETE FROM journal_seal WHERE number = 1",
    "does not follow the seal before it": "UPDATE journal_seal SET prev_hash = :h WHERE number = 2",
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_tampered_seal_is_named(database: Database, clock: FixedClock, key: SigningKey, what: str) -> None:
    seal_journal(database, key, clock)
    clock.advance(minutes=1)
    write(database, clock, "one", "two")
    seal_journal(database, key, clock)
    sql(
        database,
        TAMPERED[what],
        **{name: digit * n for name, digit, n in (("h", "a", 64), ("s", "b", 128)) if f":{name}" in TAMPERED[what]},
    )
    assert what in {found for _chain, _seq, found in bad(database, key)}


def test_leaves_taken_away_are_named(database: Database, clock: FixedClock, key: SigningKey) -> None:
    seal_journal(database, key, clock)
    sql(database, "DELETE FROM sealed_head WHERE chain = (SELECT min(chain) FROM sealed_head)")
    assert ("seal", 1, "sealed heads do not lead to the signed root") in bad(database, key)


def test_who_seals_anew_needs_the_key(database: Database, clock: FixedClock, key: SigningKey, tmp_path: Path) -> None:
    seal_journal(database, key, clock)
    sql(database, "DELETE FROM sealed_head")
    sql(database, "DELETE FROM journal_seal")
    forger = SigningKey.of_file(tmp_path / "forged.key")
    seal_journal(database, forger, clock)
    assert bad(database, key) == [("seal", 1, "sealed with a key that is not this installation's")]
    with database.reading() as session:
        assert list(verify_seals(session, frozenset())) == [], "a copy elsewhere takes the keys as they are"


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "journal.key"
    assert public_keys(path) == frozenset()
    key = SigningKey.of_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SigningKey.of_file(path).public == key.public
    assert public_keys(path) == {key.public}
    assert [each.name for each in sorted(path.parent.iterdir())] == ["journal.key", "journal.key.pub"]
    path.unlink()
    assert public_keys(path) == {key.public} != {SigningKey.of_file(path).public}
    assert len(public_keys(path)) == 2, "an earlier key's seals stay valid"


def test_a_key_that_others_may_read_or_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.key"
    SigningKey.of_file(path)
    path.chmod(0o644)
    with pytest.raises(SigningKeyError, match="chmod 600"):
        SigningKey.of_file(path)
    path.chmod(0o600)
    path.write_text("nonsense")
    with pytest.raises(SigningKeyError, match="no Ed25519 key"):
        SigningKey.of_file(path)


def test_a_signature_is_of_one_key_and_one_message(key: SigningKey) -> None:
    signature = key.sign(b"said")
    assert is_signed(key.public, signature, b"said")
    assert not is_signed(key.public, signature, b"sent")
    assert not is_signed("00" * 32, signature, b"said")
    assert not is_signed("no hex", signature, b"said")


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9, 31, 33])
def test_every_leaf_has_a_path_to_the_root(size: int) -> None:
    leaves = [merkle.leaf_hash(bytes([n])) for n in range(size)]
    root = merkle.root_of(leaves)
    for index, leaf in enumerate(leaves):
        path = merkle.path_to(leaves, index)
        assert merkle.root_by_path(leaf, index, size, path) == root
        assert merkle.root_by_path(merkle.leaf_hash(b"other"), index, size, path) != root
        assert merkle.root_by_path(leaf, index, size, [*path, root]) is None
        assert size == 1 or merkle.root_by_path(leaf, index, size, path[:-1]) is None


def test_the_tree_is_that_of_rfc_9162() -> None:
    """Figures of the RFC's own example tree of seven leaves: ((0 1)(2 3))((4 5) 6)."""
    h = [merkle.leaf_hash(bytes([n])) for n in range(7)]
    n = merkle.node_hash
    assert merkle.root_of(h) == n(n(n(h[0], h[1]), n(h[2], h[3])), n(n(h[4], h[5]), h[6]))
    assert merkle.path_to(h, 6) == [n(h[4], h[5]), n(n(h[0], h[1]), n(h[2], h[3]))]
    assert merkle.root_of([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
