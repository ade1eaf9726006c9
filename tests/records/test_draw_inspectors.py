"""The pool of inspectors: whoever acts for the authority that draws."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from records.clock import FixedClock, today
from records.draw_inspectors import Span, build_inspectors
from records.draw_rules import DrawRules
from tests.factories import CITY, DISTRICT, Cast, region


def test_who_does_not_act_for_the_drawing_authority_is_not_sent(
    session: Session, clock: FixedClock, cast: Cast
) -> None:
    """A district's inspectors would see nothing of a case of the city."""
    day = today(clock)
    found = {}
    for code in (CITY, DISTRICT):
        span = Span(day, day + timedelta(days=20), region(session, code).path, 0)
        found[code] = build_inspectors(session, span, [], DrawRules.in_force(session, day, code))
    kept = [row["id"] for row in found[DISTRICT].inspectors]
    assert {cast.inspector.id, cast.colleague.id} <= set(kept)
    away = {row["id"]: row["reason"] for row in found[CITY].excluded}
    assert {away[one] for one in kept} == {"elsewhere"}
