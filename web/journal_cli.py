"""``flask verify-journal`` and ``flask evidence``: whether all is as it was entered and sealed, and proof of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.model import ProcessInstance
from records.evidence import write_pack
from records.journal import BadEntry
from records.seal_verification import unsealed_entries, verify_published, verify_seals
from records.signing import public_keys
from records.verification import verify_store
from web.models_cli import DatabaseCommand, say_json
from web.parts import parts


@click.command("verify-journal", cls=DatabaseCommand)
@click.option(
    "--seals", type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Seals downloaded earlier from /verify/seals.json, to be compared.",
)  # fmt: skip
@with_appcontext
def verify_journal(seals: Path | None) -> None:
    """Check every hash chain, record and seal. Exit 1 and name the bad entries when there are any."""
    bad = 0
    with parts().database.reading() as session:
        for entry in _everything(session, seals):
            bad += 1
            say_json(
                {"entry": f"{entry.chain}#{entry.seq}", "chain": entry.chain, "seq": entry.seq, "what": entry.what}
            )
        unsealed = unsealed_entries(session)
    keys = "known" if public_keys(parts().settings.journal_key) else "taken from the seals"
    verdict = "broken" if bad else "verified"
    say_json({"journal": verdict, "bad_entries": bad, "unsealed_entries": unsealed, "keys": keys})
    sys.exit(1 if bad else 0)


def _everything(session: Session, published: Path | None) -> Iterator[BadEntry]:
    yield from verify_store(session)
    yield from verify_seals(session, public_keys(parts().settings.journal_key))
    if published is not None:
        try:
            copies = json.loads(published.read_text(encoding="utf-8"))
            found = list(verify_published(session, copies))
        except (ValueError, KeyError, TypeError) as error:
            raise click.ClickException(f"{published} does not hold seals as they are published") from error
        yield from found


@click.command("evidence", cls=DatabaseCommand)
@click.argument("case_no")
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@with_appcontext
def evidence(case_no: str, target: Path) -> None:
    """Write the evidence pack of a case, to be verified offline."""
    here = parts()
    with here.database.reading() as session:
        instance_id = session.scalar(select(ProcessInstance.id).where(ProcessInstance.business_key == case_no))
        if instance_id is None:
            raise click.ClickException(f"there is no case {case_no}")
        with target.open("wb") as file:
            write_pack(session, here.blobs, instance_id, case_no, here.clock.now(), file)
    say_json({"case": case_no, "evidence": str(target), "bytes": target.stat().st_size})
