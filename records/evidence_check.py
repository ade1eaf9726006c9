#!/usr/bin/env python3
"""Check an evidence pack offline, with nothing but Python: unpack it and run ``python3 verify.py [PUBLIC_KEY]``.

PUBLIC_KEY (64 hexadecimal digits) is the one the authority publishes; without it the pack's own key is used, and shown
so that it can be compared. Says what matches and exits 0, or names the first difference and exits 1.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Point = tuple[int, int, int, int]

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
HALF = pow(2, (P - 1) // 4, P)


class DifferenceError(Exception):
    """The first thing that is not as it should be."""


# -- Ed25519 (RFC 8032), points as (X, Y, Z, T) ------------------------------------------------------------------------


def add(p: Point, q: Point) -> Point:
    """The sum of two points."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number: int, point: Point) -> Point:
    """A point added to itself ``number`` times."""
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = add(total, point)
        point, number = add(point, point), number >> 1
    return total


def point_of(text: bytes) -> Point | None:
    """The point that 32 bytes stand for, or None."""
    y = int.from_bytes(text, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * HALF % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def is_signed(public: bytes, signature: bytes, message: bytes) -> bool:
    """True when the signature over the message belongs to the public key."""
    key, near, base = point_of(public), point_of(signature[:32]), point_of(BASE_Y.to_bytes(32, "little"))
    number = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or key is None or near is None or base is None or number >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    left, right = times(number, base), add(near, times(int.from_bytes(digest, "little") % ORDER, key))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


BASE_Y = 4 * pow(5, P - 2, P) % P


# -- the pack ----------------------------------------------------------------------------------------------------------


def sha256(content: bytes) -> str:
    """The digest in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def demand(holds: bool, what: str) -> None:
    """Go on, or stop at the first difference."""
    if not holds:
        raise DifferenceError(what)


def read(folder: Path, name: str) -> Any:
    """A file of the pack as JSON."""
    return json.loads((folder / name).read_text(encoding="utf-8"))


def check_files(folder: Path, manifest: Any) -> None:
    """Every file is there as listed, and no other."""
    for name, digest in manifest["files"].items():
        path = folder / name
        demand(path.is_file(), f"{name}: the file is missing")
        demand(sha256(path.read_bytes()) == digest, f"{name}: the file is not as listed in manifest.json")
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        known = name in manifest["files"] or name == "manifest.json" or path.is_dir() or "__pycache__" in name
        demand(known, f"{name}: the file is not listed in manifest.json")


def check_chain(folder: Path, listed: Any) -> tuple[dict[str, Any], dict[int, str]]:
    """One chain of entries: each says the hash of the one before. Gives them by name, and hashes by number."""
    entries: dict[str, Any] = {}
    hashes, before = {0: "0" * 64}, "0" * 64
    lines = (folder / listed["file"]).read_bytes().splitlines()
    for number, line in enumerate(lines, 1):
        entry, where = json.loads(line), f"{listed['file']}: entry {number}"
        demand(entry["chain"] == listed["chain"], f"{where} belongs to another chain")
        demand(entry["seq"] == number, f"{where} has the number {entry['seq']}: an entry is missing")
        demand(entry["prev_hash"] == before, f"{where} does not follow the entry before it")
        before = hashes[number] = sha256(line)
        entries[f"{entry['chain']}#{number}"] = entry
    demand(len(lines) == listed["entries"], f"{listed['file']}: {listed['entries']} entries expected, not {len(lines)}")
    return entries, hashes


def root_by_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root that a leaf and its neighbours lead to (RFC 9162, 2.1.3.2)."""
    last, root = size - 1, leaf
    for neighbour in path:
        demand(last > 0, "seals.json: a path is too long")
        if index % 2 or index == last:
            root = hashlib.sha256(b"\x01" + neighbour + root).digest()
            while index % 2 == 0 and index:
                index, last = index // 2, last // 2
        else:
            root = hashlib.sha256(b"\x01" + root + neighbour).digest()
        index, last = index // 2, last // 2
    demand(last == 0, "seals.json: a path is too short")
    return root


def check_seal(seal: Any, hashes: dict[str, dict[int, str]], public: set[str]) -> tuple[str, int]:
    """One seal over one head: the journal leads to the head, the head to the root, the root is signed."""
    said, leaf = json.loads(seal["statement"]), seal["leaf"]
    where = f"seals.json: seal {said['number']}"
    demand(hashes.get(leaf["chain"], {}).get(leaf["seq"]) == leaf["hash"],
           f"{where}: {leaf['chain']} up to entry {leaf['seq']} is not what was sealed")  # fmt: skip
    hashed = hashlib.sha256(b"\x00" + f"{leaf['chain']}\n{leaf['seq']}\n{leaf['hash']}".encode()).digest()
    path = [bytes.fromhex(step) for step in seal["path"]]
    root = root_by_path(hashed, seal["index"], said["size"], path)
    demand(root.hex() == said["root"], f"{where}: the entries do not lead to the signed root")
    demand(said["public_key"] in public, f"{where}: sealed with another key, {said['public_key']}")
    signature = bytes.fromhex(seal["signature"])
    signed = is_signed(bytes.fromhex(said["public_key"]), signature, seal["statement"].encode())
    demand(signed, f"{where}: the signature is not valid")
    return leaf["chain"], leaf["seq"]


def check_versions(folder: Path, entries: dict[str, Any]) -> dict[str, Any]:
    """Every version of a record is what its entry says, and none is missing. Gives the newest content by record."""
    newest: dict[str, Any] = {}
    seen: set[str] = set()
    for version in read(folder, "versions.json"):
        where = f"{version['file']}: {version['record_type']} {version['record_id']} version {version['version']}"
        entry = entries.get(f"{version['chain']}#{version['seq']}")
        if entry is None:
            raise DifferenceError(f"{where} has no journal entry")
        content = (folder / version["file"]).read_bytes()
        after = {"content_hash": sha256(content), "version": version["version"]}
        subject = [version["record_type"], version["record_id"]]
        demand(entry["after"] == after and [entry["subject_type"], entry["subject_id"]] == subject,
               f"{where} is not what entry {entry['seq']} of {entry['chain']} says")  # fmt: skip
        seen.add(f"{entry['chain']}#{entry['seq']}")
        newest[version["record_id"]] = json.loads(content)
    for name, entry in entries.items():
        speaks = isinstance(entry["after"], dict) and "content_hash" in entry["after"] and "version" in entry["after"]
        demand(not speaks or name in seen or entry["verb"].startswith("process_definition."),
               f"versions.json: the version of entry {entry['seq']} of {entry['chain']} is missing")  # fmt: skip
    return newest


def check_submissions(folder: Path, entries: dict[str, Any]) -> None:
    """Every submission is what the entries it led to say, and none is missing."""
    listed = {one["id"]: one["file"] for one in read(folder, "submissions.json")}
    for entry in entries.values():
        if entry["submission_id"] is not None:
            where = f"submission {entry['submission_id']}"
            demand(entry["submission_id"] in listed, f"submissions.json: {where} is missing")
            content = (folder / listed[entry["submission_id"]]).read_bytes()
            demand(sha256(content) == entry["submission_hash"],
                   f"{listed[entry['submission_id']]}: {where} is not what entry {entry['seq']} says")  # fmt: skip
    entered = {entry["submission_id"] for entry in entries.values()}
    for submission in listed:
        demand(submission in entered, f"submissions.json: submission {submission} has no journal entry")


def check_papers(folder: Path, name: str, newest: dict[str, Any]) -> None:
    """Documents or attachments: listed with the hash their record has, and the file, where it is here, has it too."""
    for paper in read(folder, name):
        where = f"{name}: {paper['title']}"
        record = newest.get(paper["id"])
        if record is None:
            raise DifferenceError(f"{where} has no record")
        demand(record["sha256"] == paper["sha256"], f"{where} has another hash than its record")
        if paper["file"] is not None:
            demand(
                sha256((folder / paper["file"]).read_bytes()) == paper["sha256"], f"{where}: {paper['file']} differs"
            )


def check(folder: Path, public: str) -> Iterator[str]:
    """Everything, in the order in which one thing stands on another. Gives sentences about what matches."""
    manifest = read(folder, "manifest.json")
    check_files(folder, manifest)
    entries: dict[str, Any] = {}
    hashes: dict[str, dict[int, str]] = {}
    sealed: dict[str, int] = {}
    for listed in manifest["chains"]:
        found, hashes[listed["chain"]] = check_chain(folder, listed)
        entries |= found
    keys = {public} if public else set((folder / "public_key.txt").read_text(encoding="ascii").split())
    for seal in read(folder, "seals.json"):
        chain, seq = check_seal(seal, hashes, keys)
        sealed[chain] = max(seq, sealed.get(chain, 0))
    newest = check_versions(folder, entries)
    check_submissions(folder, entries)
    for name in ("documents.json", "attachments.json"):
        check_papers(folder, name, newest)
    for listed in manifest["chains"]:
        demand(sealed.get(listed["chain"], 0) >= listed["sealed_to"], f"seals.json: {listed['chain']} lost its seal")
        yield f"{listed['chain']}: {listed['entries']} entries, {sealed.get(listed['chain'], 0)} of them sealed"
    yield f"public key: {' '.join(sorted(keys))}"


def main() -> int:
    """Run; 0 when everything matches."""
    folder = Path(__file__).resolve().parent
    try:
        lines = list(check(folder, sys.argv[1].strip().lower() if len(sys.argv) > 1 else ""))
    except DifferenceError as difference:
        print(f"DIFFERENCE  {difference}")
        return 1
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        print(f"DIFFERENCE  a file cannot be read as it should be: {type(error).__name__}: {error}")
        return 1
    print("MATCH", *lines, sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
