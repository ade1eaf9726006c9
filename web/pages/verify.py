"""Anyone who holds a paper may ask whether it is ours: what it says, who issued it, and whether a PDF is the same."""

from __future__ import annotations

import hashlib
import re

from flask import Blueprint, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from records.documents import Document, by_token, says_what_was_issued
from records.drill_marks import marked
from records.errors import NotFoundError
from records.people import Region
from web.parts import parts
from web.permissions import public
from web.public_facts import Issued, authority_of, public_facts

blueprint = Blueprint("verify", __name__)
_TOKEN = re.compile(r"[0-9A-Za-z_-]{8,40}")
_PIECE = 1 << 20


@blueprint.get("/verify/<token>")
@public
def show(token: str) -> str:
    """What the platform says about the document with this token."""
    with parts().database.reading() as session:
        document = _document(session, token)
        return render_template("verify.html", issued=_issued(session, document), comparison=None)


@blueprint.post("/verify/<token>")
@public
def compare(token: str) -> str:
    """Whether an uploaded PDF is the issued one, byte by byte. The upload is not kept."""
    with parts().database.reading() as session:
        document = _document(session, token)
        digest = _digest()
        comparison = "none" if digest is None else "same" if digest == document.sha256 else "different"
        return render_template("verify.html", issued=_issued(session, document), comparison=comparison)


def _document(session: Session, token: str) -> Document:
    document = by_token(session, token) if _TOKEN.fullmatch(token) else None
    if document is None:
        raise NotFoundError
    return document


def _issued(session: Session, document: Document) -> Issued:
    region = session.scalar(select(Region.name).where(Region.code == document.region_code))
    return Issued(
        title=marked(document.title, document),
        kind=document.kind,
        no=document.no or "",
        status=document.status,
        region=region or "",
        issuer=authority_of(document),
        issued_at=document.issued_at,
        sha256=document.sha256 or "",
        facts_hash=document.facts_hash,
        is_whole=says_what_was_issued(document),
        facts=public_facts(document),
    )


def _digest() -> str | None:
    upload = request.files.get("pdf")
    if upload is None or not upload.filename:
        return None
    digest = hashlib.sha256()
    while piece := upload.stream.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()
