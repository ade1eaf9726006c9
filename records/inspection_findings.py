"""Findings: what the failed items of an inspection become, and whether they repeat what was found before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.base import Fact
from records.drill_marks import is_real
from records.geo import distance_metres
from records.inspections import Finding, Inspection, InspectionItem, ItemResult
from records.store import Store

__all__ = ["current", "distance_metres", "findings_of_case", "list_findings"]

REPEATED_WITHIN = timedelta(days=365)
WITHDRAWN = "检查结果已更正"

RecordT = TypeVar("RecordT", bound=Fact)


def current(session: Session, kind: type[RecordT], process_instance_id: str) -> RecordT | None:
    """The newest live record of a kind (any case record) that a case has."""
    case = cast(Any, kind).process_instance_id
    newest = select(kind).where(case == process_instance_id, kind.deleted_at.is_(None))
    return session.scalars(newest.order_by(kind.created_at.desc(), kind.id.desc()).limit(1)).first()


def list_findings(store: Store, inspection: Inspection) -> list[Finding]:
    """The findings of an inspection, brought in line with its failed items; running it again changes nothing."""
    failed = {item.code: item for item in _failed_items(store.session, inspection)}
    listed = {finding.code: finding for finding in _findings(store.session, inspection)}
    for code, finding in listed.items():
        if code not in failed:
            store.tombstone(finding, reason=WITHDRAWN)
    return [
        store.correct(listed[code], _facts(item)) if code in listed else _add(store, inspection, item)
        for code, item in failed.items()
    ]


def findings_of_case(session: Session, process_instance_id: str) -> list[Finding]:
    """The live findings of a case by the order of their codes' items."""
    of_case = select(Finding).where(Finding.process_instance_id == process_instance_id, Finding.deleted_at.is_(None))
    return list(session.scalars(of_case.order_by(Finding.created_at, Finding.id)))


def _failed_items(session: Session, inspection: Inspection) -> list[InspectionItem]:
    failed = select(InspectionItem).where(
        InspectionItem.inspection_id == inspection.id,
        InspectionItem.result == ItemResult.NONCONFORM,
        InspectionItem.deleted_at.is_(None),
    )
    return sorted(session.scalars(failed), key=lambda item: [int(part) for part in item.code.split("-")])


def _findings(session: Session, inspection: Inspection) -> list[Finding]:
    return list(
        session.scalars(select(Finding).where(Finding.inspection_id == inspection.id, Finding.deleted_at.is_(None)))
    )


def _facts(item: InspectionItem) -> dict[str, Any]:
    return {
        "inspection_item_id": item.id,
        "text": item.text,
        "note": item.note,
        "is_key": item.is_key,
        "severity": item.severity or ("serious" if item.is_key else "minor"),
        "affects_safety": item.affects_safety,
    }


def _add(store: Store, inspection: Inspection, item: InspectionItem) -> Finding:
    earlier = _earlier(store.session, inspection, item.code, store.clock.now())
    return store.add(
        Finding(
            **_facts(item),
            code=item.code,
            status="corrected_on_spot" if item.fixed_on_spot else "open",
            inspection_id=inspection.id,
            repeat_of=earlier.id if earlier else None,
            region_code=inspection.region_code,
            region_path=inspection.region_path,
            organisation_id=inspection.organisation_id,
            establishment_id=inspection.establishment_id,
        )
    )


def _earlier(session: Session, inspection: Inspection, code: str, now: datetime) -> Finding | None:
    return session.scalar(
        select(Finding)
        .where(
            Finding.establishment_id == inspection.establishment_id,
            Finding.code == code,
            Finding.inspection_id != inspection.id,
            Finding.deleted_at.is_(None),
            Finding.effective_at >= now - REPEATED_WITHIN,
            is_real(Finding),
        )
        .order_by(Finding.effective_at.desc())
        .limit(1)
    )
