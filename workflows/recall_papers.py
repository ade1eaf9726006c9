"""The documents of a recall: order, plan, progress, disposal and summary; and what its public notice says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine.process import Step
from records.clock import today
from records.documents import Document
from records.recall_reckoning import Reckoning
from records.recalls import Disposal, Recall, scope_of
from records.registry import Establishment
from workflows import recall_words as say
from workflows.papers import authority, issue_paper
from workflows.recall_facts import holder_rows
from workflows.words import day, last_day, minute


def order_paper(step: Step, recall: Recall, due_at: datetime) -> Document:
    """The order to recall (FSL art. 63)."""
    told = {"order_text": recall.order_text, "due": minute(due_at.isoformat()), "plan_due": _minute(recall.plan_due_at)}
    return issue_paper(step, "recall_order", _common(step, recall) | told, addressee_id=recall.establishment_id)


def plan_paper(step: Step, recall: Recall) -> Document:
    """The plan as it was approved, with everything that R-REC-08 asks for."""
    names = (
        "responsible", "contact", "contact_phone", "scope_text", "hazard_text", "procedure", "media_text",
        "disposal_plan", "loss_forecast",
    )  # fmt: skip
    told = {name: getattr(recall, name) for name in names}
    more = {"finish_by": day(recall.finish_by), "finish_due": _last(recall.finish_due_at), "opinion": _opinion(step)}
    return issue_paper(step, "recall_plan", _common(step, recall) | told | more, addressee_id=recall.establishment_id)


def progress_paper(step: Step, recall: Recall, reckoning: Reckoning) -> Document:
    """How far the recall has come (R-REC-04)."""
    facts = _common(step, recall) | _figures(reckoning) | {"holders": holder_rows(step, recall)}
    facts["at"] = minute(step.clock.now().isoformat())
    return issue_paper(step, "recall_progress", facts, addressee_id=recall.establishment_id)


def disposal_paper(step: Step, recall: Recall) -> Mapping[str, object]:
    """The report of a disposal to come, filed before it happens."""
    told = step.data["report_disposal"]
    disposal = _reported(step, recall)
    word = say.METHODS[told["method"]]
    facts = {
        "planned_at": minute(told["planned_at"]),
        "place": told["place"],
        "method": word,
        "organiser": told["organiser"],
        "lines": [
            {"code": each["code"], "planned": f"{each['planned']} {each['unit']}"}
            for each in told["lines"]
        ],
    }  # fmt: skip
    paper = issue_paper(step, "recall_disposal", _common(step, recall) | facts, addressee_id=recall.establishment_id)
    return {"disposal_id": disposal.id, "no": paper.no, "method_word": word, "reported_at": disposal.reported_at}


def summary_paper(step: Step, recall: Recall, reckoning: Reckoning) -> Document:
    """The account of the whole recall (R-REC-04)."""
    told = step.data["recall_summary"]
    facts = _common(step, recall) | _figures(reckoning)
    facts |= {
        "announced_at": _minute(recall.announced_at),
        "finish_due": _last(recall.finish_due_at),
        "summarised_at": _minute(recall.summarised_at),
        "destroyed": say.quantity(reckoning.total("destroyed"), reckoning.unit),
        "holders": holder_rows(step, recall),
        "summary": told["summary"],
        "prevention": told["prevention"],
        "rounds": recall.round,
    }
    return issue_paper(step, "recall_summary", facts, addressee_id=recall.establishment_id)


def notice_of(step: Step, recall: Recall) -> Mapping[str, Any]:
    """What the public is told: the business's approved text, the lots, whom to call (R-REC-05)."""
    word, product = say.CLASSES[recall.recall_class or "I"], recall.product_name or ""
    common = _common(step, recall)
    lots = "；".join(f"{each['code']}（{each['quantity']}）" for each in common["lots"])
    facts = {
        "召回主体": common["name"],
        "产品": product,
        "批次": lots,
        "召回级别": word,
        "召回原因": recall.hazard_text or recall.reason,
        "联系电话": recall.contact_phone or "",
        "处置方式": recall.disposal_plan or "",
    }
    return {
        "title": say.NOTICE_TITLE.format(product=product),
        "body": recall.media_text or recall.reason,
        "summary": say.NOTICE_SUMMARY.format(name=common["name"], product=product, word=word),
        "facts": facts,
    }


def _common(step: Step, recall: Recall) -> dict[str, Any]:
    business = step.session.get(Establishment, recall.establishment_id) if recall.establishment_id else None
    return {
        "authority": authority(step),
        "name": business.name if business else "",
        "credit_code": business.credit_code if business else "",
        "address": business.address if business else "",
        "product_name": recall.product_name,
        "class_word": say.CLASSES[recall.recall_class or "I"],
        "reason": recall.reason,
        "case_no": step.instance.business_key,
        "issued_on": day(today(step.clock)),
        "lots": [
            {
                "code": each.code,
                "product_name": each.product_name,
                "quantity": say.quantity(each.quantity_produced, each.unit),
            }
            for each in scope_of(step.session, recall.id)
        ],
    }


def _figures(reckoning: Reckoning) -> dict[str, Any]:
    kinds = ("produced", "on_hand", "quarantined", "returned", "sold", "unaccounted")
    sums = {name: say.quantity(reckoning.total(name), reckoning.unit) for name in kinds}
    shares = {name: f"{format(getattr(reckoning, name).normalize(), 'f')} %" for name in ("recovery", "unreached")}
    return sums | shares | {"answered": reckoning.answered, "asked": reckoning.asked}


def _reported(step: Step, recall: Recall) -> Disposal:
    """The disposal that was just reported: the newest."""
    found = select(Disposal).where(Disposal.recall_id == recall.id, Disposal.deleted_at.is_(None))
    return step.session.scalars(found.order_by(Disposal.id.desc()).limit(1)).one()


def _opinion(step: Step) -> str | None:
    opinion = step.data["review_plan"].get("opinion")
    return opinion if isinstance(opinion, str) and opinion else None


def _minute(moment: datetime | None) -> str:
    return "" if moment is None else minute(moment.isoformat())


def _last(moment: datetime | None) -> str:
    return "" if moment is None else last_day(moment)
