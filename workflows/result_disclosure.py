"""The disclosure of an inspection's result within twenty working days (SAMR Order 49 art. 39, R-INS-13).

The inspection says by message that its result is formed, so that it may close while its result is on the way to the
public. A decision table says which parts are public and on which ground others are not. The announcement desk is asked;
what it answers - published, or not - ends the clock, which reminds at half, four fifths and nineteen twentieths of its
time and is escalated when it runs out. A joint inspection is published once, with all its departments.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine.process import Step, process
from records.inspections import Finding, Inspection, Rectification
from records.people import Role, User
from records.result_disclosures import ResultDisclosure, joint_disclosure
from workflows import disclosure_words as say
from workflows import words
from workflows.papers import authority
from workflows.parties import business_of, names

RULE = "R-INS-13"


def gather_result(step: Step) -> Mapping[str, object]:
    """What there is to disclose, and whether a joint inspection's disclosure already speaks for it."""
    formed, business = step.data["result_formed"], business_of(step)
    inspection = step.session.get_one(Inspection, formed["inspection_id"])
    formed_at = datetime.fromisoformat(formed["formed_at"])
    joint_no = formed.get("joint_no")
    known = joint_disclosure(step.session, joint_no, business.id)
    step.store.add(
        ResultDisclosure(
            no=step.instance.business_key,
            status="open" if known is None else "joint",
            inspection_id=inspection.id,
            joint_no=joint_no,
            departments=formed.get("departments"),
            formed_at=formed_at,
            due_at=step.until(RULE, formed_at),
            establishment_id=business.id,
            region_code=step.instance.region_code,
            region_path=step.instance.region_path,
        )
    )
    return {
        "mode": formed.get("mode"),
        "is_referred": formed.get("is_referred") is True,
        "joint_case": None if known is None else known.no,
        "values": _values(step, inspection, formed),
    }


def prepare_disclosure(step: Step) -> Mapping[str, object]:
    """The text for the announcement desk: only what the table lets through (OGI art. 14-16)."""
    values, decided = step.data["gather_result"]["values"], step.data["redaction"]
    public = [row["name"] for row in decided if row["treatment"] == "public" and values.get(row["name"])]
    fields = [{"name": name, "label": say.LABELS[name], "value": values[name]} for name in public]
    withheld = [
        {"name": row["name"], "label": say.LABELS[row["name"]], "ground": row["ground"]}
        for row in decided
        if row["treatment"] == "withhold"
    ]
    disclosure, business = _disclosure(step), business_of(step)
    step.store.correct(disclosure, {"fields": fields, "withheld": withheld})
    title = say.TITLE.format(business=business.name)
    return {
        "title": title[:120],
        "body": say.BODY.format(authority=values["authority"], day=values["inspected_on"], business=business.name),
        "summary": say.SUMMARY.format(business=business.name, overall=values["overall"])[:300],
        "facts": {row["label"]: row["value"] for row in fields},
        "fields": fields,
        "withheld": "、".join(row["label"] for row in withheld),
        "due_at": disclosure.due_at,
    }


def remind_half(step: Step) -> None:
    """Half of the time has gone."""
    _remind(step, ("DISC",), say.REMINDED, 50)


def remind_mostly(step: Step) -> None:
    """Four fifths of the time have gone."""
    _remind(step, ("DISC", "LEAD"), say.REMINDED, 80)


def remind_nearly(step: Step) -> None:
    """Nineteen twentieths of the time have gone."""
    _remind(step, ("DISC", "LEAD"), say.REMINDED, 95)


def escalate_disclosure(step: Step) -> None:
    """The time is over: those who lead hear of it."""
    _remind(step, ("DISC", "LEAD", "MGR"), say.OVERDUE, 100)


def record_publication(step: Step) -> None:
    """The result is public: by which announcement, when, and whether in time."""
    told, disclosure = step.data["announcement_published"], _disclosure(step)
    published_at = datetime.fromisoformat(told.get("published_at") or step.clock.now().isoformat())
    said = {"status": "published", "published_at": published_at, "is_late": published_at > disclosure.due_at}
    step.store.correct(disclosure, said | {"announcement_no": told.get("announcement_no")})


def record_withheld(step: Step) -> None:
    """The result stays unpublished, on a ground."""
    told = step.data["explain_unpublished"]
    said = {"status": "withheld", "ground": told["ground"], "reason": told["reason"]}
    step.store.correct(_disclosure(step), said)


def _values(step: Step, inspection: Inspection, formed: Mapping[str, Any]) -> dict[str, str]:
    business = business_of(step)
    departments = [authority(step), *filter(None, [formed.get("departments")])]
    return {
        "name": business.name,
        "credit_code": business.credit_code,
        "address": business.address,
        "inspected_on": words.day(inspection.arrived_at),
        "authority": "、".join(departments),
        "mode": words.MODES[inspection.mode],
        "overall": words.OVERALL[inspection.overall or "conform"],
        "findings": _findings(step, inspection) or say.NO_FINDINGS,
        "measures": _measures(step, inspection),
        "reason": str(formed.get("reason") or ""),
        "legal_person": f"{business.legal_person} {business.phone or ''}".strip(),
        "inspectors": "、".join(names(step, inspection)),
    }


def _findings(step: Step, inspection: Inspection) -> str:
    found = select(Finding).where(Finding.inspection_id == inspection.id, Finding.deleted_at.is_(None))
    return "；".join(one.text for one in step.session.scalars(found.order_by(Finding.code)))[:1900]


def _measures(step: Step, inspection: Inspection) -> str:
    found = select(Rectification).where(Rectification.inspection_id == inspection.id)
    ordered = step.session.scalar(found.order_by(Rectification.id).limit(1))
    if ordered is not None and ordered.due_at is not None:
        return say.ORDERED.format(day=words.last_day(ordered.due_at))
    return say.MEASURES.get(inspection.disposition or "none", say.MEASURES["none"])


def _disclosure(step: Step) -> ResultDisclosure:
    own = select(ResultDisclosure).where(ResultDisclosure.process_instance_id == step.instance.id)
    return step.session.scalars(own.order_by(ResultDisclosure.id)).one()


def _remind(step: Step, roles: tuple[str, ...], text: str, percent: int) -> None:
    disclosure = _disclosure(step)
    if disclosure.status != "open":
        return
    people = select(User.id).where(User.roles.any(Role.name.in_(roles)), User.active.is_(True))
    here = people.where(User.region_code == step.instance.region_code, User.deleted_at.is_(None))
    said = text.format(no=step.instance.business_key, percent=percent, day=words.last_day(disclosure.due_at))
    step.notify(step.session.scalars(here), "disclosure.overdue" if percent >= 100 else "disclosure.reminder", said)


PROCESS = process(
    "result_disclosure",
    gather_result,
    prepare_disclosure,
    remind_half,
    remind_mostly,
    remind_nearly,
    escalate_disclosure,
    record_publication,
    record_withheld,
    prefix="示",
)
