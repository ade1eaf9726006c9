"""The journal's seals, for anyone: what was signed and when, so that a copy kept elsewhere shows a later rewriting."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from records.seals import JournalSeal
from web.parts import parts
from web.permissions import public

blueprint = Blueprint("seals", __name__)
SHOWN, A_PAGE = 50, 1000


@blueprint.get("/verify/seals")
@public
def show() -> str:
    """The newest seals, and how to keep and compare them."""
    with parts().database.reading() as session:
        seals = session.scalars(select(JournalSeal).order_by(JournalSeal.number.desc()).limit(SHOWN)).all()
        return render_template("seals.html", seals=seals, keys=public_keys(session))


@blueprint.get("/verify/seals.json")
@public
def listed() -> Response:
    """Up to 1,000 seals after a number (``?after=0``), oldest first, as they were signed."""
    after = request.args.get("after", 0, type=int)
    with parts().database.reading() as session:
        query = select(JournalSeal).where(JournalSeal.number > after).order_by(JournalSeal.number).limit(A_PAGE)
        return jsonify([as_json(seal) for seal in session.scalars(query)])


@blueprint.get("/verify/public-key.txt")
@public
def key() -> Response:
    """The public keys that seals were signed with, newest first, a line each."""
    with parts().database.reading() as session:
        lines = "".join(f"{each}\n" for each in public_keys(session))
    answer = Response(lines, mimetype="text/plain")
    answer.headers.set("Content-Disposition", "attachment", filename="sujian-public-key.txt")
    return answer


def public_keys(session: Session) -> list[str]:
    """Every public key in use so far, the newest first."""
    newest = select(JournalSeal.public_key).order_by(JournalSeal.number.desc())
    return list(dict.fromkeys(session.scalars(newest)))


def as_json(seal: JournalSeal) -> dict[str, Any]:
    """A seal as it is published."""
    return {"statement": seal.statement().decode(), "hash": seal.hash, "signature": seal.signature}
