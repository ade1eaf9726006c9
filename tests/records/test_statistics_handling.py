"""Figures of handling: complaints verified and announcements out in time, against a brute-force count."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from records.calendar import WorkCalendar
from records.clock import FixedClock
from records.db import Database
from records.disclosure import DisclosureClock
from records.problems import Hazard, ProblemCase, ProblemSource
from tests.factories import CITY
from tests.records.test_statistics import Data, check, in_october, one_of


@pytest.fixture(params=range(6))
def data(database: Database, clock: FixedClock, request: pytest.FixtureRequest) -> Any:
    """Random facts; nothing of them is kept."""
    with database.reading() as session:
        yield Data(session, clock, request.param)


def test_complaints_verified_and_announcements_out_in_time(data: Data) -> None:
    calendar = WorkCalendar.load(data.session, CITY)
    problems: list[ProblemCase] = []
    clocks: list[DisclosureClock] = []
    for n in range(40):
        data.clock.move_to(data.moment() - timedelta(days=20))
        verified = data.clock.now() + timedelta(days=data.chance.randrange(35)) if data.chance.random() < 0.8 else None
        origin = data.chance.choice((ProblemSource.COMPLAINT, ProblemSource.COMPLAINT, ProblemSource.INSPECTION))
        problem = ProblemCase(
            origin=origin, hazard=next(iter(Hazard)), summary="举报", found_at=data.clock.now(), verified_at=verified
        )  # fmt: skip
        problems.append(data.add(problem))
        status = data.chance.choice(("running", "kept", "late", "dropped"))
        clock = DisclosureClock(
            announcement_id=f"A{n}".ljust(26, "0"), rule_code="R-PUB-01", status=status,
            started_at=data.moment(), ended_at=data.moment(),
        )  # fmt: skip
        clocks.append(data.add(clock))
    data.session.flush()
    due = {p.id: calendar.add_working_days(p.created_at, 15) for p in problems}
    check(data.session, "complaint_on_time", [
        (data.place(p), one_of(int(p.verified_at is not None and p.verified_at <= due[p.id])))
        for p in problems
        if not p.is_drill and p.origin is ProblemSource.COMPLAINT and in_october(due[p.id])
    ])  # fmt: skip
    check(data.session, "disclosure_on_time", [
        (data.place(c), one_of(int(c.status == "kept")))
        for c in clocks
        if not c.is_drill and c.status in ("kept", "late") and in_october(c.ended_at)
    ])  # fmt: skip
