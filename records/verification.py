"""Whether the store is what its writer left: chains whole, versions as entered, current rows as last written."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from records import tables
from records.base import Base, Fact
from records.chains import verify
from records.hashing import content_hash
from records.journal import BadEntry, JournalEntry
from records.store import RecordVersion, entered
from records.submissions import Submission

TABLES = tables.__all__  # imported, so that every kind of fact is known
CHANGED_VERSION = "version differs from what was entered"
CHANGED_ROW = "record differs from its newest version"
LOST_ROW = "record is gone"
LOST_VERSION = "version is gone"
CHANGED_BEGINNING = "record was not made then or by whom it says"
CHANGED_ANSWERS = "answers differ from what was entered"
LOST_ANSWERS = "answers are gone"
UNENTERED_ROW = "record was never entered"


def verify_store(session: Session) -> Iterator[BadEntry]:
    """Every place where the journal, the versions and the current rows disagree, each named by its journal entry."""
    yield from verify(session)
    yield from _versions(session)
    yield from _lost_versions(session)
    yield from _submissions(session)
    yield from _lost_submissions(session)
    for kind in fact_types():
        yield from _rows(session, kind)
        yield from _beginnings(session, kind)


def fact_types() -> list[type[Fact]]:
    """Every kind of fact the running program knows, by name."""
    kinds = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Fact)]
    return sorted(kinds, key=lambda kind: kind.__tablename__)


def _versions(session: Session) -> Iterator[BadEntry]:
    """Each version's content against its own hash and the hash in its journal entry."""
    pairs = session.execute(
        select(RecordVersion, JournalEntry)
        .join(JournalEntry, entered(), isouter=True)
        .order_by(RecordVersion.record_type, RecordVersion.record_id, RecordVersion.version)
        .execution_options(yield_per=1000)
    )
    with pairs:
        for version, entry in pairs:
            if entry is None or not _is_as_entered(version, entry):
                yield _bad(version, entry, CHANGED_VERSION)


def _is_as_entered(version: RecordVersion, entry: JournalEntry) -> bool:
    digest = content_hash(version.content)
    return (
        entry.after == {"version": version.version, "content_hash": digest}
        and (entry.subject_type, entry.subject_id, entry.at) == (version.record_type, version.record_id, version.at)
        and version.content_hash == digest
    )


def _lost_versions(session: Session) -> Iterator[BadEntry]:
    """Journal entries that speak of a version which is not there."""
    names = [kind.__tablename__ for kind in fact_types()]
    verbs = [f"{name}.{done}" for name in names for done in ("added", "corrected", "tombstoned")]
    lost = (
        select(JournalEntry)
        .join(RecordVersion, entered(), isouter=True)
        .where(JournalEntry.verb.in_(verbs), RecordVersion.record_id.is_(None))
        .order_by(JournalEntry.chain, JournalEntry.seq)
    )
    for entry in session.scalars(lost):
        yield BadEntry(entry.chain, entry.seq, f"{entry.subject_type} {entry.subject_id}: {LOST_VERSION}")


def _rows(session: Session, kind: type[Fact]) -> Iterator[BadEntry]:
    """Each current row of a kind against its newest version."""
    name = kind.__tablename__
    newest = (
        select(RecordVersion.record_id, func.max(RecordVersion.version).label("version"))
        .where(RecordVersion.record_type == name)
        .group_by(RecordVersion.record_id)
        .subquery()
    )
    pairs = session.execute(
        select(kind, RecordVersion, JournalEntry)
        .select_from(newest)
        .join(
            RecordVersion,
            and_(
                RecordVersion.record_type == name,
                RecordVersion.record_id == newest.c.record_id,
                RecordVersion.version == newest.c.version,
            ),
        )
        .join(kind, kind.id == newest.c.record_id, full=True)
        .join(JournalEntry, entered(), isouter=True)
    )
    for fact, version, entry in pairs:
        if version is None:
            yield BadEntry(f"{name}:{fact.id}", fact.version, f"{name} {fact.id}: {UNENTERED_ROW}")
        elif fact is None:
            yield _bad(version, entry, LOST_ROW)
        elif not _is_as_written(fact, version):
            yield _bad(version, entry, CHANGED_ROW)


def _is_as_written(fact: Fact, version: RecordVersion) -> bool:
    """Fields that came after the version was written are no part of it."""
    content = {name: value for name, value in fact.content().items() if name in version.content}
    return (fact.version, fact.updated_at) == (version.version, version.at) and content_hash(
        content
    ) == version.content_hash


def _beginnings(session: Session, kind: type[Fact]) -> Iterator[BadEntry]:
    """Each row's maker and moment of making against its first version's journal entry."""
    name = kind.__tablename__
    changed = (
        select(RecordVersion, JournalEntry)
        .join(JournalEntry, entered())
        .join(kind, kind.id == RecordVersion.record_id)
        .where(
            RecordVersion.record_type == name,
            RecordVersion.version == 1,
            or_(kind.created_at != JournalEntry.at, kind.created_by != JournalEntry.actor_id),
        )
    )
    for version, entry in session.execute(changed):
        yield _bad(version, entry, CHANGED_BEGINNING)


def _submissions(session: Session) -> Iterator[BadEntry]:
    """Each submission's answers against the hash in the journal entries it led to."""
    rows = session.execute(
        select(Submission, JournalEntry.chain, JournalEntry.seq, JournalEntry.submission_hash)
        .join(JournalEntry, JournalEntry.submission_id == Submission.id, isouter=True)
        .order_by(Submission.id, JournalEntry.chain, JournalEntry.seq)
        .execution_options(yield_per=1000)
    )
    with rows:
        for submission, chain, seq, said in rows:
            if said != submission.answers_hash():
                yield BadEntry(chain or "", seq or 0, f"submission {submission.id}: {CHANGED_ANSWERS}")


def _lost_submissions(session: Session) -> Iterator[BadEntry]:
    """Journal entries that speak of a submission which is not there."""
    lost = (
        select(JournalEntry)
        .join(Submission, Submission.id == JournalEntry.submission_id, isouter=True)
        .where(JournalEntry.submission_id.is_not(None), Submission.id.is_(None))
        .order_by(JournalEntry.chain, JournalEntry.seq)
    )
    for entry in session.scalars(lost):
        yield BadEntry(entry.chain, entry.seq, f"submission {entry.submission_id}: {LOST_ANSWERS}")


def _bad(version: RecordVersion, entry: JournalEntry | None, what: str) -> BadEntry:
    subject = f"{version.record_type} {version.record_id} version {version.version}"
    if entry is None:
        return BadEntry(f"{version.record_type}:{version.record_id}", version.version, f"{subject}: {what}")
    return BadEntry(entry.chain, entry.seq, f"{subject}: {what}")
