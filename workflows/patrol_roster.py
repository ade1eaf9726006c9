"""The roster of patrols: on every working day each district's patrol is called out by message (group standard 6.2)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from engine.process import Step, process
from records.calendar import WorkCalendar
from records.clock import today
from records.people import Region
from records.scope import within


def due_districts(step: Step) -> Mapping[str, object]:
    """The districts inside the case's region; none on a day of rest."""
    calendar = WorkCalendar.load(step.session, step.instance.region_code)
    if not calendar.is_working_day(today(step.clock)):
        return {"codes": []}
    inside = within(Region.path, step.instance.region_path)
    districts = select(Region.code).where(inside, Region.level == "district", Region.deleted_at.is_(None))
    return {"codes": list(step.session.scalars(districts.order_by(Region.code)))}


PROCESS = process("patrol_roster", due_districts, prefix="排")
