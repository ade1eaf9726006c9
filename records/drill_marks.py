"""What keeps a drill apart: its mark on everything that is read, and the SQL that leaves it out of what is counted.

A drill reads the real store and writes facts of its own, all with ``is_drill``. It never changes what is real: lots,
grades, credit. Whatever counts, publishes or sends asks ``is_real`` or ``takes_part``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from records.drills import Drill
from records.people import User

MARK = "【演练】"


def marked(text: str, case: Any) -> str:
    """The text with the drill's mark before it when its case is a drill; marked once."""
    return MARK + text if case.is_drill and not text.startswith(MARK) else text


def is_real(table: Any) -> ColumnElement[bool]:
    """The rows of a table of facts or cases that no drill made: what statistics and public pages may count."""
    real: ColumnElement[bool] = table.is_drill.is_(False)
    return real


def may_be_told(session: Session, case: Any, user_ids: Iterable[str]) -> list[str]:
    """Whom a case may tell something, each once: in a drill, of businesses only those that take part in it."""
    wanted = list(dict.fromkeys(user_ids))
    if not case.is_drill or not wanted:
        return wanted
    owners = dict(session.execute(select(User.id, User.establishment_id).where(User.id.in_(wanted))).all())
    return [each for each in wanted if owners.get(each) is None or takes_part(session, case.id, owners[each])]


def takes_part(session: Session, process_instance_id: str | None, establishment_id: str | None) -> bool:
    """True when a business takes part in a drill, and so may be told of it. Whoever is not named in it is not told."""
    if process_instance_id is None or establishment_id is None:
        return False
    drills = select(Drill.establishment_ids).where(
        Drill.process_instance_id == process_instance_id, Drill.deleted_at.is_(None)
    )
    return any(establishment_id in (named or []) for named in session.scalars(drills))
