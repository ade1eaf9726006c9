"""What happens beside a recall's straight way: its notice is published or not, its business does not obey."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model import JobKind
from engine.process import Step
from records.credit import record_event
from records.people import RoleCode, users_with_role
from records.recalls import scope_of
from records.registry import Establishment
from workflows import recall_words as say
from workflows.recall_facts import moment_of, recall_of

FINISH_RULES = {"I": "R-REC-01-FINISH", "II": "R-REC-02-FINISH", "III": "R-REC-03-FINISH"}
REFUSED_POINTS = -20


def start_finish_clock(step: Step) -> Mapping[str, object]:
    """The first notice is public: its 10, 20 or 30 working days run from that day (R-REC-01-FINISH to -03)."""
    recall, told = recall_of(step), step.data["notice_published_received"]
    if recall.announced_at is None:
        published_at = moment_of(told.get("published_at") or step.clock.now().isoformat())
        due_at = step.until(FINISH_RULES[step.data["set_class"]["recall_class"]], published_at)
        step.store.correct(recall, {"announced_at": published_at, "finish_due_at": due_at})
        step.job(JobKind.RECALCULATION, {"reason": say.CLOCK_BEGUN}, f"recall-published:{recall.id}")
    return {"announced_at": recall.announced_at, "finish_due_at": recall.finish_due_at}


def note_unpublished(step: Step) -> None:
    """The notice was not approved: whoever leads has to see to another one."""
    reason = str(step.data["notice_refused_received"].get("reason") or "/")
    text = say.NOTICE_REFUSED.format(product=step.data["begin_recall"]["product_name"], reason=reason)
    people = [
        each.id
        for role in (RoleCode.LEAD, RoleCode.MANAGER)
        for each in users_with_role(step.session, role, step.instance.region_path)
    ]
    step.notify(people, "recall.notice_refused", text)


def file_plan(step: Step) -> Mapping[str, object]:
    """The plan that was written last, by the business or, where it refuses, by the authority (FSL art. 63)."""
    written = [step.data[name] for name in ("recall_plan", "authority_plan") if step.data.get(name)]
    plan = max(written, key=lambda each: moment_of(each["_at"]))
    return {name: value for name, value in plan.items() if not name.startswith("_")}


def record_refusal(step: Step) -> Mapping[str, object]:
    """Ordered and still no plan: the talk stands in the credit file, a penalty is asked for (FSL art. 124)."""
    recall, talk, now = recall_of(step), step.data["refusal_talk"], step.clock.now()
    step.store.correct(recall, {"is_by_authority": True, "status": "refused"})
    business = step.session.get(Establishment, recall.establishment_id or "")
    order_no = step.data["issue_recall_order"]["no"]
    said = {"name": business.name if business else "", "product": recall.product_name or "", "order": order_no}
    summary = say.REFUSED.format(**said)
    if business is not None:
        record_event(step.store, business, "recall_refused", summary, REFUSED_POINTS)
        record_event(step.store, business, "talk", say.TALKED.format(attendee=talk["attendee"]), 0)
    lots = [each.lot_id for each in scope_of(step.session, recall.id)]
    latest = step.until(FINISH_RULES[step.data["set_class"]["recall_class"]], now)
    return {"summary": summary, "lot_ids": lots, "refused_at": now, "finish_latest": latest.date()}
