#!/usr/bin/env python3
"""Draw by lot so that anybody can draw again: ``python3 verify_draw.py FILE [COMMITMENT]``, with nothing but Python.

A draw is one JSON document. Pools, quotas, rules and algorithm are bound by a SHA-256 commitment before a seed exists.
The seed comes from that commitment and from what operator and witness contributed. It gives every candidate of every
stratum a place: by HMAC-SHA256(seed, round, stratum, id). Businesses are drawn first, then for each a lead and a second
inspector; whoever declares an interest gives way to the next in the same order. This file draws with the platform and
checks without it. It says MATCH and exits 0, or DIFFERENCE, names the first place that differs and exits 1.
COMMITMENT (64 hexadecimal digits) is the one that was published before the draw.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

FORMAT = "sujian-draw/1"
ALGORITHM = "hmac-sha256-order/1"
#: what the commitment binds, in the document
COMMITTED = ("format", "algorithm", "draw", "rules", "settings", "quotas", "pools")
SHORTEST_PART = 8
ROLES = ("lead", "second")
ROW_DIGITS = 16  # of the digest of one row of a list

Document = dict[str, Any]
Row = Mapping[str, Any]


class PoolTooSmallError(Exception):
    """``what`` (a stratum, or a role and the business it is for) needs more candidates than there are."""

    def __init__(self, what: str, needed: int, found: int) -> None:
        super().__init__(f"{what}: {needed} needed, {found} found")
        self.what, self.needed, self.found = what, needed, found


class DifferenceError(Exception):
    """The first place of a document that is not as it should be."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where, self.what = where, what


# -- numbers that everybody gets alike ---------------------------------------------------------------------------------


def canonical(value: Any) -> bytes:
    """The one JSON text of a value: keys sorted, no blanks, UTF-8."""
    return _ENCODER.encode(value).encode()


_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON, hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def commitment_of(document: Mapping[str, Any]) -> str:
    """What is published before the seed exists."""
    return digest({name: document[name] for name in COMMITTED})


def seed_of(commitment: str, operator_part: str, witness_part: str) -> str:
    """The seed, hexadecimal. Raises ValueError when a contribution is shorter than eight characters."""
    if min(len(operator_part), len(witness_part)) < SHORTEST_PART:
        raise ValueError(f"a contribution has less than {SHORTEST_PART} characters")
    return digest(["seed", commitment, operator_part, witness_part])


def in_order(seed: str, number: int, stratum: str, ids: Iterable[str]) -> list[str]:
    """The candidates of a stratum in the order of the lot: by HMAC of ``[round,stratum]`` and the id after it."""
    key, place = bytes.fromhex(seed), canonical([number, stratum])
    return sorted(ids, key=lambda one: (hmac.digest(key, place + one.encode(), "sha256"), one))


# -- the draw ----------------------------------------------------------------------------------------------------------


def draw(document: Mapping[str, Any], seed: str) -> list[dict[str, Any]]:
    """What is drawn, in order: ``{object, stratum, rank, lead, second}`` for each. Raises PoolTooSmallError."""
    number, strata = document["draw"]["round"], dict[str, list[str]]()
    for row in document["pools"]["objects"]:
        strata.setdefault(row["stratum"], []).append(row["id"])
    drawn: list[dict[str, Any]] = []
    for quota in document["quotas"]:
        name, wanted = quota["stratum"], quota["count"]
        there = strata.get(name, [])
        if len(there) < wanted:
            raise PoolTooSmallError(name, wanted, len(there))
        chosen = in_order(seed, number, name, there)[:wanted]
        drawn += [{"object": one, "stratum": name, "rank": rank} for rank, one in enumerate(chosen, 1)]
    teams = Teams(document, seed)
    for role in ROLES:
        for row in drawn:
            row[role] = teams.next_for(row, role)
    return drawn


def replace(
    document: Mapping[str, Any],
    seed: str,
    drawn: Iterable[Row],
    declarations: Iterable[Row],
) -> list[dict[str, Any]]:
    """Who gives way to whom: ``{object, role, out, in}`` in the order of the declarations, again the next by lot.

    Raises PoolTooSmallError when nobody is left.
    """
    rows = {row["object"]: dict(row) for row in drawn}
    teams, replacements = Teams(document, seed, rows.values()), []
    for declared in declarations:
        teams.bar(declared["inspector"], declared["object"])
        row = rows.get(declared["object"], {})
        for role in ROLES:
            if row.get(role) == declared["inspector"]:
                row[role] = None
                teams.release(declared["inspector"])
                row[role] = teams.next_for(row, role)
                replacements.append(
                    {"object": row["object"], "role": role, "out": declared["inspector"], "in": row[role]}
                )
    return replacements


def final(drawn: Iterable[Row], replacements: Iterable[Row]) -> list[dict[str, Any]]:
    """Who inspects whom in the end: ``{object, lead, second}``."""
    rows = {row["object"]: {name: row[name] for name in ("object", *ROLES)} for row in drawn}
    for each in replacements:
        rows[each["object"]][each["role"]] = each["in"]
    return list(rows.values())


class Teams:
    """Who can still be sent where."""

    def __init__(self, document: Mapping[str, Any], seed: str, drawn: Iterable[Row] = ()) -> None:
        self._seed, self._round = seed, document["draw"]["round"]
        pool = document["pools"]["inspectors"]
        self._room = {row["id"]: row["room"] for row in pool}
        self._barred = {row["id"]: set(row["barred"]) for row in pool}
        self._led = {row["id"]: set(row["led"]) for row in pool}
        self._leads = {row["id"] for row in pool if row["can_lead"]}
        for row in drawn:
            for role in ROLES:
                self._room[row[role]] -= 1

    def bar(self, inspector: str, business: str) -> None:
        """This inspector has an interest in this business."""
        self._barred[inspector].add(business)

    def release(self, inspector: str) -> None:
        """This inspector has one inspection less."""
        self._room[inspector] += 1

    def next_for(self, row: Mapping[str, Any], role: str) -> str:
        """The next inspector by lot who may take this role at this business."""
        business = row["object"]
        for one in in_order(self._seed, self._round, f"{role}/{business}", self._room):
            if self._may(one, business, role) and one not in (row.get("lead"), row.get("second")):
                self._room[one] -= 1
                return one
        raise PoolTooSmallError(f"{role}/{business}", 1, 0)

    def _may(self, one: str, business: str, role: str) -> bool:
        if self._room[one] < 1 or business in self._barred[one]:
            return False
        return role != "lead" or (one in self._leads and business not in self._led[one])


# -- the document ------------------------------------------------------------------------------------------------------


def sealed(document: Mapping[str, Any]) -> Document:
    """The document with the digest of each of its parts and of the whole."""
    content = content_of(document)
    return {**content, "digests": dict(digests(content)), "sha256": digest(content)}


def content_of(document: Mapping[str, Any]) -> Document:
    """The document without the digests of itself."""
    return {name: value for name, value in document.items() if name not in ("digests", "sha256")}


def digests(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """By place: the digest of a value, or those of a list's rows."""
    for place, value in _places(content):
        if isinstance(value, list):
            yield place, [digest(row)[:ROW_DIGITS] for row in value]
        else:
            yield place, digest(value)


def _places(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in content.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{inner}", part) for inner, part in value.items())
        else:
            yield name, value


def verify(document: Mapping[str, Any], published: str | None = None) -> None:
    """Draw again and compare. Raises DifferenceError that names the first place that differs."""
    try:
        _agree("format", document.get("format"), FORMAT)
        _untouched(document)
        if published is not None:
            _agree("commitment.sha256", document["commitment"]["sha256"], published.strip().lower())
        _drawn_again(document)
    except DifferenceError:
        raise
    except PoolTooSmallError as error:
        raise DifferenceError("pools", f"cannot be drawn from: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DifferenceError("document", f"is not a complete draw: {error!r}") from error


def _untouched(document: Mapping[str, Any]) -> None:
    """Every part is as it was when the document was written."""
    content, told = content_of(document), document["digests"]
    is_whole = digest(content) == document["sha256"]
    found = dict(digests(content))
    for place in [*found, *(place for place in told if place not in found)]:
        where = _first_row(place, found.get(place), told.get(place))
        if where is not None:
            raise DifferenceError(f"digests.{where}" if is_whole else where, "was changed after the draw was recorded")
    if not is_whole:
        raise DifferenceError("sha256", "is not the digest of this document")


def _first_row(place: str, found: Any, told: Any) -> str | None:
    if found == told:
        return None
    if isinstance(found, list) and isinstance(told, list):
        rows = (index for index, pair in enumerate(zip(found, told)) if pair[0] != pair[1])  # noqa: B905 - Python 3.9
        return f"{place}[{next(rows, min(len(found), len(told)))}]"
    return place


def _drawn_again(document: Mapping[str, Any]) -> None:
    ceremony = document["ceremony"]
    _agree("algorithm", document["algorithm"], ALGORITHM)
    _agree("commitment.sha256", document["commitment"]["sha256"], commitment_of(document))
    if ceremony["operator"]["id"] == ceremony["witness"]["id"]:
        raise DifferenceError("ceremony.witness", "is the operator")
    if not document["commitment"]["at"] < ceremony["at"]:
        raise DifferenceError("ceremony.at", "is not after the commitment")
    parts = (ceremony[each]["part"] for each in ("operator", "witness"))
    seed = seed_of(document["commitment"]["sha256"], *parts)
    _agree("ceremony.seed", ceremony["seed"], seed)
    drawn = draw(document, seed)
    _same_rows("drawn", document["drawn"], drawn)
    replacements = replace(document, seed, drawn, document["declarations"])
    _same_rows("replacements", document["replacements"], replacements)
    _same_rows("final", document["final"], final(drawn, replacements))


def _same_rows(place: str, told: list[Any], found: list[Any]) -> None:
    _agree(f"{place} (rows)", len(told), len(found))
    for index, (one, other) in enumerate(zip(told, found)):  # noqa: B905 - Python 3.9
        for name in {**one, **other}:
            _agree(f"{place}[{index}].{name}", one.get(name), other.get(name))


def _agree(place: str, told: Any, found: Any) -> None:
    if told != found:
        raise DifferenceError(place, f"the document says {told!r}, drawing again gives {found!r}")


def main(arguments: list[str], say: Callable[[str], object] = print) -> int:
    """Check the file that is named; 0: it matches, 1: it differs, 2: it cannot be read."""
    if not 1 <= len(arguments) <= 2:
        say((__doc__ or "").strip())
        return 2
    try:
        document = json.loads(Path(arguments[0]).read_text("utf-8"))
    except (OSError, ValueError) as error:
        say(f"UNREADABLE {arguments[0]}: {error}")
        return 2
    try:
        verify(document if isinstance(document, dict) else {}, arguments[1] if len(arguments) > 1 else None)
    except DifferenceError as difference:
        say(f"DIFFERENCE {difference}")
        return 1
    counted = f"{len(document['drawn'])} drawn, {len(document['replacements'])} replaced"
    say(f"MATCH {document['draw']['no']}: {counted}, commitment {document['commitment']['sha256']}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
