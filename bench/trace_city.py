"""Millions of links between lots, made inside the database: chains of supply of 15,000 lots each, written side by side.

Ids of one chain lie as far apart as those of a real one would, whose lots came in over months among all others.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from records.db import Database
from records.rows import table_of
from records.trace_model import Lot, LotHolding, LotLink

HOLDERS = 5_000
BY_ID = "ix_lot_read"
PIECE = 500_000
_SERIES = {
    "postgresql": "generate_series({first}, {last}) AS series(n)",
    "sqlite": "(WITH RECURSIVE s(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM s WHERE n < {last})"
    " SELECT n FROM s)",
}
_NOW, _DAY = "'2026-11-18 01:00:00.000000'", "'2026-11-01'"


@dataclass(frozen=True)
class Size:
    """How many chains of how many lots; each lot but the first was made of two others."""

    chains: int
    lots: int = 15_000


WHOLE, QUICK = Size(334), Size(12)


def lot_id(size: Size, chain: int, place: int) -> str:
    """The id of the lot at a place of a chain."""
    return f"01LT{place * size.chains + chain + 1:022d}"


def build(database: Database, size: Size) -> int:
    """Fill ``lot``, ``lot_holding``, ``lot_link`` and the establishments that hold; gives the number of links."""
    dropped = [index for kind in (Lot, LotHolding, LotLink) for index in table_of(kind).indexes]
    with database.changing_schema() as connection:
        for index in dropped:
            index.drop(connection)
    _fill(database, _ESTABLISHMENTS, HOLDERS, size)
    for statement in (_LOTS, _HOLDINGS, _FIRST_LINKS, _SECOND_LINKS):
        _fill(database, statement, size.chains * size.lots, size)
    with database.changing_schema() as connection:
        for index in dropped:
            if index.name == BY_ID or index not in table_of(Lot).indexes:  # a trace finds its lots by their ids
                index.create(connection)
        links = int(connection.execute(text("SELECT count(*) FROM lot_link")).scalar_one())
    if database.dialect == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    database.keep_statistics()
    database.engine.dispose()
    return links


def _fill(database: Database, statement: str, rows: int, size: Size) -> None:
    for first in range(1, rows + 1, PIECE):
        with database.changing_schema() as connection:
            _run(connection, statement, first, min(rows, first + PIECE - 1), size)


def _run(connection: Connection, statement: str, first: int, last: int, size: Size) -> None:
    dialect = connection.dialect.name
    yes, no = ("true", "false") if dialect == "postgresql" else ("1", "0")
    now, day = (f"TIMESTAMPTZ {_NOW}", f"DATE {_DAY}") if dialect == "postgresql" else (_NOW, _DAY)
    series = _SERIES[dialect].format(first=first, last=last)
    said = statement.format(series=series, chains=size.chains, now=now, day=day, yes=yes, no=no)
    connection.execute(text(said.replace(":", "\\:")))


def _id(prefix: str, number: str, width: int = 26) -> str:
    """In SQL: a prefix and a number, so many characters together."""
    zeros = "0" * (width - len(prefix))
    return f"'{prefix}' || substr('{zeros}' || CAST({number} AS TEXT), length(CAST({number} AS TEXT)) + 1)"


_HERE = "'450203', '/450000/450200/450203/'"
_KEPT = "1, {now}, 'system', {now}"
_HOLDER = _id("01HD", f"((n % {HOLDERS}) * 7 % {HOLDERS} + 1)")
_PLACE, _CHAIN = "((n - 1) / {chains})", "((n - 1) % {chains})"
_MUCH = "(20 + n % 5003 * 977 % 5003 / 10.0)"  # kilograms, weighed to 100 g
_ESTABLISHMENTS = f"""
INSERT INTO establishment (id, credit_code, name, name_key, name_initials, kind, segment, address, legal_person,
 risk_grade, credit_score, status, filed_on, region_code, region_path, version, created_at, created_by, updated_at)
SELECT {_id("01HD", "n")}, {_id("99", "n", 18)}, '柳州市第' || CAST(n AS TEXT) || '号', 'k', 'k', 'wholesaler', 'sales',
 '柳州市', '陈桂英', 'B', 100, 'active', {{day}}, {_HERE}, {_KEPT} FROM {{series}}"""
_LOTS = f"""
INSERT INTO lot (id, tlc, product_name, name_key, name_initials, quantity, unit, produced_on, expires_on, state, source,
 establishment_id, is_drill, effective_at, region_code, region_path, version, created_at, created_by, updated_at)
SELECT {_id("01LT", "n")}, 'MF-' || CAST(n AS TEXT), '干米粉', 'ganmifen', 'gmf', 100, 'kg', {{day}},
 {{day}}, 'active', 'import', {_HOLDER}, {{no}}, {{now}}, {_HERE}, {_KEPT} FROM {{series}}"""
_HOLDINGS = f"""
INSERT INTO lot_holding (id, lot_id, holder_key, establishment_id, quantity_in, quantity_out, is_made, has_origin,
 has_mixed_units, is_in_transit, first_at, last_at)
SELECT n, {_id("01LT", "n")}, {_HOLDER}, {_HOLDER}, {_MUCH} + 0.5, {_MUCH}, {{yes}}, {{no}}, {{no}}, {{no}}, {{now}},
 {{now}} FROM {{series}}"""


def _link(parent: str, least: int) -> str:
    """In SQL: a link to each lot from the lot of its chain at a place before it."""
    return f"""
INSERT INTO lot_link (parent_id, child_id, quantity, sent, received, event_id)
SELECT ({parent}) * {{chains}} + {_CHAIN} + 1, n, {_MUCH} / 2, NULL, NULL, {_id("01EV", "n")}
FROM {{series}} WHERE {_PLACE} > {least}"""


_ABOVE = f"(({_PLACE} - 1) / 3)"
#: a tree of threes, and one more parent somewhere between that and the lot itself
_FIRST_LINKS = _link(_ABOVE, 0)
_SECOND_LINKS = _link(f"{_ABOVE} + 1 + ({_PLACE} * 31) % ({_PLACE} - {_ABOVE} - 1)", 1)
