"""Jurisdiction in SQL: every query of every read side passes through here, so what one may not see does not exist."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, true

from records.people import Actor


def visible(table: Any, actor: Actor) -> ColumnElement[bool]:
    """The rows of ``table`` inside the actor's jurisdiction; it has region_path, and establishment_id for businesses.

    Authorities see their region's subtree; a business sees only rows of its own establishment.
    """
    if actor.is_system:
        return true()
    inside: ColumnElement[bool] = table.region_path.startswith(actor.region_path, autoescape=True)
    if not actor.is_business:
        return inside
    key = table.id if table.__tablename__ == "establishment" else table.establishment_id
    return and_(inside, key == actor.establishment_id)
