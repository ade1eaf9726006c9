"""Process versions: what runs under which, how two differ, and moving cases from one to another, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine import definitions
from engine.comparison import compare
from engine.migration import SHORTEST_REASON, Item, Outcome, examine_all, migrate_all, require_reason, running_on
from engine.migration_plan import Plan, make_plan
from engine.queries.versions import migrations, versions
from records.clock import is_id
from records.errors import DomainError, NotFoundError
from web.errors import sentence_of
from web.parts import parts
from web.permissions import actor, holds, permission

blueprint = Blueprint("versions", __name__)
#: how many cases one request looks at or moves; the page says when there are more
AT_ONCE = 200
FIELD = "map:"


@dataclass(frozen=True)
class Wizard:
    """Where the person stands between two versions."""

    plan: Plan
    waiting: int
    items: tuple[Item, ...] = ()
    is_done: bool = False
    error: str = ""

    def count(self, outcome: str) -> int:
        """How many cases come out so."""
        return sum(1 for item in self.items if item.outcome == outcome)

    @property
    def moving(self) -> int:
        """How many cases would move."""
        return self.count(Outcome.MOVES)


@blueprint.get("/process-versions")
@permission("version.read")
def index() -> str:
    """Every version with what runs under it."""
    with parts().database.reading() as session:
        return render_template("versions.html", rows=versions(session, actor()))


@blueprint.get("/process-versions/<definition_id>")
@permission("version.read")
def detail(definition_id: str) -> str:
    """One version: how it differs from the one chosen, and the proposed plan."""
    with parts().database.reading() as session:
        source = _definition(session, definition_id)
        target = _target(session, source, request.args.get("to", ""))
        if target is None:
            return _page(session, source, None)
        plan = make_plan(source, target)
        return _page(session, source, Wizard(plan, len(_running(session, plan))))


@blueprint.post("/process-versions/<definition_id>/trial")
@permission("version.read")
def trial(definition_id: str) -> str | tuple[str, int]:
    """What would happen to each case; nothing is changed."""
    here = parts()
    with here.database.reading() as session:
        try:
            plan = _posted_plan(session, definition_id)
        except DomainError as error:
            return _refused(session, definition_id, error)
        ids = _running(session, plan)
        items = tuple(examine_all(session, here.clock, here.engine.processes, plan, ids[:AT_ONCE]))
        return _page(session, plan.source, Wizard(plan, len(ids), items))


@blueprint.post("/process-versions/<definition_id>/migration")
@permission("version.migrate")
def migrate(definition_id: str) -> str | tuple[str, int]:
    """Move the cases, each by itself; those that cannot move stay and say why."""
    here, reason = parts(), request.form.get("reason", "")
    with here.database.reading() as session:
        try:
            plan = _posted_plan(session, definition_id)
        except DomainError as error:
            return _refused(session, definition_id, error)
        ids = _running(session, plan)[:AT_ONCE]
        try:
            require_reason(reason)
        except DomainError as error:
            items = tuple(examine_all(session, here.clock, here.engine.processes, plan, ids))
            return _page(session, plan.source, Wizard(plan, len(ids), items, error=sentence_of(error))), 422
    who = actor()
    items = tuple(migrate_all(here.database, here.clock, here.engine.processes, plan, ids, who, reason))
    with here.database.reading() as session:
        return _page(session, plan.source, Wizard(plan, len(_running(session, plan)), items, is_done=True))


@blueprint.post("/process-versions/undo/<migration_id>")
@permission("version.migrate")
def undo(migration_id: str) -> Response:
    """Put one case back as it was before it was moved."""
    here, back = parts(), request.form.get("back", "")
    with here.database.unit_of_work() as session:
        if not is_id(migration_id):
            raise NotFoundError
        here.engine.undo_migration(session, migration_id, actor(), request.form.get("reason", ""))
    flash(gettext("已撤销迁移，案件回到原版本"), "good")
    return redirect(url_for("versions.detail", definition_id=back) if is_id(back) else url_for("versions.index"))


def _definition(session: Session, definition_id: str) -> definitions.Definition:
    if not is_id(definition_id):
        raise NotFoundError
    return definitions.by_id(session, definition_id)


def _target(session: Session, source: definitions.Definition, wanted: str) -> definitions.Definition | None:
    """The version asked for, else the current one; None where the source is the only one."""
    if wanted:
        target = _definition(session, wanted)
        return target if target.key == source.key and target.id != source.id else None
    newest = definitions.current(session, source.key)
    return None if newest.id == source.id else newest


def _posted_plan(session: Session, definition_id: str) -> Plan:
    source = _definition(session, definition_id)
    target = _definition(session, request.form.get("to", ""))
    return make_plan(source, target, _corrections(make_plan(source, target), request.form))


def _corrections(proposed: Plan, form: Mapping[str, str]) -> dict[str, str]:
    """What the person chose otherwise than proposed."""
    said = {name.removeprefix(FIELD): value for name, value in form.items() if name.startswith(FIELD)}
    as_proposed = {
        f"{each.process_key}/{each.source.id}": "" if each.target is None else each.target.id
        for each in proposed.suggestions
    }
    return {name: value for name, value in said.items() if as_proposed.get(name) != value}


def _running(session: Session, plan: Plan) -> list[str]:
    return running_on(session, plan.source.id, actor().region_path)


def _refused(session: Session, definition_id: str, error: DomainError) -> tuple[str, int]:
    if isinstance(error, NotFoundError):
        raise error
    source = _definition(session, definition_id)
    target = _target(session, source, request.form.get("to", ""))
    if target is None:
        raise error
    plan = make_plan(source, target)
    return _page(session, source, Wizard(plan, len(_running(session, plan)), error=sentence_of(error))), 422


def _page(session: Session, source: definitions.Definition, wizard: Wizard | None) -> str:
    rows = versions(session, actor(), [source.key])
    return render_template(
        "version.html",
        row=next(row for row in rows if row.id == source.id),
        rows=rows,
        wizard=wizard,
        differences=[] if wizard is None else compare(wizard.plan),
        choices=_choices(wizard),
        moves=migrations(session, actor(), source.key),
        may_migrate=holds("version.migrate"),
        at_once=AT_ONCE,
        shortest=SHORTEST_REASON,
    )


def _choices(wizard: Wizard | None) -> dict[tuple[str, str], list[Any]]:
    """By process and kind: the elements of the other version that something may become."""
    found: dict[tuple[str, str], list[Any]] = {}
    for key, part in ({} if wizard is None else wizard.plan.target.parts).items():
        for element in part.model.elements.values():
            found.setdefault((key, element.kind), []).append(element)
    return found
