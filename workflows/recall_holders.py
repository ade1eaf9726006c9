"""The holders of recalled goods: asked, reminded, and named for a visit when they stay silent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from engine.process import Step
from records.people import RoleCode, users_with_role
from records.recall_reckoning import ask_holders
from records.recalls import responses_of
from records.trace import TraceRun
from workflows import recall_words as say
from workflows.parties import tell_establishment
from workflows.recall_facts import asked_lots, has_account, note_progress, owing, recall_of, response_of


def open_responses(step: Step) -> Mapping[str, object]:
    """The holders of this round: at first all of them, then those who still owe an answer or goods."""
    recall = recall_of(step)
    step.store.correct(recall, {"round": recall.round + 1})
    run = step.session.get_one(TraceRun, recall.trace_run_id)
    asked = ask_holders(step.store, recall, run)
    again = owing(step, recall) if recall.round > 1 else []
    wanted = {each.id: each for each in [*asked, *again]}
    for each in again:
        step.store.correct(each, {"round": recall.round, "status": "asked"})
    told = [each for each in wanted.values() if has_account(step, each)]
    return {"response_ids": [each.id for each in told], "round": recall.round, "asked": len(wanted)}


def notify_consignee(step: Step) -> Mapping[str, object]:
    """One holder is told, and asked for its quantities."""
    response, word = response_of(step), step.data["set_class"]["class_word"]
    now = step.clock.now()
    step.store.correct(response, {"asked_at": now})
    text = say.HOLDER_TOLD.format(product=step.data["begin_recall"]["product_name"], word=word)
    tell_establishment(step, response.establishment_id or "", "recall.told", text)
    plan = step.data.get("file_plan") or step.data["recall_plan"]
    return {
        "establishment_id": response.establishment_id,
        "lots": asked_lots(response),
        "asked_at": now,
        "due_at": now + timedelta(hours=step.data["set_class"]["reminder_hours"]),
        "contact": f"{plan['contact']} {plan['contact_phone']}",
    }


def remind_consignee(step: Step) -> None:
    """One rung of the reminders of a holder (4, 12 or 24 hours by class)."""
    response = response_of(step)
    step.store.correct(response, {"reminders": response.reminders + 1})
    text = say.HOLDER_REMINDED.format(product=step.data["begin_recall"]["product_name"], number=response.reminders)
    tell_establishment(step, response.establishment_id or "", "recall.reminder", text)


def mark_unreached(step: Step) -> None:
    """A holder that stayed silent; an inspector will go there."""
    step.store.correct(response_of(step), {"status": "silent"})


def tell_unreached(step: Step) -> None:
    """The leads learn at once that somebody does not answer."""
    silent = [each for each in responses_of(step.session, recall_of(step).id) if each.status == "silent"]
    leads = users_with_role(step.session, RoleCode.LEAD, step.instance.region_path)
    step.notify([each.id for each in leads], "recall.unreached", say.UNREACHED_TOLD.format(count=len(silent)))


def list_unreached(step: Step) -> Mapping[str, object]:
    """Whom an inspector must visit: holders without an account, and silent ones."""
    note_progress(step, recall_of(step))
    wanted = [each for each in responses_of(step.session, recall_of(step).id) if each.status in ("asked", "silent")]
    rows = [
        {
            "id": each.id,
            "name": each.holder_name,
            "stage": say.STAGES.get(each.stage or "unknown", ""),
            "why": say.SILENT if each.status == "silent" else say.NO_ACCOUNT,
            "lots": asked_lots(each),
        }
        for each in wanted
    ]
    return {"response_ids": [each.id for each in wanted], "holders": rows}
