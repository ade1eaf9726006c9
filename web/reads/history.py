"""The history of one record: every version with what changed, who changed it and why, and the form it came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.model import ProcessInstance
from records.base import Base, Fact
from records.checklists import ChecklistTemplate
from records.errors import NotFoundError
from records.journal import JournalEntry
from records.people import Actor, Organisation, Region, RoleCode, User
from records.registry import Establishment
from records.sampling import Laboratory
from records.scope import visible
from records.store import RecordVersion, entered
from records.submissions import Submission

#: columns that say where a record stands or came from, told in words elsewhere on the page
PROVENANCE = frozenset(
    {
        "id", "deleted_at", "region_path", "organisation_id", "process_instance_id", "user_task_id", "submission_id",
        "form_version", "name_key", "name_initials", "facts_hash", "exif",
    }
)  # fmt: skip
ID_LENGTH, LONGEST_CODE = 26, 12
#: columns by which a record is called, the best first
TITLES = ("no", "number", "title", "name", "product_name", "code", "label")
NAMED: tuple[Any, ...] = (User, Establishment, ChecklistTemplate, Organisation, Laboratory)
#: records of an authority's own work that no business reads: they tell of reports and informants
INTERNAL = frozenset({"informant", "problem_case", "transfer"})
OVERSEERS = frozenset({RoleCode.ADMINISTRATOR.value, RoleCode.AUDITOR.value})


@dataclass(frozen=True)
class Change:
    """One field between two versions."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Version:
    """One version: its number, moment, author, reason, and what differs from the one before."""

    number: int
    at: datetime
    entry: JournalEntry
    changes: list[Change]


@dataclass(frozen=True)
class History:
    """A record with all its versions, newest first."""

    kind: str
    record: Fact
    versions: list[Version]
    case: ProcessInstance | None
    submission: Submission | None
    names: Mapping[str, str]  # by id or code: of people, places, and the records that it refers to
    links: Mapping[str, str]  # the kind of each record that it refers to, by id

    def kind_of(self, value: Any) -> str | None:
        """The kind of the record that a value refers to, or None."""
        return self.links.get(value) if isinstance(value, str) else None

    @property
    def fields(self) -> list[Change]:
        """The record as it stands."""
        return [Change(name, None, value) for name, value in self.record.content().items() if name not in PROVENANCE]


def history_of(session: Session, kind: str, record_id: str, actor: Actor) -> History:
    """The record's history. Raises NotFoundError outside the actor's jurisdiction."""
    record = _record(session, kind, record_id, actor)
    case_id = getattr(record, "process_instance_id", None)
    case = session.get(ProcessInstance, case_id) if case_id else None
    if actor.is_business and case is not None and not case.is_visible_to_business:
        raise NotFoundError
    submission_id = getattr(record, "submission_id", None)
    submission = session.get(Submission, submission_id) if submission_id else None
    versions = _versions(session, kind, record_id)
    values = [value for one in versions for change in one.changes for value in (change.before, change.after)]
    names = _names(session, _texts([*values, *record.content().values()]))
    referred = {} if actor.is_business else _referred(session, record, names)
    told = {one.id: text for one in referred.values() if (text := _title(one))}
    links = {one.id: one.__tablename__ for one in referred.values()}
    return History(kind, record, versions, case, submission, {**names, **told}, links)


def _record(session: Session, kind: str, record_id: str, actor: Actor) -> Fact:
    model = _models().get(kind)
    if model is None or not issubclass(model, Fact) or (actor.is_business and kind in INTERNAL):
        raise NotFoundError
    query = select(model).where(model.id == record_id)
    if hasattr(model, "region_path") and (not actor.is_business or _has_establishment(model)):
        query = query.where(visible(model, actor))
    elif not actor.roles & OVERSEERS:
        raise NotFoundError
    found: Fact | None = session.scalar(query)
    if found is None:
        raise NotFoundError
    return found


def _models() -> dict[str, type[Base]]:
    return {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}


def _has_establishment(model: type[Fact]) -> bool:
    return model.__tablename__ == "establishment" or hasattr(model, "establishment_id")


def _texts(value: Any) -> Iterator[str]:
    """Every text of a value, however deep, the names of particulars too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts([*value, *value.values()])
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


def _referred(session: Session, record: Fact, known: Mapping[str, str]) -> dict[str, Fact]:
    """The records that the record's columns refer to, by id, without those whose names are known."""
    models, found = _models(), dict[str, Fact]()
    for column in record.__mapper__.columns:
        value = getattr(record, column.key, None)
        for key in column.foreign_keys:
            model = models.get(key.column.table.name)
            if column.key in PROVENANCE or value is None or value in known or model is None:
                continue
            other = session.get(model, value) if issubclass(model, Fact) else None
            if other is not None:
                found[value] = other
    return found


def _title(record: Fact) -> str:
    """What a record is called: its number, title, name or code, whichever it has first."""
    return next((str(found) for name in TITLES if (found := getattr(record, name, None))), "")


def _names(session: Session, values: Iterable[str]) -> dict[str, str]:
    """The names behind the ids and codes among the values."""
    values = set(values)
    ids = {value for value in values if len(value) == ID_LENGTH}
    codes = {value for value in values if value.isdigit() and len(value) <= LONGEST_CODE}
    found: dict[str, str] = {}
    queries = [select(kind.id, kind.name).where(kind.id.in_(ids)) for kind in NAMED]
    for query in (*queries, select(Region.code, Region.name).where(Region.code.in_(codes))):
        for key, name in session.execute(query):
            found[key] = name
    return found


def _versions(session: Session, kind: str, record_id: str) -> list[Version]:
    rows = session.execute(
        select(RecordVersion, JournalEntry)
        .join(JournalEntry, entered())
        .where(RecordVersion.record_type == kind, RecordVersion.record_id == record_id)
        .order_by(RecordVersion.version)
    ).all()
    versions: list[Version] = []
    before: Mapping[str, Any] = {}
    for row, entry in rows:
        versions.append(Version(row.version, row.at, entry, _changes(before, row.content)))
        before = row.content
    return versions[::-1]


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    names = [name for name in after if name not in PROVENANCE - {"deleted_at"}]
    return [
        Change(name, before.get(name), after[name])
        for name in names
        if before.get(name) != after[name] and not (not before and after[name] in (None, [], {}, ""))
    ]
