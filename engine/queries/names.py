"""Names for ids, read together for a page of rows."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.model import InstanceState, ProcessInstance
from records.people import SYSTEM, Region, User
from records.registry import Establishment


def user_names(session: Session, ids: Iterable[str | None]) -> dict[str, str]:
    """The names of people by id; the platform's own is among them."""
    wanted = {i for i in ids if i is not None}
    found = session.execute(select(User.id, User.name).where(User.id.in_(wanted))).all() if wanted else ()
    return {SYSTEM.id: SYSTEM.name, **dict(found)}


def establishment_names(session: Session, ids: Iterable[str | None]) -> dict[str, str]:
    """The names of establishments by id."""
    wanted = {i for i in ids if i is not None}
    query = select(Establishment.id, Establishment.name).where(Establishment.id.in_(wanted))
    return dict(session.execute(query).all()) if wanted else {}


def region_names(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """The names of regions by code."""
    wanted = set(codes)
    query = select(Region.code, Region.name).where(Region.code.in_(wanted))
    return dict(session.execute(query).all()) if wanted else {}


def cases_named(session: Session, ids: Iterable[str]) -> dict[str, tuple[str, InstanceState]]:
    """The numbers of cases, and where they stand, by id."""
    wanted = set(ids)
    query = select(ProcessInstance.id, ProcessInstance.business_key, ProcessInstance.state)
    found = session.execute(query.where(ProcessInstance.id.in_(wanted))).all() if wanted else ()
    return {case_id: (number, state) for case_id, number, state in found}
