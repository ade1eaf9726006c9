"""``flask models migrate``: move running cases to another version of their process, or say what would happen."""

from __future__ import annotations

import sys
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.definitions import Definition, by_id
from engine.migration import Item, Outcome, ReasonTooShortError, examine_all, migrate_all, require_reason, running_on
from engine.migration_plan import Plan, make_plan
from engine.model import ProcessDefinition
from records.errors import DomainError
from records.people import SYSTEM
from web.models_cli import DatabaseCommand, say_json
from web.parts import parts


@click.command("migrate", cls=DatabaseCommand)
@click.argument("key")
@click.option("--from", "source", type=int, required=True, help="The version that cases run under.")
@click.option("--to", "target", type=int, required=True, help="The version that they are to run under.")
@click.option(
    "--map", "pairs", multiple=True, help="element=element, or process/element=element; nothing after = none."
)
@click.option("--id", "ids", multiple=True, help="Only this case (its id); may be repeated.")
@click.option("--reason", default="", help="Why, in at least ten characters; goes into every case's journal.")
@click.option("--dry-run", is_flag=True, help="Say what would happen to each case; change nothing.")
@with_appcontext
def migrate_instances(
    key: str, source: int, target: int, pairs: tuple[str, ...], ids: tuple[str, ...], reason: str, *, dry_run: bool
) -> None:
    """Print a JSON line per element whose place is not the same, one per case, and a summary.

    Exit 1 when a case cannot move. Run again, it goes on where it stopped: what was moved is not moved twice.
    """
    here, counted = parts(), dict.fromkeys((outcome.value for outcome in Outcome), 0)
    try:
        with here.database.reading() as session:
            plan = make_plan(_version(session, key, source), _version(session, key, target), _corrections(pairs))
            chosen = list(ids) or running_on(session, plan.source.id)
            _say_plan(plan)
            if not dry_run:
                require_reason(reason)
            looked_at = list(examine_all(session, here.clock, here.engine.processes, plan, chosen)) if dry_run else []
    except DomainError as error:
        hint = " (--reason)" if isinstance(error, ReasonTooShortError) else ""
        raise click.ClickException(f"{error}{hint}") from None
    moving = migrate_all(here.database, here.clock, here.engine.processes, plan, chosen, SYSTEM, reason)
    for item in looked_at if dry_run else moving:
        counted[item.outcome] += 1
        say_json(_line(item))
    say_json({"process": key, "from": source, "to": target, "mapping_hash": plan.hash, "dry_run": dry_run, **counted})
    sys.exit(1 if counted[Outcome.REFUSED] else 0)


def _version(session: Session, key: str, version: int) -> Definition:
    found = session.scalar(
        select(ProcessDefinition.id).where(ProcessDefinition.key == key, ProcessDefinition.version == version)
    )
    if found is None:
        raise click.ClickException(f"{key} has no version {version}")
    return by_id(session, found)


def _corrections(pairs: tuple[str, ...]) -> dict[str, str]:
    corrections: dict[str, str] = {}
    for pair in pairs:
        name, equals, wanted = pair.partition("=")
        if not equals:
            raise click.BadParameter(f"{pair!r} is not element=element", param_hint="--map")
        corrections[name] = wanted
    return corrections


def _say_plan(plan: Plan) -> None:
    for each in plan.renamed():
        target = None if each.target is None else each.target.id
        say_json({"process": each.process_key, "element": each.source.id, "becomes": target, "is": each.confidence})


def _line(item: Item) -> dict[str, Any]:
    return {
        "id": item.instance_id,
        "business_key": item.business_key,
        "outcome": item.outcome,
        "refusals": [
            {"element": each.element_id, "name": each.element_name, "why": str(each.why)} for each in item.refusals
        ],
        "remarks": [str(each) for each in item.remarks],
        "migration_id": item.migration_id,
    }
