"""Problem handling, fourth part: what is determined, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine.process import Step
from records.credit import record_event
from records.inspections import Finding
from records.penalties import Penalty
from records.problems import Determination, ResponsibleParty, Transfer
from records.recalls import RecallClass
from records.recalls import open_recall as start_recall
from records.registry import Establishment
from records.sampling import plan_sample
from records.trace import TraceRun, scope_lots
from records.trace_model import Lot
from workflows import problem_words as words
from workflows.problem_intake import problem_of
from workflows.problem_papers import determination_sheet, transfer_letter
from workflows.problem_tracing import on_market

CREDIT_POINTS = {1: -40, 2: -25, 3: -15, 4: -5}
RECALL_CLASSES = {"1": RecallClass.FIRST, "2": RecallClass.SECOND, "3": RecallClass.THIRD}
NOT_THEIR_FAULT = frozenset({"consumer", "unknown"})


def open_sampling(step: Step) -> Mapping[str, object]:
    """A sample for each line of the sampling plan, taken where the problem is."""
    planned = []
    for row in step.data["preliminary_verification"]["samples"]:
        lot = step.session.get(Lot, row.get("lot") or "")
        owner = step.instance.establishment_id or (lot.establishment_id if lot else None)
        planned.append(
            plan_sample(
                step.store, instance=step.instance, establishment_id=owner or "",
                product_name=row["product_name"], reason=row["reason"], lot_id=lot.id if lot else None,
                lot_code=lot.tlc if lot else None,
            )
        )  # fmt: skip
    return {"sample_ids": [sample.id for sample in planned]}


def lay_out_determination(step: Step) -> Mapping[str, object]:
    """What the reviewer holds the determination against: who answers for what, and which lots are meant."""
    told, run = step.data["determination"], step.session.get(TraceRun, problem_of(step).trace_run_id or "")
    holders = {row.holder_id for row in scope_lots(run)} if run else set()
    parties = [
        {
            "name": step.session.get_one(Establishment, each["party"]).name,
            "share": f"{each['share']}%",
            "basis": each["basis"],
            "on_path": each["party"] in holders,
            "reason": each.get("override_reason"),
        }
        for each in told["parties"]
    ]
    scope = [
        {
            "tlc": lot["tlc"],
            "product": lot["product"],
            "left": f"{lot['left']} {lot['unit']}",
            "holders": lot["holders"],
        }
        for lot in _scope(run) or []
    ]
    return {"parties": parties, "scope": scope, "scope_note": told.get("scope_reason")}


def record_determination(step: Step) -> Mapping[str, object]:
    """The six answers are fixed: the scope frozen from the trace, the parties held against it, the sheet issued."""
    found = step.session.get_one(Determination, newest(step, Determination))
    problem, told = problem_of(step), step.data["determination"]
    run = step.session.get(TraceRun, problem.trace_run_id or "")
    evidence: dict[str, list[str]] = {}
    for row in told["evidence"]:
        evidence.setdefault(row["answer"], []).append(row["description"])
    step.store.correct(
        found,
        {
            "status": "determined",
            "determined_at": step.clock.now(),
            "trace_run_id": run.id if run else None,
            "trace_hash": run.sha256 if run else None,
            "scope": _scope(run),
            "analysis": told["analysis"],
            "evidence": evidence,
        },
    )
    parties = parties_of(step, found)
    holders = {row.holder_id for row in scope_lots(run)} if run else set()
    for party in parties:
        step.store.correct(party, {"is_on_path": party.party_id in holders})
    step.store.correct(problem, {"status": "determined", "stage": found.stage})
    step.instance.is_visible_to_business = True
    paper = determination_sheet(step, found, parties)
    local = [party for party in parties if is_local(step, party)]
    return {
        "determination_id": found.id,
        "no": paper.no,
        "cause_code": found.cause_code,
        "lots_on_market": len({row.lot_id for row in on_market(scope_lots(run))}) if run else 0,
        "is_local": bool(local),
    }


def order_rectification(step: Step) -> Mapping[str, object]:
    """What each responsible business here is to put right: one order each (read by the rectification it calls)."""
    found = step.session.get_one(Determination, step.data["record_determination"]["determination_id"])
    orders = {party.party_id: _order(step, found, party) for party in _local_or_all(step, found)}
    return {"establishment_ids": list(orders), "orders": orders}


def _order(step: Step, found: Determination, party: ResponsibleParty) -> dict[str, Any]:
    chosen, assigned = step.data["choose_measures"], step.data["assign_handlers"]
    finding = step.store.add(
        Finding(
            code="P1",
            text=words.CAUSES[found.cause_code or "unknown"],
            note=found.cause,
            is_key=True,
            severity="serious",
            affects_safety=True,
            disposition="dated",
            status="open",
            no=step.instance.business_key,
            establishment_id=party.party_id,
            region_code=step.instance.region_code,
            region_path=step.instance.region_path,
        )
    )
    listed = {"id": finding.id, "code": finding.code, "text": finding.text, "note": finding.note, "is_key": True}
    return {
        "establishment_id": party.party_id,
        "days": int(chosen["rectify_days"]),
        "requirement": chosen["requirement"],
        "has_key": True,
        "findings": [{**listed, "basis": found.legal_basis}],
        "lead_inspector": assigned["handler"],
        "second_inspector": assigned["second"],
        "occasion": words.ORDERED_BY.format(no=step.instance.business_key),
    }


def open_recall(step: Step) -> Mapping[str, object]:
    """A recall of the traced lots, by the party with the largest share (read by the recall it calls)."""
    found = step.session.get_one(Determination, step.data["record_determination"]["determination_id"])
    chosen, reported = step.data["choose_measures"], step.data["open_problem"]
    party = max(_local_or_all(step, found), key=lambda one: one.share)
    recall = start_recall(
        step.store,
        instance=step.instance,
        establishment_id=party.party_id,
        trace_run_id=found.trace_run_id or "",
        reason=chosen["recall_reason"],
        recall_class=RECALL_CLASSES[chosen["recall_class"]],
    )
    people = {name: reported[name] for name in ("ill", "dead")}
    return {"recall_id": recall.id, "hazard": reported["hazard"], "severe": 0, **people}


def open_penalty(step: Step) -> Mapping[str, object]:
    """A penalty for each party within the jurisdiction, to be filed."""
    found = step.session.get_one(Determination, step.data["record_determination"]["determination_id"])
    cause = words.CAUSES[found.cause_code or "unknown"]
    matter = words.PENALTY_MATTER.format(cause=cause, no=step.instance.business_key)
    opened = [_penalty(step, party, matter) for party in _local_or_all(step, found)]
    return {"penalty_ids": [one.id for one in opened]}


def hand_over(step: Step) -> Mapping[str, object]:
    """The problem goes to the police or another authority, with a letter and a date for the reply."""
    chosen, now = step.data["choose_measures"], step.clock.now()
    due_at = step.until("R-PRB-TRANSFER", now)
    transfer = step.store.add(
        Transfer(
            recipient_kind=chosen["transfer_to"],
            recipient=chosen["recipient"],
            reason=chosen["transfer_reason"],
            materials="、".join(words.MATERIALS[each] for each in chosen["materials"]),
            sent_at=now,
            due_at=due_at,
            status="sent",
            no=step.instance.business_key,
            establishment_id=step.instance.establishment_id,
            region_code=step.instance.region_code,
            region_path=step.instance.region_path,
        )
    )
    paper = transfer_letter(step, transfer)
    return {"transfer_id": transfer.id, "no": paper.no, "sent_at": now, "due_at": due_at}


def record_reply(step: Step) -> None:
    """What the recipient answered, on the platform or by message."""
    replies = (step.data.get(each) for each in ("police_reply", "police_replied", "await_reply"))
    reply: Mapping[str, Any] = next((each for each in replies if each), {})
    status = {"accept": "accepted", "decline": "declined", "silent": "silent"}.get(str(reply.get("decision")), "silent")
    said = " ".join(str(reply[name]) for name in ("reply_no", "reason") if reply.get(name))
    transfer = step.session.get_one(Transfer, step.data["hand_over"]["transfer_id"])
    step.store.correct(transfer, {"status": status, "replied_at": step.clock.now(), "reply": said or None})


def update_problem_credit(step: Step) -> None:
    """What was determined enters the credit file of each party here, by its share (R-INS-16)."""
    found = step.session.get_one(Determination, step.data["record_determination"]["determination_id"])
    if found.cause_code in NOT_THEIR_FAULT:
        return
    level = int(step.data["confirm_assignment"]["level"])
    for party in parties_of(step, found):
        if is_local(step, party):
            points = round(CREDIT_POINTS[level] * float(party.share) / 100)
            share = format(party.share.normalize(), "f")
            text = words.DETERMINED.format(cause=words.CAUSES[found.cause_code or "unknown"], share=share)
            record_event(step.store, step.session.get_one(Establishment, party.party_id), "problem", text, points)


def parties_of(step: Step, found: Determination) -> list[ResponsibleParty]:
    """Who answers for the problem, in the order they were named."""
    named = select(ResponsibleParty).where(
        ResponsibleParty.determination_id == found.id, ResponsibleParty.deleted_at.is_(None)
    )
    return list(step.session.scalars(named.order_by(ResponsibleParty.id)))


def is_local(step: Step, party: ResponsibleParty) -> bool:
    """Whether a party lies in the case's region."""
    place = step.session.get_one(Establishment, party.party_id)
    return place.region_path.startswith(step.instance.region_path)


def _local_or_all(step: Step, found: Determination) -> list[ResponsibleParty]:
    parties = parties_of(step, found)
    return [party for party in parties if is_local(step, party)] or parties


def _penalty(step: Step, party: ResponsibleParty, matter: str) -> Penalty:
    place = step.session.get_one(Establishment, party.party_id)
    return step.store.add(
        Penalty(
            problem_case_id=problem_of(step).id,
            party_id=party.party_id,
            matter=matter,
            status="opened",
            no=step.instance.business_key,
            establishment_id=party.party_id,
            region_code=place.region_code,
            region_path=place.region_path,
        )
    )


def _scope(run: TraceRun | None) -> list[dict[str, Any]] | None:
    """The lots of the trace, each with what is left of it and with how many holders."""
    if run is None:
        return None
    lots: dict[str, dict[str, Any]] = {}
    for row in scope_lots(run):
        lot = lots.setdefault(
            row.lot_id,
            {
                "lot_id": row.lot_id,
                "tlc": row.tlc,
                "product": row.product_name,
                "unit": row.unit,
                "left": 0,
                "holders": 0,
            },
        )
        lot["left"] += max(row.quantity_left, 0)
        lot["holders"] += 1
    return [{**lot, "left": format(lot["left"], "f") if lot["left"] else "0"} for lot in lots.values()]


def newest(step: Step, kind: type[Any]) -> str:
    """The id of the case's newest record of a kind."""
    of_case = select(kind.id).where(kind.process_instance_id == step.instance.id, kind.deleted_at.is_(None))
    found: str = step.session.scalars(of_case.order_by(kind.id.desc()).limit(1)).one()
    return found
