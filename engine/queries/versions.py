"""The versions of every process with how many cases run under each, and the moves between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from engine.definitions import current_id
from engine.model import InstanceMigration, InstanceState, ProcessDefinition, ProcessInstance
from records.people import Actor, User

LIVE = (InstanceState.ACTIVE, InstanceState.SUSPENDED)


@dataclass(frozen=True)
class VersionRow:
    """One version of a process."""

    id: str
    key: str
    name: str
    version: int
    content_hash: str
    deployed_at: datetime
    deployed_by_name: str | None
    is_current: bool  # new cases begin under it
    running: int  # cases of the actor's jurisdiction
    total: int


@dataclass(frozen=True)
class MigrationRow:
    """One instance that was moved."""

    id: str
    process_instance_id: str
    business_key: str
    from_version: int
    to_version: int
    migrated_at: datetime
    migrated_by_name: str | None
    reason: str
    is_undone: bool
    may_be_undone: bool


def versions(session: Session, actor: Actor, keys: Sequence[str] = ()) -> list[VersionRow]:
    """Every version, by process, newest first."""
    counted = (
        select(ProcessInstance.definition_id, ProcessInstance.state, func.count().label("number"))
        .where(ProcessInstance.region_path.startswith(actor.region_path, autoescape=True))
        .group_by(ProcessInstance.definition_id, ProcessInstance.state)
    )
    totals: dict[str, int] = {}
    running: dict[str, int] = {}
    for definition_id, state, number in session.execute(counted):
        totals[definition_id] = totals.get(definition_id, 0) + number
        if state in LIVE:
            running[definition_id] = running.get(definition_id, 0) + number
    columns = (
        ProcessDefinition.id, ProcessDefinition.key, ProcessDefinition.name, ProcessDefinition.version,
        ProcessDefinition.content_hash, ProcessDefinition.deployed_at, User.name.label("who"),
    )  # fmt: skip
    wanted = select(*columns).outerjoin(User, User.id == ProcessDefinition.deployed_by)
    if keys:
        wanted = wanted.where(ProcessDefinition.key.in_(keys))
    rows = session.execute(wanted.order_by(ProcessDefinition.key, ProcessDefinition.version.desc())).all()
    current = {key: current_id(session, key) for key in {row.key for row in rows}}
    return [VersionRow(*row, row.id == current[row.key], running.get(row.id, 0), totals.get(row.id, 0)) for row in rows]


def migrations(session: Session, actor: Actor, key: str, limit: int = 50) -> list[MigrationRow]:
    """The last moves of cases of a process, newest first."""
    old, new = aliased(ProcessDefinition), aliased(ProcessDefinition)
    move, case = InstanceMigration, ProcessInstance
    found = session.execute(
        select(
            move.id, case.id.label("case_id"), case.business_key, old.version.label("before"),
            new.version.label("after"), move.migrated_at, User.name, move.reason, move.undone_at,
            move.instance_version, case.version, case.state,
        )
        .join(case, case.id == move.process_instance_id)
        .join(old, old.id == move.from_definition_id)
        .join(new, new.id == move.to_definition_id)
        .outerjoin(User, User.id == move.migrated_by)
        .where(case.process_key == key)
        .where(case.region_path.startswith(actor.region_path, autoescape=True))
        .order_by(move.migrated_at.desc(), move.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [
        MigrationRow(
            row.id, row.case_id, row.business_key, row.before, row.after, row.migrated_at, row.name, row.reason,
            is_undone=row.undone_at is not None,
            may_be_undone=row.undone_at is None
            and row.instance_version == row.version
            and row.state is InstanceState.ACTIVE,
        )
        for row in found
    ]  # fmt: skip
