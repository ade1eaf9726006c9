"""The documents of a penalty: filing approval, notice, decision."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.process import Step
from records.documents import Document
from records.penalties import Penalty
from records.people import User
from records.registry import Establishment
from workflows import penalty_words as words
from workflows.papers import issue_paper, letterhead
from workflows.words import day, last_day


def filing_paper(step: Step, penalty: Penalty) -> Document:
    """The approval to open the case (APL art. 54)."""
    filed, approval = step.data["file_case"], step.data["approve_filing"]
    said = _head(step, penalty) | {
        "clues": filed["clues"],
        "opinion": approval.get("opinion"),
        "approver": _name(step, approval["_by"]),
        "filed_on": day(penalty.filed_at),
        "due_on": last_day(penalty.due_at) if penalty.due_at else "",
    }
    return _issue(step, penalty, "penalty_filing", said)


def notice_paper(step: Step, penalty: Penalty, reply_by: str) -> Document:
    """What is intended and why, and what the party may do about it (APL art. 44, 45, 63)."""
    said = _head(step, penalty) | _proposal(penalty) | {
        "evidence": "、".join(row["name"] for row in step.data["investigate"]["evidence"]),
        "may_ask_hearing": step.data["penalty_route"]["hearing"],
        "reply_by": reply_by,
    }  # fmt: skip
    return _issue(step, penalty, "penalty_notice", said)


def decision_paper(step: Step, penalty: Penalty) -> Document:
    """The decision (APL art. 59)."""
    said = _head(step, penalty) | _proposal(penalty) | {
        "decision_no": penalty.decision_no,
        "evidence": "、".join(row["name"] for row in step.data["investigate"]["evidence"]),
        "statement": penalty.statement,
        "hearing": penalty.hearing_record is not None,
        "reasons": step.data["decide"].get("opinion"),
        "decided_on": day(penalty.decided_at),
    }  # fmt: skip
    return _issue(step, penalty, "penalty_decision", said)


def kinds_in_words(penalty: Penalty) -> str:
    """What the penalty consists of, with its amounts."""
    amounts = {"fine": _amount(penalty.fine), "confiscated": _amount(penalty.confiscated)}
    return "；".join(words.KINDS[kind].format(**amounts) for kind in penalty.kinds or [])


def _proposal(penalty: Penalty) -> dict[str, Any]:
    return {
        "facts": penalty.facts,
        "violated": penalty.violated,
        "punished_under": penalty.punished_under,
        "discretion": penalty.discretion,
        "kinds": kinds_in_words(penalty),
    }


def _issue(step: Step, penalty: Penalty, kind: str, said: Mapping[str, Any]) -> Document:
    return issue_paper(step, kind, said, addressee_id=penalty.party_id)


def _head(step: Step, penalty: Penalty) -> dict[str, Any]:
    party = step.session.get_one(Establishment, penalty.party_id)
    team = (step.data["take_up"]["handler"], step.data["file_case"]["companion"])
    return letterhead(step, party, team) | {
        "case_no": step.instance.business_key,
        "matter": penalty.matter,
        "violated": penalty.violated,
        "determination_no": step.data["take_up"]["determination_no"],
    }


def _name(step: Step, user_id: str) -> str:
    found = step.session.get(User, user_id)
    return found.name if found else ""


def _amount(value: Decimal | None) -> str:
    return "0" if value is None else format(value.normalize(), ",f")
