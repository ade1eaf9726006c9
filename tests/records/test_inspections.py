"""Inspections: findings from failed items, repetition, the current record of a case."""

import pytest
from sqlalchemy.orm import Session

from records.clock import FixedClock
from records.inspection_findings import current, findings_of_case, list_findings
from records.inspections import Inspection, ItemResult, Rectification, distance_metres
from records.people import SYSTEM
from records.store import Origin, Store
from tests.factories import establishment, inspection, inspection_item


@pytest.fixture
def case(session: Session, clock: FixedClock) -> Store:
    return Store(session, clock, SYSTEM, Origin(process_instance_id="01CASE"))


def test_each_failed_item_becomes_a_finding_in_the_order_of_the_checklist(case: Store) -> None:
    check = inspection(case, establishment(case))
    inspection_item(case, check, "10-1", is_key=True, severity="serious", affects_safety=True)
    inspection_item(case, check, "2-2", severity="minor", fixed_on_spot=True)
    inspection_item(case, check, "2-10")
    inspection_item(case, check, "1-1", result=ItemResult.CONFORM)
    inspection_item(case, check, "1-2", result=ItemResult.NOT_APPLICABLE)
    case.session.flush()
    findings = list_findings(case, check)
    assert [finding.code for finding in findings] == ["2-2", "2-10", "10-1"]
    assert [finding.status for finding in findings] == ["corrected_on_spot", "open", "open"]
    assert [finding.severity for finding in findings] == ["minor", "minor", "serious"]
    assert findings[2].affects_safety
    assert {finding.process_instance_id for finding in findings} == {"01CASE"}
    case.session.flush()
    assert len(findings_of_case(case.session, "01CASE")) == 3


def test_listing_again_changes_nothing_and_a_corrected_answer_withdraws_its_finding(case: Store) -> None:
    check = inspection(case, establishment(case))
    item = inspection_item(case, check, "2-2")
    inspection_item(case, check, "3-1")
    case.session.flush()
    first = list_findings(case, check)
    case.session.flush()
    again = list_findings(case, check)
    assert [(f.id, f.version) for f in again] == [(f.id, 1) for f in first]
    case.correct(item, {"result": ItemResult.CONFORM})
    case.session.flush()
    assert [finding.code for finding in list_findings(case, check)] == ["3-1"]
    assert first[0].deleted_at is not None


def test_what_was_found_within_a_year_is_a_repetition(case: Store, clock: FixedClock) -> None:
    shop, other = establishment(case), establishment(case, name="别家")
    found = {}
    for name, owner, days in (("old", shop, 0), ("other", other, 10), ("second", shop, 300), ("late", shop, 700)):
        clock.advance(days=days - (clock.now() - found["start"]).days if found else 0)
        found.setdefault("start", clock.now())
        check = inspection(case, owner)
        inspection_item(case, check, "2-2")
        case.session.flush()
        (found[name],) = list_findings(case, check)
        case.session.flush()
    assert found["old"].repeat_of is None
    assert found["other"].repeat_of is None
    assert found["second"].repeat_of == found["old"].id
    assert found["late"].repeat_of is None


def test_a_case_has_a_current_record_of_each_kind(case: Store, clock: FixedClock) -> None:
    assert current(case.session, Inspection, "01CASE") is None
    check = inspection(case, establishment(case))
    clock.advance(minutes=1)
    newer = inspection(case, establishment(case, name="第二家"))
    case.session.flush()
    assert current(case.session, Inspection, "01CASE") is newer
    case.tombstone(newer, reason="误建")
    case.session.flush()
    assert current(case.session, Inspection, "01CASE") is check
    assert current(case.session, Rectification, "01CASE") is None


def test_metres_between_two_positions() -> None:
    assert distance_metres(24.3146, 109.4269, 24.3146, 109.4269) == 0
    assert distance_metres(24.3146, 109.4269, 24.3191, 109.4269) == pytest.approx(500, abs=1)
    assert distance_metres(0, 0, 0, 180) == pytest.approx(20_015_115, abs=10)
