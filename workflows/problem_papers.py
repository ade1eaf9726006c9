"""The documents of problem handling: determination sheet, seal list, transfer letter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.process import Step
from records.clock import ZONE
from records.controls import ControlMeasure
from records.documents import Document
from records.people import User
from records.problems import Determination, ResponsibleParty, Transfer
from records.registry import Establishment
from records.trace_model import Lot
from workflows import problem_words as words
from workflows.papers import issue_paper, letterhead
from workflows.words import day, last_day

LOTS_PRINTED = 60


def determination_sheet(step: Step, found: Determination, parties: Sequence[ResponsibleParty]) -> Document:
    """The six answers with their evidence (standard 7.2)."""
    told = step.data["determination"]
    scope = [
        words.OF_LOT.format(
            tlc=row["tlc"], product=row["product"], holders=row["holders"], left=row["left"], unit=row["unit"]
        )
        for row in found.scope or []
    ]
    said = _head(step) | {
        "summary": step.data["open_problem"]["summary"],
        "began_at": _minute(found.began_at),
        "ended_at": _minute(found.ended_at),
        "region": found.region,
        "site": found.site,
        "stage": words.STAGES[found.stage or "unknown"],
        "cause_kind": words.CAUSES[found.cause_code or "unknown"],
        "cause": found.cause,
        "method": words.METHODS[found.method or "five_whys"],
        "analysis": told["analysis"],
        "parties": [_party(step, party) for party in parties],
        "scope": [{"lot": line} for line in scope[:LOTS_PRINTED]],
        "scope_note": found.scope_reason or (words.WHOLE_SCOPE if not scope else ""),
        "lots": len(scope),
        "trace_hash": found.trace_hash or "",
        "legal_basis": found.legal_basis,
        "evidence": [
            {"answer": words.ANSWERS[row["answer"]], "description": row["description"]} for row in told["evidence"]
        ],
        "reviewed_on": day(step.clock.now()),
    }
    return issue_paper(step, "problem_determination", said)


def seal_list(step: Step, measure: ControlMeasure) -> Document:
    """What is stopped, sealed or preserved, and until when."""
    found = (step.session.get(Lot, lot_id) for lot_id in measure.lots or ())
    said = _head(step) | {
        "kind": measure.kind,
        "kind_word": words.CONTROLS[measure.kind],
        "objects": measure.objects,
        "place": measure.place,
        "reason": measure.reason,
        "lots": [
            {
                "tlc": lot.tlc,
                "product": lot.product_name,
                "quantity": f"{format(lot.quantity.normalize(), 'f')} {lot.unit}",
            }
            for lot in found
            if lot is not None
        ],
        "imposed_on": day(measure.imposed_at),
        "until": last_day(measure.expires_at) if measure.expires_at else "",
        "approver": _person(step, measure.approved_by),
    }
    return issue_paper(step, "seal_list", said)


def transfer_letter(step: Step, transfer: Transfer) -> Document:
    """The letter with which the problem goes to the police or another authority."""
    said = _head(step) | {
        "kind": transfer.recipient_kind,
        "recipient": transfer.recipient,
        "summary": step.data["open_problem"]["summary"],
        "reason": transfer.reason,
        "determination_no": step.data["record_determination"]["no"],
        "materials": transfer.materials,
        "reply_by": last_day(transfer.due_at) if transfer.due_at else "",
    }
    return issue_paper(step, "transfer_letter", said)


def _head(step: Step) -> dict[str, Any]:
    assigned = step.data["assign_handlers"]
    place = step.session.get_one(Establishment, step.instance.establishment_id or _first_party(step))
    return letterhead(step, place, (assigned["handler"], assigned["second"])) | {"case_no": step.instance.business_key}


def _first_party(step: Step) -> str:
    """Of a case about no establishment: whoever was found responsible."""
    party: str = step.data["determination"]["parties"][0]["party"]
    return party


def _party(step: Step, party: ResponsibleParty) -> dict[str, Any]:
    place = step.session.get_one(Establishment, party.party_id)
    basis = f"{party.basis}（{party.override_reason}）" if party.override_reason else party.basis
    return {
        "name": place.name,
        "credit_code": place.credit_code,
        "share": f"{format(party.share.normalize(), 'f')}%",
        "basis": basis,
    }


def _person(step: Step, user_id: str | None) -> str:
    found = step.session.get(User, user_id) if user_id else None
    return found.name if found else ""


def _minute(moment: Any) -> str:
    return moment.astimezone(ZONE).strftime("%Y-%m-%d %H:%M") if moment else ""
