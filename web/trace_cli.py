"""``flask verify-links`` and ``flask rebuild-links``: whether what is held and linked is what the events say."""

from __future__ import annotations

import sys

import click
from flask.cli import with_appcontext

from records.trace_links import rebuild_links, verify_links
from web.models_cli import DatabaseCommand, say_json
from web.parts import parts


@click.command("verify-links", cls=DatabaseCommand)
@with_appcontext
def verify() -> None:
    """Hold holdings and links against the trace events. Exit 1 and name the lots that differ when there are any."""
    bad = 0
    with parts().database.reading() as session:
        for mismatch in verify_links(session):
            bad += 1
            say_json({"lot": mismatch.lot_id, "what": mismatch.what})
    say_json({"links": "differ" if bad else "verified", "mismatches": bad})
    sys.exit(1 if bad else 0)


@click.command("rebuild-links", cls=DatabaseCommand)
@with_appcontext
def rebuild() -> None:
    """Make holdings and links anew from the trace events, in one transaction."""
    with parts().database.unit_of_work() as session:
        say_json({"rebuilt_lots": rebuild_links(session)})
