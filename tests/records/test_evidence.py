"""The evidence pack: verifies offline as it is, and names the first difference when any piece of it was touched."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from records import evidence_check
from records.attachments import Belonging, receive
from records.blobs import BlobStore
from records.clock import FixedClock
from records.db import Database
from records.documents import attach_pdf, issue
from records.evidence import write_pack
from records.people import SYSTEM
from records.seals import seal_journal
from records.signing import SigningKey
from records.store import Origin, Store
from records.submissions import Submission
from tests.factories import establishment, place

CASE = "01CASE00000000000000000000"


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return SigningKey.of_file(tmp_path / "journal.key")


@pytest.fixture
def pack(database: Database, clock: FixedClock, blobs: BlobStore, key: SigningKey, tmp_path: Path) -> Path:
    """The unpacked evidence of a case with answers, a record, a paper and a scan, sealed twice."""
    given = Submission(
        id=clock.new_id(), user_task_id="01TASK", process_instance_id=CASE, form_version="onsite@1",
        answers={"temperature": 24.0, "small": 1.5e-7, "large": 1e22, "words": "米粉"},
        actor_id="someone", at=clock.now(),
    )  # fmt: skip
    origin = Origin(process_instance_id=CASE, submission_id=given.id)
    with database.unit_of_work() as session:
        session.add(given)
        session.flush()
        store = Store(session, clock, SYSTEM, origin)
        here = place(session)
        shop = establishment(store, name="证据小吃店")
        paper = issue(store, "result_sheet", "检查结果记录表", {"a": 1}, **here, establishment_id=shop.id, no="玩-1")
        belonging = Belonging(process_instance_id=CASE, **here)
        receive(Store(session, clock, SYSTEM), blobs, BytesIO(b"%PDF-1.4 a scan"), "现场 说明.scan", belonging)
    seal_journal(database, key, clock)
    clock.advance(minutes=1)
    with database.unit_of_work() as session:
        store = Store(session, clock, SYSTEM, Origin(process_instance_id=CASE))
        attach_pdf(store, blobs, session.get_one(type(paper), paper.id), b"%PDF-1.4 the paper")
        store.enter("note.read", "note", "N1", reason="second minute")
    seal_journal(database, key, clock)
    with database.unit_of_work() as session:
        store = Store(session, clock, SYSTEM, Origin(process_instance_id=CASE))
        store.enter("note.read", "note", "N1", reason="not sealed yet")
    folder = tmp_path / "pack"
    with database.reading() as session, (tmp_path / "pack.zip").open("w+b") as file:
        write_pack(session, blobs, CASE, "玩-450203-20261118-001", clock.now(), file)
        zipfile.ZipFile(file).extractall(folder)
    return folder


def verdict(pack: Path, *keys: str) -> tuple[int, str]:
    command = [sys.executable, "-I", "-S", "-B", str(pack / "verify.py"), *keys]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_an_untouched_pack_verifies_with_python_alone(pack: Path, key: SigningKey) -> None:
    code, said = verdict(pack)
    assert code == 0 and said.startswith("MATCH\n"), said
    assert f"public key: {key.public}" in said
    lines = (pack / "journal" / "1.jsonl").read_bytes().splitlines()
    assert f"case:{CASE}: {len(lines)} entries, {len(lines) - 1} of them sealed" in said
    assert verdict(pack, key.public)[0] == 0
    names = {path.name for path in (pack / "files").iterdir()}
    assert len(names) == 2, "the paper and the scan are in it"
    seals = json.loads((pack / "seals.json").read_text(encoding="utf-8"))
    assert {json.loads(seal["statement"])["number"] for seal in seals} == {1, 2}


def test_another_key_is_not_ours(pack: Path) -> None:
    code, said = verdict(pack, "11" * 32)
    assert code == 1 and "DIFFERENCE  seals.json: seal 1: sealed with another key" in said


def changed(name: str, before: str, after: str) -> Callable[[Path], None]:
    def change(pack: Path) -> None:
        path = next(iter(sorted(pack.glob(name))))
        content = path.read_bytes()
        assert before.encode() in content
        path.write_bytes(content.replace(before.encode(), after.encode(), 1))

    return change


def removed(name: str) -> Callable[[Path], None]:
    return lambda pack: next(iter(sorted(pack.glob(name)))).unlink()


def listed(name: str, change: Callable[[list[dict[str, object]]], object]) -> Callable[[Path], None]:
    def rewrite(pack: Path) -> None:
        content = json.loads((pack / name).read_text(encoding="utf-8"))
        change(content)
        (pack / name).write_text(json.dumps(content), encoding="utf-8")

    return rewrite


def without_last_line(pack: Path) -> None:
    path = pack / "journal" / "1.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in path.read_bytes().splitlines()[:-2]))


def rewritten_chain(pack: Path) -> None:
    """Change an entry and hash all that follow anew."""
    path, before, lines = pack / "journal" / "1.jsonl", None, []
    for number, line in enumerate(path.read_bytes().splitlines()):
        entry = json.loads(line)
        if number == 1:
            entry["actor_name"] = "别人"
        if before is not None:
            entry["prev_hash"] = before
        lines.append(json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())
        before = hashlib.sha256(lines[-1]).hexdigest()
    path.write_bytes(b"".join(line + b"\n" for line in lines))


TAMPERED = {
    "entry 2 does not follow the entry before it": changed(
        "journal/1.jsonl", '"actor_name":"系统"', '"actor_name":"别人"'
    ),
    "entries expected, not": without_last_line,
    "is not what was sealed": rewritten_chain,
    "is not what entry 1 of": changed("versions/establishment-*.json", "证据小吃店", "另一小吃店"),
    "versions.json: the version of entry": listed("versions.json", lambda versions: versions.pop(0)),
    "is not what entry 1 says": changed("submissions/*.json", "米粉", "面粉"),
    "is missing": listed("submissions.json", lambda submissions: submissions.clear()),
    "has another hash than its record": listed("documents.json", lambda papers: papers[0].update(sha256="0" * 64)),
    "differs": changed("files/*.pdf", "paper", "PAPER"),
    "attachments.json: 现场 说明.scan: files/": changed("files/*.scan", "scan", "SCAN"),
    "do not lead to the signed root": listed("seals.json", lambda seals: seals[0]["path"].reverse()),
    "the signature is not valid": listed("seals.json", lambda seals: seals[0].update(signature="0" * 128)),
    "lost its seal": listed("seals.json", lambda seals: seals.pop()),
    "sealed with another key": changed("public_key.txt", "\n", "0\n"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_touched_piece_is_named_even_when_the_list_of_files_was_made_to_fit(pack: Path, what: str) -> None:
    TAMPERED[what](pack)
    code, said = verdict(pack)
    assert code == 1 and "is not as listed in manifest.json" in said
    manifest = json.loads((pack / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"] = {name: hashlib.sha256((pack / name).read_bytes()).hexdigest() for name in manifest["files"]}
    (pack / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    code, said = verdict(pack)
    assert code == 1 and said.startswith("DIFFERENCE") and what in said, said


def test_files_lost_added_or_unreadable_are_named(pack: Path) -> None:
    (pack / "more.txt").write_text("more")
    assert "more.txt: the file is not listed" in verdict(pack)[1]
    (pack / "more.txt").unlink()
    removed("files/*.pdf")(pack)
    assert "the file is missing" in verdict(pack)[1]
    (pack / "manifest.json").write_text("[")
    assert "cannot be read" in verdict(pack)[1]


def test_its_ed25519_agrees_with_the_library() -> None:
    for number in range(8):
        key = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
        public, message = key.public_key().public_bytes_raw(), bytes([number]) * number
        signature = key.sign(message)
        assert evidence_check.is_signed(public, signature, message)
        assert not evidence_check.is_signed(public, signature, message + b"x")
        assert not evidence_check.is_signed(public, signature[:-1] + bytes([signature[-1] ^ 1]), message)
        assert not evidence_check.is_signed(public, signature[:32] + b"\xff" * 32, message)
    assert evidence_check.point_of(b"\xff" * 32) is None
