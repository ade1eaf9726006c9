"""Callers follow what they call: a case begins with the versions that are deployed then, and keeps them to its end.

A definition is bound to the versions it calls, so that its cases can never change under way. When a called process gets
another version, its callers get one that is bound to it; their running cases keep theirs.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.deployment import Bundle, deploy
from engine.model import ProcessDefinition
from engine.process import Process
from records.clock import Clock
from records.people import Actor


def rebind_callers(session: Session, clock: Clock, processes: Mapping[str, Process], actor: Actor) -> None:
    """Bind every current definition to the current versions of what it calls. Raises DeploymentRefusedError."""
    while (key := _next_stale(session, processes)) is not None:
        row = session.get_one(ProcessDefinition, _current(session)[key][0])
        deploy(session, clock, Bundle(key, row.bpmn.encode(), row.forms, row.decisions), processes, actor)


def _next_stale(session: Session, processes: Mapping[str, Process]) -> str | None:
    """A process bound to another than the current version of what it calls, and calling none that is."""
    current = _current(session)
    stale = {
        key
        for key, (_id, called) in current.items()
        if key in processes and any(current[each][0] != bound for each, bound in called.items() if each in current)
    }
    return next((key for key in sorted(stale) if not stale & set(current[key][1])), None)


def _current(session: Session) -> dict[str, tuple[str, dict[str, str]]]:
    """By key: the id of the version deployed last, and what it is bound to."""
    heads = select(ProcessDefinition.key, ProcessDefinition.id, ProcessDefinition.called)
    rows = session.execute(heads.order_by(ProcessDefinition.deployed_at, ProcessDefinition.version))
    return {key: (definition_id, called) for key, definition_id, called in rows}
