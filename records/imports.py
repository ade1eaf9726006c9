"""Imports: a file kept whole, checked without a trace, then entered piece by piece; what was refused can be mended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.base import CaseMixin, Fact, Json, Source, choice
from records.blobs import BlobStore
from records.clock import Clock
from records.db import Database
from records.errors import ConflictError, DomainError, NotFoundError
from records.exports import xlsx
from records.import_cells import RowProblem
from records.import_columns import CODE_EXAMPLE, COLUMNS, HEADING_SENTENCES, ImportKind
from records.import_files import TableRow, read_table
from records.import_rows import Group, RowEntry, groups_of, missing_columns
from records.people import Actor, User, load_actor
from records.scope import visible
from records.store import Origin, Store

__all__ = ["ImportBatch", "ImportKind", "ImportState"]

#: rows entered in one transaction
PIECE = 500
#: what is wrong is listed up to this; the refused rows themselves are all kept
MOST_LISTED = 2_000
#: files of up to so many rows are checked and entered while their sender waits
SMALL = 500


#: a message id with its places, in somebody's language
Say = Callable[[str, dict[str, Any]], str]


class ImportState(StrEnum):
    """Where an import stands."""

    CHECKING = "checking"
    CHECKED = "checked"
    IMPORTING = "importing"
    DONE = "done"


class ImportBatch(CaseMixin, Fact):
    """One file that somebody sent in, what the check found, and what was entered. ``problems``: see ``RowProblem``.

    ``done_rows`` of ``rows`` were looked at in the present state; ``refused`` lists the numbers of the rows left out.
    """

    kind: Mapped[ImportKind] = mapped_column(choice(ImportKind))
    filename: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    state: Mapped[ImportState] = mapped_column(choice(ImportState), default=ImportState.CHECKING)
    rows: Mapped[int]
    done_rows: Mapped[int] = mapped_column(default=0)
    accepted: Mapped[int] = mapped_column(default=0)
    refused: Mapped[list[Any]] = mapped_column(Json)
    problems: Mapped[list[Any]] = mapped_column(Json)

    @property
    def is_at_work(self) -> bool:
        """True while a job checks or enters it."""
        return self.state in (ImportState.CHECKING, ImportState.IMPORTING)


class MissingColumnsError(DomainError):
    """The file lacks columns that every row must fill."""

    slug = "missing-columns"
    sentence = "文件缺少必填列：%(columns)s"


class EmptyTableError(DomainError):
    """The file has headings but no rows."""

    slug = "empty-table"
    sentence = "文件中没有数据行"


def receive_file(store: Store, blobs: BlobStore, kind: ImportKind, filename: str, content: bytes) -> ImportBatch:
    """Keep a file to be checked. Raises UnreadableTableError and its kin, MissingColumnsError, EmptyTableError."""
    rows = read_table(content)
    if not rows:
        raise EmptyTableError
    if missing := missing_columns(kind, rows[0]):
        raise MissingColumnsError(columns="、".join(HEADING_SENTENCES[key] for key in missing))
    user = store.session.get_one(User, store.actor.id)
    return store.add(
        ImportBatch(
            kind=kind,
            filename="".join(filter(str.isprintable, filename))[-200:],
            sha256=blobs.put(content),
            rows=len(rows),
            refused=[],
            problems=[],
            source=Source.IMPORT,
            region_code=user.region_code,
            region_path=user.region_path,
            organisation_id=user.organisation_id,
            establishment_id=user.establishment_id,
        )
    )


def find_batch(session: Session, actor: Actor, batch_id: str) -> ImportBatch:
    """An import that the actor may see. Raises NotFoundError."""
    query = select(ImportBatch).where(ImportBatch.id == batch_id, visible(ImportBatch, actor))
    batch = session.scalar(query.where(ImportBatch.deleted_at.is_(None)))
    if batch is None:
        raise NotFoundError
    return batch


def confirm(store: Store, batch: ImportBatch) -> ImportBatch:
    """Its sender wants the good rows entered. Raises ConflictError unless it is checked and has good rows."""
    if batch.state is not ImportState.CHECKED or not batch.accepted or batch.created_by != store.actor.id:
        raise ConflictError
    begun = {"state": ImportState.IMPORTING, "done_rows": 0, "accepted": 0, "refused": [], "problems": []}
    return store.correct(batch, begun)


class Runner:
    """Checks and enters batches, piece by piece; begun again after a crash, it goes on where the last piece ended."""

    def __init__(self, blobs: BlobStore, clock: Clock) -> None:
        self.blobs, self.clock = blobs, clock

    def run(self, database: Database, batch_id: str) -> None:
        """Do what the batch waits for, to its end."""
        with database.reading() as session:
            batch = session.get_one(ImportBatch, batch_id)
        groups = groups_of(batch.kind, rows_of(self.blobs, batch))
        while self._piece(database, batch_id, groups):
            pass

    def _piece(self, database: Database, batch_id: str, groups: Sequence[Group]) -> bool:
        with database.reading() as session:
            batch = session.get_one(ImportBatch, batch_id)
            if not batch.is_at_work:
                return False
            actor = load_actor(session, batch.created_by)
        some = _next_groups(groups, batch.done_rows)
        if batch.state is ImportState.CHECKING:
            problems = self._enter(database.reading(), batch.kind, actor, some)
            with database.unit_of_work() as session:
                self._tell(session, actor, batch_id, some, problems, ImportState.CHECKED)
        else:
            with database.unit_of_work() as session:
                locked = session.get_one(ImportBatch, batch_id, with_for_update=True)
                if locked.done_rows != batch.done_rows or locked.state is not ImportState.IMPORTING:
                    return True  # another worker was faster
                problems = RowEntry(self._store(session, actor), batch.kind).enter(some)
                self._tell(session, actor, batch_id, some, problems, ImportState.DONE)
        return True

    def _enter(
        self, opened: AbstractContextManager[Session], kind: ImportKind, actor: Actor, some: Sequence[Group]
    ) -> list[RowProblem]:
        """The same as entering, in a session of which nothing stays."""
        with opened as session:
            return RowEntry(self._store(session, actor), kind).enter(some)

    def _tell(
        self, session: Session, actor: Actor, batch_id: str, some: Sequence[Group], problems: Sequence[RowProblem],
        ended: ImportState,
    ) -> None:  # fmt: skip
        batch = session.get_one(ImportBatch, batch_id)
        wrong = {problem.row for problem in problems}
        refused = [row.number for group in some if wrong & {row.number for row in group} for row in group]
        looked_at = sum(len(group) for group in some)
        done = batch.done_rows + looked_at
        told = {
            "done_rows": done,
            "accepted": batch.accepted + looked_at - len(refused),
            "refused": [*batch.refused, *refused],
            "problems": [*batch.problems, *(problem.content() for problem in problems)][:MOST_LISTED],
            "state": ended if done >= batch.rows else batch.state,
        }
        self._store(session, actor).correct(batch, told)

    def _store(self, session: Session, actor: Actor) -> Store:
        return Store(session, self.clock, actor, Origin(Source.IMPORT))


def rows_of(blobs: BlobStore, batch: ImportBatch) -> list[TableRow]:
    """The rows of a batch's file, as they came in."""
    with blobs.open(batch.sha256) as file:
        return read_table(file.read())


def refused_file(blobs: BlobStore, batch: ImportBatch, heading: str, say: Say) -> bytes:
    """The rows that were left out, as they came in, each with what is wrong: to be mended and sent in again."""
    reasons: dict[int, list[str]] = {}
    for problem in batch.problems:
        column = HEADING_SENTENCES.get(problem["column"] or "", "")
        said = say(problem["sentence"], problem["params"])
        reasons.setdefault(problem["row"], []).append(f"{say(column, {})}：{said}" if column else said)
    refused = set(batch.refused)
    rows = [row for row in rows_of(blobs, batch) if row.number in refused]
    headings = list(dict.fromkeys(name for row in rows for name in row.cells))
    lines = [[*(row.cells.get(name, "") for name in headings), "；".join(reasons.get(row.number, []))] for row in rows]
    return xlsx(batch.kind.value, [*headings, heading], lines)


def template_file(kind: ImportKind) -> bytes:
    """An empty file to fill in: headings (a star where every row must have it) and one example."""
    columns = COLUMNS[kind]
    headings = [HEADING_SENTENCES[each.key] + ("*" if each.is_required else "") for each in columns]
    examples = [each.example or (CODE_EXAMPLE if each.key.endswith("_code") else "") for each in columns]
    return xlsx(kind.value, headings, [examples])


def _next_groups(groups: Sequence[Group], done_rows: int) -> list[Group]:
    """The groups after so many rows, as many as make a piece."""
    some: list[Group] = []
    seen = taken = 0
    for group in groups:
        seen += len(group)
        if seen <= done_rows:
            continue
        some.append(group)
        taken += len(group)
        if taken >= PIECE:
            break
    return some
