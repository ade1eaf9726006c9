"""Moments as people read them: Asia/Shanghai, and distances in working days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import g
from flask_babel import gettext

from records.calendar import WorkCalendar, day_of
from records.clock import ZONE
from web.parts import parts

SOON_WORKING_DAYS = 2
COUNTED_WORKING_DAYS = 15


@dataclass(frozen=True)
class Due:
    """A deadline as a tag: ``tone`` is bad, warn or plain; ``words`` say how far it is; ``exact`` is the moment."""

    tone: str
    words: str
    exact: str

    @property
    def row(self) -> str:
        """The class of a row that carries it."""
        return {"bad": "late", "warn": "soon"}.get(self.tone, "")


def local(moment: datetime) -> datetime:
    """The moment on the clocks of Asia/Shanghai."""
    return moment.astimezone(ZONE)


def day(value: date | datetime | None) -> str:
    """2026-11-18."""
    if isinstance(value, datetime):
        value = local(value).date()
    return value.isoformat() if value else ""


def minute(moment: datetime | None) -> str:
    """2026-11-18 09:12. An end of day (24:00) is told as the day it ends."""
    if moment is None:
        return ""
    at = local(moment)
    if (at.hour, at.minute) == (0, 0):
        return f"{at.date() - timedelta(days=1):%Y-%m-%d} 24:00"
    return f"{at:%Y-%m-%d %H:%M}"


def short(moment: datetime | None) -> str:
    """11-18 09:12 within this year, the year before it otherwise."""
    if moment is None:
        return ""
    at = local(moment)
    return f"{at:%m-%d %H:%M}" if at.year == local(parts().clock.now()).year else f"{at:%Y-%m-%d}"


def calendar() -> WorkCalendar:
    """The working-day calendar, read once a request."""
    if "work_calendar" not in g:
        with parts().database.reading() as session:
            g.work_calendar = WorkCalendar.load(session)
    found: WorkCalendar = g.work_calendar
    return found


def due(moment: datetime | None) -> Due | None:
    """The deadline as people say it: overdue by, today until, so many working days left."""
    if moment is None:
        return None
    now = parts().clock.now()
    if moment <= now:
        return Due("bad", _overdue(moment, now), minute(moment))
    last_day = day_of(moment)
    days = (last_day - local(now).date()).days
    left = calendar().working_days_between(now, moment)
    clock_time = minute(moment)[-5:]
    if days == 0:
        return Due("warn", gettext("今天 %(time)s", time=clock_time), minute(moment))
    if days == 1:
        return Due("warn", gettext("明天 %(time)s", time=clock_time), minute(moment))
    tone = "warn" if left <= SOON_WORKING_DAYS else "plain"
    if left > COUNTED_WORKING_DAYS:
        return Due(tone, gettext("%(day)s 到期", day=last_day.isoformat()), minute(moment))
    return Due(tone, gettext("剩 %(count)s 个工作日", count=left), minute(moment))


def _overdue(moment: datetime, now: datetime) -> str:
    late = calendar().working_days_between(moment, now)
    if late >= 1:
        return gettext("逾期 %(count)s 个工作日", count=late)
    hours = int((now - moment).total_seconds() // 3600)
    if hours >= 1:
        return gettext("逾期 %(count)s 小时", count=hours)
    return gettext("刚刚逾期")


def ago(moment: datetime | None) -> str:
    """刚刚, 5 分钟前, 3 小时前; the date from yesterday on."""
    if moment is None:
        return ""
    seconds = (parts().clock.now() - moment).total_seconds()
    if seconds < 60:
        return gettext("刚刚")
    if seconds < 3600:
        return gettext("%(count)s 分钟前", count=int(seconds // 60))
    if seconds < 86400 and local(moment).date() == local(parts().clock.now()).date():
        return gettext("%(count)s 小时前", count=int(seconds // 3600))
    return short(moment)
