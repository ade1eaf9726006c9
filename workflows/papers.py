"""What the documents of an inspection say: facts gathered once, frozen in the document, printed later by a job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from engine.model import JobKind, UserTask, UserTaskState
from engine.process import Step
from forms.storage import to_storage
from forms.templates import naming
from records.checklists import ChecklistTemplate
from records.clock import today
from records.documents import Document, issue
from records.inspections import Finding, Inspection, InspectionItem, ItemResult
from records.people import Organisation, User, codes_above
from records.registry import Establishment
from workflows import words


def issue_paper(step: Step, kind: str, facts: Mapping[str, Any], *, addressee_id: str | None = None) -> Document:
    """A document of this case with a number of its own; a job prints it after the transaction.

    ``addressee_id``: the establishment that it is for, when that is not the one the case is about.
    """
    name, instance = naming(kind), step.instance
    of_kind = select(Document).where(Document.process_instance_id == instance.id, Document.kind == kind)
    count = step.session.scalar(select(func.count()).select_from(of_kind.subquery())) or 0
    number = f"{instance.business_key}-{name.mark}{count + 1}"
    document = issue(
        step.store,
        kind,
        name.title,
        to_storage({**facts, "no": number}),
        region_code=instance.region_code,
        region_path=instance.region_path,
        establishment_id=addressee_id or instance.establishment_id,
        no=number,
    )
    step.job(JobKind.DOCUMENT, {"document_id": document.id}, f"document:{document.id}")
    return document


def supersede(step: Step, *kinds: str) -> None:
    """The documents of these kinds that the case has so far give way to new ones."""
    older = select(Document).where(
        Document.process_instance_id == step.instance.id,
        Document.kind.in_(kinds),
        Document.status != "superseded",
        Document.deleted_at.is_(None),
    )
    for document in step.session.scalars(older).all():
        step.store.correct(document, {"status": "superseded"}, reason=words.SUPERSEDED)


def letterhead(step: Step, establishment: Establishment, inspector_ids: Iterable[str | None]) -> dict[str, Any]:
    """What every document says: who issues it, to whom, who inspected, when."""
    return {
        "authority": authority(step),
        "establishment": {
            "name": establishment.name,
            "credit_code": establishment.credit_code,
            "licence_no": establishment.licence_no,
            "legal_person": establishment.legal_person,
            "phone": establishment.phone,
            "address": establishment.address,
            "risk_grade": establishment.risk_grade,
        },
        "inspectors": _inspectors(step, inspector_ids),
        "issued_on": words.day(today(step.clock)),
    }


def authority(step: Step) -> str:
    """The managing department of the case's region, or of the nearest region above that has one."""
    for code in codes_above(step.session, step.instance.region_code):
        name = step.session.scalar(
            select(Organisation.name)
            .where(Organisation.region_code == code, Organisation.kind == "market_regulation")
            .where(Organisation.deleted_at.is_(None))
            .order_by(Organisation.is_managing.desc(), Organisation.id)
            .limit(1)
        )
        if name is not None:
            return name
    return ""


def _inspectors(step: Step, ids: Iterable[str | None]) -> list[dict[str, Any]]:
    rows, ids = [], list(ids)
    added = _stand_ins(step, [one for one in ids if one])
    for role, user_id in zip((words.LEAD_ROLE, words.SECOND_ROLE), ids, strict=False):
        person = step.session.get(User, user_id) if user_id else None
        if person is None:
            continue
        office = step.session.get(Organisation, person.organisation_id) if person.organisation_id else None
        rows.append(
            {
                "role": role,
                "name": person.name + added.get(person.id, ""),
                "certificate_no": person.certificate_no,
                "organisation": office.name if office else None,
            }
        )
    return rows


def _stand_ins(step: Step, ids: list[str]) -> dict[str, str]:
    """What is added to names: who acted in this case for one of these people, or whom one of them acted for."""
    stood_in = select(UserTask.on_behalf_of, UserTask.completed_by).where(
        UserTask.process_instance_id == step.instance.id,
        UserTask.state == UserTaskState.COMPLETED,
        UserTask.on_behalf_of.is_not(None),
    )
    added: dict[str, str] = {}
    for absent_id, substitute_id in step.session.execute(stood_in.order_by(UserTask.completed_at, UserTask.id)):
        absent, substitute = (step.session.get_one(User, one).name for one in (absent_id, substitute_id))
        if absent_id in ids:
            added[absent_id] = words.ACTED_FOR_BY % substitute
        elif substitute_id in ids:
            added[substitute_id] = words.ACTED_FOR % absent
    return added


def checklist_facts(template: ChecklistTemplate) -> dict[str, Any]:
    """The edition of the checklist that was used."""
    return {
        "name": template.name,
        "edition": template.edition,
        "items": len(template.items),
        "key_items": sum(item.is_key for item in template.items),
        "legal_basis": template.legal_basis,
    }


def items_of(step: Step, inspection: Inspection, template: ChecklistTemplate) -> list[InspectionItem]:
    """The answered items of an inspection, in the checklist's order."""
    items = step.session.scalars(
        select(InspectionItem).where(InspectionItem.inspection_id == inspection.id, InspectionItem.deleted_at.is_(None))
    )
    place = {item.code: item.position for item in template.items}
    return sorted(items, key=lambda item: place.get(item.code, len(place)))


def item_row(item: InspectionItem) -> dict[str, Any]:
    """A checklist item as the checklist document shows it."""
    return {
        "code": item.code,
        "section": item.section,
        "text": f"★ {item.text}" if item.is_key else item.text,
        "result_word": words.RESULTS[item.result],
        "note": "；".join(part for part in (_measured(item), item.note) if part),
    }


def _measured(item: InspectionItem) -> str:
    if item.measured is None:
        return ""
    return f"{format(Decimal(item.measured).normalize(), 'f')} {item.unit or ''}".strip()


def counts(items: Iterable[InspectionItem]) -> dict[str, int]:
    """How many items were checked, failed and did not apply."""
    items = list(items)
    checked = [item for item in items if item.result is not ItemResult.NOT_APPLICABLE]
    failed = [item for item in items if item.result is ItemResult.NONCONFORM]
    return {
        "checked": len(checked),
        "key": sum(item.is_key for item in checked),
        "general": sum(not item.is_key for item in checked),
        "nonconform": len(failed),
        "key_nonconform": sum(item.is_key for item in failed),
        "not_applicable": len(items) - len(checked),
    }


def finding_row(finding: Finding, disposition: str | None, template: ChecklistTemplate) -> dict[str, Any]:
    """A finding as the result sheet and the order to correct show it."""
    basis = {item.code: item.basis for item in template.items}
    return {
        "code": finding.code,
        "text": f"★ {finding.text}" if finding.is_key else finding.text,
        "note": finding.note,
        "disposition_word": words.DISPOSITIONS.get(disposition or "", ""),
        "basis": basis.get(finding.code, ""),
    }
