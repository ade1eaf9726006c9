"""The roster of patrols: on every working day each district's patrol is called out by message (group standard 6.2)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import exists, select

from engine.process import Step, process
from records.calendar import WorkCalendar
from records.clock import today
from records.people import Region, Role, RoleCode, User
from records.scope import within


def due_districts(step: Step) -> Mapping[str, object]:
    """The districts inside the case's region that have inspectors; none on a day of rest."""
    calendar = WorkCalendar.load(step.session, step.instance.region_code)
    if not calendar.is_working_day(today(step.clock)):
        return {"codes": []}
    inside = within(Region.path, step.instance.region_path)
    works_there = User.roles.any(Role.name == RoleCode.INSPECTOR)
    inspectors = exists().where(User.region_code == Region.code, User.active, User.deleted_at.is_(None), works_there)
    districts = select(Region.code).where(inside, Region.level == "district", Region.deleted_at.is_(None), inspectors)
    return {"codes": list(step.session.scalars(districts.order_by(Region.code)))}


PROCESS = process("patrol_roster", due_districts, prefix="排")
