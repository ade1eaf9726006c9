"""The evidence pack of a case: what was entered, with the proof that it was sealed, to be verified without us.

A zip of plain files. ``journal/*.jsonl`` and the contents under ``versions/`` and ``submissions/`` are the very bytes
that were hashed; ``verify.py`` (standard library only) follows them up to the signed roots.
"""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from records import evidence_check, merkle
from records.attachments import Attachment
from records.blobs import BlobStore
from records.chains import lines_of
from records.documents import Document
from records.errors import NotFoundError
from records.hashing import canonical
from records.journal import JournalEntry, chain_of_case
from records.seals import JournalSeal, SealedHead, leaves_of
from records.store import RecordVersion, entered
from records.submissions import Submission

PAPERS = (Document.__tablename__, Attachment.__tablename__)
LARGEST_FILE, LARGEST_SUM = 10 * 1024 * 1024, 100 * 1024 * 1024
READ_ME = """证据包 {case_no}

在装有 Python 3.9 以上版本的电脑上解压，运行：python3 verify.py
显示 MATCH 即全部一致；显示 DIFFERENCE 时指出第一处不同。
请将显示的公钥与主管机关公布的公钥核对，或运行：python3 verify.py 公钥

Evidence pack {case_no}

Unpack and run: python3 verify.py. MATCH: everything agrees. DIFFERENCE: the first place that does not.
Compare the public key shown with the one that the authority publishes, or run: python3 verify.py PUBLIC_KEY
"""


@dataclass
class _Pack:
    """A zip being written, and what it holds so far."""

    zip: zipfile.ZipFile
    blobs: BlobStore
    files: dict[str, str] = field(default_factory=dict)
    room: int = LARGEST_SUM

    def add(self, name: str, content: bytes) -> str:
        """Put a file in, and list it."""
        self.zip.writestr(name, content)
        self.files[name] = hashlib.sha256(content).hexdigest()
        return name

    def add_json(self, name: str, content: Any) -> None:
        """Put a JSON file in."""
        self.add(name, orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))

    def add_blob(self, sha256: str | None, size: int | None, suffix: str) -> str | None:
        """Put in the bytes of a document or attachment; None when they are too many, or not there."""
        if sha256 is None or size is None or size > min(LARGEST_FILE, self.room):
            return None
        name = f"files/{sha256}{suffix}"
        if name in self.files:
            return name
        try:
            with self.blobs.open(sha256) as file:
                content = file.read()
        except NotFoundError:
            return None
        self.room -= len(content)
        return self.add(name, content)


def write_pack(
    session: Session, blobs: BlobStore, instance_id: str, case_no: str, made_at: datetime, target: BinaryIO
) -> None:
    """Write the evidence pack of a case as a zip."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as zipped:
        pack = _Pack(zipped, blobs)
        papers = _papers(session, pack, instance_id)
        chains = [chain_of_case(instance_id), *_other_chains(session, instance_id, papers)]
        seals, sealed_to = _seals(session, chains)
        listed = [_chain(session, pack, number, chain, sealed_to) for number, chain in enumerate(chains, 1)]
        _versions(session, pack, chains)
        _submissions(session, pack, instance_id)
        pack.add_json("seals.json", seals)
        keys = sorted({orjson.loads(seal["statement"])["public_key"] for seal in seals})
        pack.add("public_key.txt", "".join(f"{key}\n" for key in keys).encode())
        pack.add("verify.py", Path(evidence_check.__file__).read_bytes())
        pack.add("README.txt", READ_ME.format(case_no=case_no).encode())
        manifest = {"case_no": case_no, "made_at": made_at.isoformat(), "chains": listed, "files": pack.files}
        zipped.writestr("manifest.json", orjson.dumps(manifest, option=orjson.OPT_INDENT_2))


def _other_chains(session: Session, instance_id: str, papers: list[str]) -> list[str]:
    """Chains of the case's files that were entered outside of it (an upload precedes its page)."""
    query = (
        select(RecordVersion.chain)
        .where(RecordVersion.record_type.in_(PAPERS), RecordVersion.record_id.in_(papers))
        .where(RecordVersion.chain != chain_of_case(instance_id))
        .distinct()
    )
    return sorted(session.scalars(query))


def _chain(session: Session, pack: _Pack, number: int, chain: str, sealed_to: dict[str, int]) -> dict[str, Any]:
    lines = list(lines_of(session, chain))
    name = pack.add(f"journal/{number}.jsonl", b"".join(line + b"\n" for line in lines))
    return {"chain": chain, "file": name, "entries": len(lines), "sealed_to": sealed_to.get(chain, 0)}


def _seals(session: Session, chains: list[str]) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Every seal over one of the chains, with the way from its head to the signed root; and how far each is sealed."""
    query = select(SealedHead).where(SealedHead.chain.in_(chains)).order_by(SealedHead.seal, SealedHead.chain)
    found, sealed_to = [], dict[str, int]()
    for head in session.scalars(query).all():
        seal, leaves = session.get_one(JournalSeal, head.seal), leaves_of(session, head.seal)
        index = next(place for place, leaf in enumerate(leaves) if leaf.chain == head.chain)
        path = merkle.path_to([leaf.hashed() for leaf in leaves], index)
        found.append(
            {
                "statement": seal.statement().decode(),
                "signature": seal.signature,
                "leaf": leaves[index]._asdict(),
                "index": index,
                "path": [step.hex() for step in path],
            }
        )
        sealed_to[head.chain] = max(head.seq, sealed_to.get(head.chain, 0))
    return found, sealed_to


def _versions(session: Session, pack: _Pack, chains: list[str]) -> None:
    query = (
        select(RecordVersion)
        .join(JournalEntry, entered())
        .where(JournalEntry.chain.in_(chains))
        .order_by(RecordVersion.record_type, RecordVersion.record_id, RecordVersion.version)
    )
    listed = []
    for version in session.scalars(query):
        name = f"versions/{version.record_type}-{version.record_id}-{version.version}.json"
        listed.append(
            {
                "record_type": version.record_type,
                "record_id": version.record_id,
                "version": version.version,
                "chain": version.chain,
                "seq": version.seq,
                "file": pack.add(name, _bytes(version.content)),
            }
        )
    pack.add_json("versions.json", listed)


def _submissions(session: Session, pack: _Pack, instance_id: str) -> None:
    named = select(JournalEntry.submission_id).where(JournalEntry.chain == chain_of_case(instance_id))
    query = select(Submission).where(Submission.id.in_(named)).order_by(Submission.id)
    listed = [
        {"id": one.id, "file": pack.add(f"submissions/{one.id}.json", _bytes(one.said()))}
        for one in session.scalars(query)
    ]
    pack.add_json("submissions.json", listed)


def _papers(session: Session, pack: _Pack, instance_id: str) -> list[str]:
    """List the case's documents and attachments with their hashes, and put in the files; gives their ids."""
    documents = session.scalars(
        select(Document).where(Document.process_instance_id == instance_id).order_by(Document.id)
    ).all()
    attachments = session.scalars(
        select(Attachment).where(Attachment.process_instance_id == instance_id).order_by(Attachment.id)
    ).all()
    issued = [{"no": one.no, **_listed(pack, one, one.title, ".pdf")} for one in documents]
    given = [_listed(pack, one, one.filename, Path(one.filename).suffix) for one in attachments]
    pack.add_json("documents.json", issued)
    pack.add_json("attachments.json", given)
    return [one.id for one in (*documents, *attachments)]


def _listed(pack: _Pack, paper: Document | Attachment, title: str, suffix: str) -> dict[str, Any]:
    file = pack.add_blob(paper.sha256, paper.size, suffix)
    return {"id": paper.id, "title": title, "sha256": paper.sha256, "size": paper.size, "file": file}


def _bytes(content: dict[str, Any]) -> bytes:
    """The bytes that ``content_hash`` hashes."""
    return orjson.dumps(canonical(content), option=orjson.OPT_SORT_KEYS)
