"""The regions inside a jurisdiction, for the switcher and the filters."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.people import Actor, Region


@dataclass(frozen=True)
class RegionChoice:
    """One region to choose: ``trail`` names it with what it lies in (柳州市 › 鱼峰区)."""

    code: str
    name: str
    path: str
    trail: str


def regions_within(session: Session, actor: Actor) -> list[RegionChoice]:
    """The actor's own region first, then everything below it in order of code."""
    rows = session.execute(
        select(Region.code, Region.name, Region.path)
        .where(Region.path.startswith(actor.region_path, autoescape=True), Region.deleted_at.is_(None))
        .order_by(Region.path)
    ).all()
    names = {row.path: row.name for row in rows}
    return [RegionChoice(row.code, row.name, row.path, _trail(row.path, names)) for row in rows]


def _trail(path: str, names: dict[str, str]) -> str:
    steps = [step for step in path.split("/") if step]
    above = ("/" + "/".join(steps[: place + 1]) + "/" for place in range(len(steps)))
    return " › ".join(names[one] for one in above if one in names)
