"""Whether the journal is what was written: every chain whole, every entry's content that of its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from records.hashing import canonical
from records.journal import GENESIS, HASHED, BadEntry, JournalChain, JournalEntry, hashed

_AT_ONCE = 5_000
_PLAIN = ("id", *(name for name in HASHED if name not in ("before", "after")))
#: the columns in the order in which they are read; the entry's hash comes last, and is no part of what is hashed
_NAMES = (*_PLAIN, "at", "before", "after")


class _Place(NamedTuple):
    """Where a chain has come to."""

    chain: str
    seq: int
    hash: str


def verify(session: Session) -> Iterator[BadEntry]:
    """Every break of every chain, in order of chain and number.

    Changed content or hashes, missing or foreign entries, a lost tail. Reads columns, not objects: a million entries in
    a minute.
    """
    heads = {chain: (seq, digest) for chain, seq, digest in session.execute(_HEADS)}
    before = _Place("", 0, GENESIS)
    with session.execute(_ENTRIES) as entries:
        for entry in entries:
            chain, seq = entry.chain, entry.seq
            if chain != before.chain:
                yield from _end(before, heads)
                before = _Place(chain, 0, GENESIS)
            here = _Place(chain, seq, entry[-1])
            if seq != before.seq + 1:
                yield BadEntry(chain, before.seq + 1, "entry missing")
            elif hashlib.sha256(canonical_entry(entry, before.hash)).hexdigest() != here.hash:
                yield BadEntry(chain, seq, "content does not match its hash")
            before = here
    yield from _end(before, heads)
    for chain, (seq, _digest) in heads.items():
        yield BadEntry(chain, seq, "chain does not end where its head says")


def canonical_entry(row: Any, prev_hash: str) -> bytes:
    """The bytes that an entry's hash is made of."""
    content = dict(zip(_NAMES, row, strict=False))
    content["before"], content["after"] = _read(content["before"]), _read(content["after"])
    return orjson.dumps(hashed(content, prev_hash), option=orjson.OPT_SORT_KEYS)


def lines_of(session: Session, chain: str) -> Iterator[bytes]:
    """The bytes of every entry of a chain, in their order."""
    before = GENESIS
    for row in session.execute(_COLUMNS.where(JournalEntry.chain == chain).order_by(JournalEntry.seq)):
        yield canonical_entry(row, before)
        before = row.hash


def _read(text: str | None) -> Any:
    return None if text is None or text == "null" else canonical(orjson.loads(text))


def _end(last: _Place, heads: dict[str, tuple[int, str]]) -> Iterator[BadEntry]:
    if not last.chain:
        return
    head = heads.pop(last.chain, None)
    if head is None:
        yield BadEntry(last.chain, last.seq, "chain has no head")
    elif head != (last.seq, last.hash):
        yield BadEntry(last.chain, head[0], "chain does not end where its head says")


_HEADS = select(JournalChain.chain, JournalChain.seq, JournalChain.hash)
_COLUMNS = select(
    *(getattr(JournalEntry, name).label(name) for name in _PLAIN),
    JournalEntry.at,
    cast(JournalEntry.before, Text).label("before"),
    cast(JournalEntry.after, Text).label("after"),
    JournalEntry.hash,
)
_ENTRIES = _COLUMNS.order_by(JournalEntry.chain, JournalEntry.seq).execution_options(yield_per=_AT_ONCE)
