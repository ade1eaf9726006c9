"""A recall, called by whoever found the food that must come back.

The trace says which lots and who holds them. A table says how grave it is, and so how soon the business must have a
plan: 24, 48 or 72 hours. Without a plan the authority orders the recall; who does not obey is called in and reported
for a penalty, and the authority plans in its stead. An approved plan starts it: the lots are recalled, the public is
told, and every holder down to the last known one says what is left, sealed, sold and returned - reminded the sooner the
graver it is, and visited when silent. What was made and what came back are held against each other; too little means to
go on, too many unreached means to look wider. What came back is destroyed before witnesses, at a time and place told
beforehand. The business sums up within 10, 20 or 30 working days of the notice's publication, the authority judges.

In a drill the same happens on the recall's own facts; the lots of the real store are not touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from engine.process import Step, process
from records.deadlines import deadline
from records.people import RoleCode, users_with_role
from records.recall_reckoning import reckon, take_scope
from records.recalls import scope_of
from records.registry import Establishment
from records.trace import TraceRun, run_trace
from workflows import recall_words as say
from workflows.parties import tell_establishment
from workflows.recall_beside import FINISH_RULES, file_plan, note_unpublished, record_refusal, start_finish_clock
from workflows.recall_facts import (
    destroy_goods,
    harm_of,
    hazard_of,
    holder_rows,
    lots_left,
    moment_of,
    note_progress,
    recall_goods,
    recall_of,
)
from workflows.recall_holders import (
    list_unreached,
    mark_unreached,
    notify_consignee,
    open_responses,
    remind_consignee,
    tell_unreached,
)
from workflows.recall_papers import (
    disposal_paper,
    notice_of,
    order_paper,
    plan_paper,
    progress_paper,
    summary_paper,
)
from workflows.words import minute

START_RULES = {"I": "R-REC-01-START", "II": "R-REC-02-START", "III": "R-REC-03-START"}
#: hazards whose food is destroyed on the spot, whatever else might be done with it (R-REC-07)
DESTROYED_ONLY = ("additive", "spoiled", "diseased")


def begin_recall(step: Step) -> Mapping[str, object]:
    """Which lots are recalled by whom, from the trace; the scope is frozen with the recall."""
    recall = recall_of(step)
    run = step.session.get_one(TraceRun, recall.trace_run_id)
    scope = take_scope(step.store, recall, run)
    names = sorted({each.product_name for each in scope})
    product = recall.product_name or "、".join(names)[:120]
    step.store.correct(recall, {"product_name": product, "hazard": recall.hazard or hazard_of(step)})
    business = step.session.get(Establishment, recall.establishment_id) if recall.establishment_id else None
    reckoning = reckon(step.session, recall)
    return {
        "recall_id": recall.id,
        "establishment_id": recall.establishment_id,
        "name": business.name if business else "",
        "product_name": product,
        "reason": recall.reason,
        "given_class": recall.recall_class.value if recall.recall_class else "none",
        "harm": harm_of(step, recall),
        "hazard": recall.hazard or "other",
        "destroy_only": recall.hazard in DESTROYED_ONLY,
        "quantity": reckoning.total("produced"),
        "unit": reckoning.unit,
        "lots": [
            {
                "code": each.code,
                "product_name": each.product_name,
                "quantity": each.quantity_produced,
                "unit": each.unit,
            }
            for each in scope
        ],
    }


def set_class(step: Step) -> Mapping[str, object]:
    """The class and every clock that hangs on it (R-REC-01 to R-REC-03)."""
    recall, code = recall_of(step), step.data["recall_class"]
    plan_due = deadline(step.session, START_RULES[code], recall.opened_at, step.instance.region_code)
    step.store.correct(recall, {"recall_class": code, "plan_due_at": plan_due.due_at, "status": "planning"})
    return {
        "recall_class": code,
        "class_word": say.CLASSES[code],
        "plan_due_at": plan_due.due_at,
        "start_rule": START_RULES[code],
        "finish_rule": FINISH_RULES[code],
        "remind_rule": f"R-REC-REMIND-{code}",
        "start_hours": plan_due.value,
        "reminder_hours": step.number(f"R-REC-REMIND-{code}"),
        "reminders": step.number("R-REC-REMIND-TIMES"),
        "unreached_rule": f"R-REC-UNREACHED-{code}",
        "progress_hours": step.number("R-REC-PROGRESS"),
    }


def open_plan(step: Step) -> Mapping[str, object]:
    """Until when the business must hand in a plan: the statutory hours, those of an order, or those to mend it."""
    recall, product = recall_of(step), step.data["begin_recall"]["product_name"]
    ordered, reviewed = step.data.get("issue_recall_order"), step.data.get("review_plan")
    moments = {"start": moment_of(step.data["set_class"]["plan_due_at"])}
    if ordered is not None:
        moments["order"] = moment_of(ordered["due_at"])
    if reviewed is not None and reviewed["decision"] == "return":
        moments["mend"] = step.until("R-REC-RESUBMIT", moment_of(reviewed["_at"]))
    cause, due_at = max(moments.items(), key=lambda each: each[1])
    opinion = reviewed.get("opinion") if reviewed else None
    step.instance.is_visible_to_business = True
    template = {"start": say.PLAN_WANTED, "order": say.PLAN_ORDERED, "mend": say.PLAN_RETURNED}[cause]
    word = step.data["set_class"]["class_word"]
    text = template.format(product=product, word=word, until=minute(due_at.isoformat()), opinion=opinion or "")
    tell_establishment(step, recall.establishment_id or "", "recall.plan", text)
    latest = step.until(FINISH_RULES[step.data["set_class"]["recall_class"]], due_at)
    return {"due_at": due_at, "opinion": opinion, "finish_latest": latest.date()}


def issue_recall_order(step: Step) -> Mapping[str, object]:
    """The order to recall, its document, and the hours that it gives (FSL art. 63); the last one after so many."""
    hours = int(step.data["order_recall"]["hours"])
    due_at = moment_of(step.data["order_recall"]["_at"]) + timedelta(hours=hours)
    paper = order_paper(step, recall_of(step), due_at)
    times = int((step.data.get("issue_recall_order") or {}).get("times") or 0) + 1
    return {"no": paper.no, "due_at": due_at, "times": times, "is_last": times >= step.number("R-REC-ORDER-TIMES")}


def approve_recall(step: Step) -> Mapping[str, object]:
    """The recall begins: the lots are recalled, the plan is a document.

    Its end is counted from the notice's publication (SAMR Order 12 art. 18); until then from this day
    (R-REC-01 to R-REC-03).
    """
    recall, now = recall_of(step), step.clock.now()
    recall_goods(step, recall, scope_of(step.session, recall.id))
    finish = step.until(FINISH_RULES[step.data["set_class"]["recall_class"]], now)
    changes = {"plan_approved_at": now, "finish_due_at": finish, "status": "announced", "round": 0}
    step.store.correct(recall, changes)
    plan_paper(step, recall)
    # recalls that began under an earlier version of the model ask for the beginning as announced_at
    return {"started_at": now, "announced_at": now, "finish_due_at": finish, "notice": notice_of(step, recall)}


def report_progress(step: Step) -> None:
    """The interim report of the recall, from what the holders have said so far (R-REC-04)."""
    recall = recall_of(step)
    reckoning = note_progress(step, recall)
    progress_paper(step, recall, reckoning)
    leads = users_with_role(step.session, RoleCode.LEAD, step.instance.region_path)
    text = say.PROGRESS_TOLD.format(
        answered=reckoning.answered, asked=reckoning.asked, recovery=format(reckoning.recovery.normalize(), "f")
    )
    step.notify([each.id for each in leads], "recall.progress", text)


def reconcile(step: Step) -> Mapping[str, object]:
    """What was made against what came back (R-REC-10)."""
    recall = recall_of(step)
    reckoning = note_progress(step, recall)
    step.store.correct(recall, {"status": "reconciling"})
    target, tolerance = step.number("R-REC-10-RECOVERY"), step.number("R-REC-10-UNREACHED")
    kinds = ("produced", "on_hand", "quarantined", "returned", "sold", "unaccounted", "recovered")
    return {
        **{name: reckoning.total(name) for name in kinds},
        "unit": reckoning.unit,
        "recovery": reckoning.recovery,
        "unreached": reckoning.unreached,
        "target": target,
        "tolerance": tolerance,
        "is_recovered": reckoning.recovery >= target,
        "is_reached": reckoning.unreached <= tolerance,
        "to_dispose": reckoning.total("recovered") > reckoning.total("destroyed"),
        "apart": reckoning.apart,
        "lots": lots_left(reckoning),
        "holders": holder_rows(step, recall),
    }


def extend_scope(step: Step) -> Mapping[str, object]:
    """The lots are traced anew; lots and holders that have appeared since are recalled, too."""
    recall = recall_of(step)
    before = {each.id for each in scope_of(step.session, recall.id)}
    old = step.session.get_one(TraceRun, recall.trace_run_id)
    run = run_trace(step.store, lot_ids=old.lot_ids, instance=step.instance)
    step.store.correct(recall, {"trace_run_id": run.id})
    added = [each for each in take_scope(step.store, recall, run) if each.id not in before]
    recall_goods(step, recall, added)
    return {"trace_run_id": run.id, "added": [each.code for each in added]}


def file_disposal(step: Step) -> Mapping[str, object]:
    """The report of when and where the goods will be disposed of, before it happens (R-REC-06)."""
    return disposal_paper(step, recall_of(step))


def record_disposal(step: Step) -> Mapping[str, object]:
    """What the scales said; a lot of which nothing is left is destroyed."""
    recall = recall_of(step)
    destroyed = destroy_goods(step, recall)
    step.store.correct(recall, {"status": "disposing"})
    return {"destroyed": destroyed}


def note_late(step: Step) -> None:
    """The statutory end has passed without a summary (X-RECALL-LATE)."""
    text = say.LATE_TOLD.format(product=step.data["begin_recall"]["product_name"])
    roles = (RoleCode.LEAD, RoleCode.MANAGER)
    people = [each for role in roles for each in users_with_role(step.session, role, step.instance.region_path)]
    step.notify([each.id for each in people], "recall.late", text)
    tell_establishment(step, recall_of(step).establishment_id or "", "recall.late", text)


def file_summary(step: Step) -> Mapping[str, object]:
    """The recall's own account as a document, and whether it came in time."""
    recall = recall_of(step)
    is_punctual = recall.finish_due_at is not None and step.clock.now() <= recall.finish_due_at
    paper = summary_paper(step, recall, reckon(step.session, recall))
    return {"no": paper.no, "is_punctual": is_punctual, "punctual_word": say.PUNCTUAL if is_punctual else say.OVERDUE}


def close_recall(step: Step) -> Mapping[str, object]:
    """The recall is over; its records are kept for as long as the law says (R-REC-09)."""
    recall, now = recall_of(step), step.clock.now()
    keep = step.until("R-REC-09", now)
    step.store.correct(recall, {"closed_at": now, "status": "closed", "retention_until": keep.date()})
    return {"recovery": recall.recovery, "evaluation": recall.evaluation, "retention_until": keep.date()}


PROCESS = process(
    "recall",
    begin_recall,
    set_class,
    open_plan,
    issue_recall_order,
    approve_recall,
    open_responses,
    notify_consignee,
    remind_consignee,
    mark_unreached,
    tell_unreached,
    report_progress,
    list_unreached,
    reconcile,
    extend_scope,
    file_disposal,
    record_disposal,
    note_late,
    file_summary,
    close_recall,
    file_plan,
    record_refusal,
    start_finish_clock,
    note_unpublished,
    prefix="召",
)
