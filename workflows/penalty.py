"""An administrative penalty of one party, by the ordinary procedure (APL art. 54-74).

The case is filed with a lead's approval and must be decided within ninety days, longer only when the manager agrees.
Two inspectors find the facts; somebody who had no part in that reviews the law. The party is told what is intended and
may speak or, where the law gives the right, ask for a hearing before somebody from outside the investigation. Grave
cases are discussed together. The decision is served, carried out and published - but for a mere warning - and how long
it stays public is watched by a case of its own, so that this one can end.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from engine.process import Step, process
from records.credit import record_event
from records.deadlines import deadline
from records.penalties import SMALL, Penalty, is_published
from records.people import RoleCode, users_with_role
from records.problems import Determination
from records.registry import Establishment
from workflows import penalty_words as words
from workflows.papers import authority
from workflows.parties import tell_establishment
from workflows.penalty_papers import decision_paper, filing_paper, kinds_in_words, notice_paper
from workflows.words import day, last_day, minute

CREDIT_POINTS = {False: -10, True: -30}


def take_up(step: Step) -> Mapping[str, object]:
    """What the penalty is about: the party, the matter, what was determined; the limit of large amounts."""
    penalty = step.session.get_one(Penalty, step.data["penalty_id"])
    determined = step.data["record_determination"]
    found = step.session.get_one(Determination, determined["determination_id"])
    assigned = step.data["assign_handlers"]
    return {
        "penalty_id": penalty.id,
        "party_id": penalty.party_id,
        "party_name": _party(step, penalty).name,
        "matter": penalty.matter,
        "cause": found.cause,
        "legal_basis": found.legal_basis,
        "determination_no": determined["no"],
        "handler": assigned["handler"],
        "second": assigned["second"],
        "large_amount": step.number("R-PEN-LARGE"),
    }


def record_not_filed(step: Step) -> None:
    """The lead sees no ground for a case."""
    step.store.correct(_penalty(step), {"status": "not_filed"}, reason=step.data["approve_filing"]["opinion"])


def record_filing(step: Step) -> Mapping[str, object]:
    """The case is open: ninety days from now (R-PEN-01)."""
    penalty, now = _penalty(step), step.clock.now()
    due_at = step.until("R-PEN-01", now)
    step.store.correct(penalty, {"status": "filed", "filed_at": now, "due_at": due_at})
    paper = filing_paper(step, penalty)
    return {"filed_at": now, "due_at": due_at, "no": paper.no, "extend_days": step.number("R-PEN-01-EXTEND")}


def issue_notice(step: Step) -> Mapping[str, object]:
    """The party is told what is intended, and until when it may speak."""
    penalty, now = _penalty(step), step.clock.now()
    route = step.data["penalty_route"]
    reply_by = step.until("R-PEN-01-HEARING", now)
    step.store.correct(
        penalty, {"status": "notified", "notified_at": now, "is_heavy": route["heavy"], **_reviewed(step)}
    )
    step.instance.is_visible_to_business = True
    paper = notice_paper(step, penalty, last_day(reply_by))
    tell_establishment(step, penalty.party_id, "penalty.notice", words.NOTICE.format(day=last_day(reply_by)))
    return {"notified_at": now, "reply_by": reply_by, "no": paper.no}


def record_statement(step: Step) -> Mapping[str, object]:
    """What the party said; whether there is to be a hearing."""
    said = step.data["party_statement"]
    hearing = said["kind"] == "hearing" and step.data["penalty_route"]["hearing"]
    if hearing:
        step.store.correct(_penalty(step), {"hearing_asked_at": step.clock.now()})
    return {"hearing": hearing}


def record_waiver(step: Step) -> None:
    """The party let the time pass."""
    step.store.correct(_penalty(step), {"status": "notified"})


def notify_hearing(step: Step) -> None:
    """The party is told when and where (APL art. 64: seven days before)."""
    plan = step.data["arrange_hearing"]
    text = words.HEARING.format(at=minute(plan["held_at"]), place=plan["place"])
    tell_establishment(step, _penalty(step).party_id, "penalty.hearing", text)


def record_hearing(step: Step) -> None:
    """The hearing was held."""
    begun = datetime.fromisoformat(step.data["hold_hearing"]["begun_at"])
    step.store.correct(_penalty(step), {"status": "heard", "heard_at": begun})


def record_decision(step: Step) -> Mapping[str, object]:
    """The decision, with its document and what may be published of it."""
    penalty, decided, now = _penalty(step), step.data["decide"], step.clock.now()
    if decided["decision"] == "exempt":
        step.store.correct(penalty, {"status": "decided", "decided_at": now})
        return {"decided_at": now, "disclosable": False, "decision_no": None}
    discussed = step.data.get("collective_discussion")
    met = {"deliberated_at": datetime.fromisoformat(discussed["held_at"])} if discussed else {}
    step.store.correct(penalty, {"status": "decided", "decided_at": now, **met})
    paper = decision_paper(step, penalty)
    tell_establishment(step, penalty.party_id, "penalty.decided", words.DECIDED.format(no=penalty.decision_no))
    return {
        "decided_at": now,
        "no": paper.no,
        "decision_no": penalty.decision_no,
        "disclosable": is_published(penalty) and not step.instance.is_drill,
        **_publication(step, penalty),
    }


def extend_period(step: Step) -> Mapping[str, object]:
    """The manager's answer to the request for more time."""
    penalty, asked = _penalty(step), step.data["request_extension"]
    if step.data["approve_extension"]["decision"] != "grant" or penalty.due_at is None:
        return {"granted": False, "due_at": penalty.due_at}
    days = int(asked["days"])
    due_at = penalty.due_at + timedelta(days=days)
    step.store.correct(penalty, {"due_at": due_at, "extended_days": days}, reason=asked["reason"])
    return {"granted": True, "due_at": due_at}


def report_late(step: Step) -> None:
    """The ninety days are over: the managers are told, unless more time was granted."""
    penalty = _penalty(step)
    if penalty.due_at is not None and penalty.due_at > step.clock.now():
        return
    people = users_with_role(step.session, RoleCode.MANAGER.value, step.instance.region_path)
    step.notify([person.id for person in people], "penalty.late", words.LATE.format(party=_party(step, penalty).name))


def record_exemption(step: Step) -> None:
    """No penalty: the party is told why."""
    penalty = _penalty(step)
    step.store.correct(penalty, {"status": "dropped"}, reason=step.data["decide"]["opinion"])
    tell_establishment(step, penalty.party_id, "penalty.exempted", words.EXEMPTED)


def record_service(step: Step) -> Mapping[str, object]:
    """Served: from now on it is to be paid within fifteen days, and published within twenty working days (R-PUB-05)."""
    penalty = _penalty(step)
    served = datetime.fromisoformat(step.data["serve"]["served_at"])
    decided = datetime.fromisoformat(step.data["record_decision"]["decided_at"])
    region = step.instance.region_code
    rule = "R-PUB-05-CROSS" if penalty.is_cross_province else "R-PUB-05"
    publish_by = deadline(step.session, rule, decided, region).due_at
    pay_by = deadline(step.session, "R-PEN-EXECUTE", served, region).due_at
    step.store.correct(penalty, {"status": "served", "publish_by": publish_by})
    record_event(
        step.store, _party(step, penalty), "penalty", words.CREDIT.format(kinds=kinds_in_words(penalty))[:300],
        CREDIT_POINTS[penalty.is_heavy],
    )  # fmt: skip
    return {"publish_by": publish_by, "pay_by": pay_by}


def record_execution(step: Step) -> None:
    """The decision is carried out."""
    step.store.correct(_penalty(step), {"status": "executed"})


def _penalty(step: Step) -> Penalty:
    return step.session.get_one(Penalty, step.data["take_up"]["penalty_id"])


def _party(step: Step, penalty: Penalty) -> Establishment:
    return step.session.get_one(Establishment, penalty.party_id)


def _reviewed(step: Step) -> dict[str, Any]:
    moments = {"investigated_at": "investigate", "reviewed_at": "legal_review"}
    return {column: datetime.fromisoformat(step.data[element]["_at"]) for column, element in moments.items()}


def _publication(step: Step, penalty: Penalty) -> dict[str, Any]:
    """What is published: SAMR Order 45 art. 6 (summary of the decision), as rows to be reviewed one by one."""
    party, issuer = _party(step, penalty), authority(step)
    values = {
        "decision_no": penalty.decision_no,
        "party": party.name,
        "credit_code": party.credit_code,
        "legal_person": party.legal_person,
        "facts": penalty.facts,
        "basis": penalty.punished_under,
        "content": kinds_in_words(penalty),
        "authority": issuer,
        "decided_on": day(penalty.decided_at),
    }
    told = {"authority": issuer, "party": party.name, "no": penalty.decision_no, "kinds": values["content"]}
    rule = "R-PUB-05-EXPIRE-SMALL" if set(penalty.kinds or ()) <= SMALL else "R-PUB-05-EXPIRE"
    return {
        "title": words.TITLE.format(party=party.name)[:120],
        "abstract": words.ABSTRACT.format(**told),
        "published": {words.FIELDS[name]: value for name, value in values.items()},
        "fields": [{"name": name, "label": words.FIELDS[name], "value": value} for name, value in values.items()],
        "published_months": step.number(rule),
    }


PROCESS = process(
    "penalty",
    take_up,
    record_not_filed,
    record_filing,
    issue_notice,
    record_statement,
    record_waiver,
    notify_hearing,
    record_hearing,
    record_decision,
    extend_period,
    report_late,
    record_exemption,
    record_service,
    record_execution,
    prefix="罚",
)
