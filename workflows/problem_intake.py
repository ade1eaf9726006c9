"""Problem handling, first part: what was reported, whether it is known already, who handles it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine.model import InstanceState, ProcessInstance
from engine.process import Step
from records.clock import ZONE, today
from records.deadlines import deadline
from records.informants import Informant
from records.people import RoleCode, User
from records.problems import Hazard, ProblemCase, ProblemSource, possible_duplicates
from records.registry import Establishment, Product
from records.rules import find_rule, whole_number
from records.trace_model import Lot
from workflows import problem_words as words
from workflows.parties import subject_name

#: whoever begins in one of these roles reports for that source, whatever the form says
FORCED = {RoleCode.BUSINESS.value: ProblemSource.SELF_REPORT, RoleCode.HEALTH.value: ProblemSource.HOSPITAL}


def open_problem(step: Step) -> Mapping[str, object]:
    """The problem's record, from the form or from another process; an informant is kept apart, sealed."""
    problem = _registered(step) if "problem_registered" in step.data else _reported(step)
    lots = lots_of(step, problem)
    if problem.origin is ProblemSource.SELF_REPORT:
        step.instance.is_visible_to_business = True
    return {
        "problem_id": problem.id,
        "source": problem.origin.value,
        "summary": problem.summary,
        "hazard": problem.hazard.value,
        "population": problem.population,
        "affected": problem.affected,
        "ill": problem.ill,
        "dead": problem.dead,
        "found_at": problem.found_at,
        "reported_at": problem.reported_at,
        "place": problem.place,
        "product_name": problem.product_name,
        "lot_ids": problem.lots or [],
        "lot_codes": "、".join(lot.tlc for lot in lots),
        "has_informant": problem.has_informant,
        "is_named": problem.is_named,
        "opened_at": step.clock.now(),
        "establishment_name": subject_name(step),
    }


def find_duplicates(step: Step) -> Mapping[str, object]:
    """Problems of the same subject or lots within R-CMP-DUPLICATE days."""
    problem = problem_of(step)
    days = step.number("R-CMP-DUPLICATE")
    return {"found": [_known(step, problem, other) for other in possible_duplicates(step.session, problem, days)[:20]]}


def merge_problem(step: Step) -> Mapping[str, object]:
    """The problem is part of another one, which takes what was reported as new evidence."""
    problem, other = problem_of(step), step.session.get_one(ProblemCase, step.data["judge_duplicate"]["other"])
    reason = words.MERGED.format(no=other.no)
    values = {"status": "merged", "duplicate_of": other.id, "closed_at": step.clock.now(), "closing": reason}
    step.store.correct(problem, values, reason=step.data["judge_duplicate"]["reason"])
    return {"problem_id": other.id, "case_no": _case_no(step, other)}


def set_level(step: Step) -> Mapping[str, object]:
    """The level that the decision table proposes, and until when the report is verified."""
    proposed = step.data["problem_triage"]
    problem, region = problem_of(step), step.instance.region_code
    linked = (step.data.get("judge_duplicate") or {}).get("other")
    level = int(proposed["level"])
    step.store.correct(problem, {"level": level, "status": "triaged", "duplicate_of": linked})
    rule = find_rule(step.session, "R-CMP-01-EXTEND", today(step.clock), region)
    opened = datetime.fromisoformat(step.data["open_problem"]["opened_at"])
    verify_by = deadline(step.session, proposed["rule"], opened, region).due_at
    return {"level": level, "rule": proposed["rule"], "verify_by": verify_by, "extend_days": whole_number(rule)}


def confirm_assignment(step: Step) -> Mapping[str, object]:
    """The pair is named: from now on the informant is known to them and the manager only."""
    assigned = step.data["assign_handlers"]
    step.store.correct(problem_of(step), {"status": "verifying", "level": int(assigned["level"])})
    return {"level": int(assigned["level"]), "handler": assigned["handler"], "second": assigned["second"]}


def problem_of(step: Step) -> ProblemCase:
    """The case's problem."""
    opened = step.data.get("open_problem")
    return _own(step) if opened is None else step.session.get_one(ProblemCase, opened["problem_id"])


def lots_of(step: Step, problem: ProblemCase) -> list[Lot]:
    """The problem's lots, in its order."""
    found = (step.session.get(Lot, lot_id) for lot_id in problem.lots or ())
    return [lot for lot in found if lot is not None]


def _own(step: Step) -> ProblemCase:
    of_case = select(ProblemCase).where(
        ProblemCase.process_instance_id == step.instance.id, ProblemCase.deleted_at.is_(None)
    )
    return step.session.scalars(of_case.order_by(ProblemCase.id.desc()).limit(1)).one()


def _registered(step: Step) -> ProblemCase:
    told, problem = step.data["problem_registered"], _own(step)
    starter = step.session.get(User, step.instance.started_by)
    roles = {role.name for role in starter.roles} if starter else set()
    sealed = {f"sealed_{name}": told.get(f"informant_{name}") for name in ("name", "phone", "note")}
    values: dict[str, Any] = {
        "origin": next((source for role, source in FORCED.items() if role in roles), problem.origin),
        "reported_at": step.instance.started_at,
        "lots": list(dict.fromkeys(row["lot"] for row in told.get("lots") or [])) or None,
        "product_name": _product_name(step, told.get("product"), told.get("product_name")),
        "has_informant": any(sealed.values()),
        "is_named": bool(sealed["sealed_name"]),
        "status": "reported",
    }
    step.store.correct(problem, values)
    if any(sealed.values()):
        _keep_informant(step, problem, sealed)
    return problem


def _keep_informant(step: Step, problem: ProblemCase, sealed: Mapping[str, str | None]) -> None:
    informant = Informant(
        problem_case_id=problem.id,
        is_named=problem.is_named,
        region_code=problem.region_code,
        region_path=problem.region_path,
        establishment_id=None,
        no=problem.no,
        **sealed,
    )
    step.store.add(informant)


def _reported(step: Step) -> ProblemCase:
    """What another process reports: its message's content, as far as it fits."""
    told, instance = step.data["problem_reported"], step.instance
    hazard = told.get("hazard")
    found_at = _moment(told.get("found_at")) or step.clock.now()
    return step.store.add(
        ProblemCase(
            no=instance.business_key,
            origin=ProblemSource(told.get("source") or ProblemSource.INSPECTION),
            hazard=Hazard(hazard) if hazard in set(Hazard) else Hazard.OTHER,
            summary=str(told.get("summary") or "")[:5000],
            found_at=min(found_at, step.clock.now()),
            reported_at=step.clock.now(),
            place=_place(step),
            product_id=told.get("product_id"),
            product_name=_product_name(step, told.get("product_id"), told.get("product_name")),
            lots=list(told.get("lot_ids") or []) or None,
            population="general",
            affected=int(told.get("ill") or 0),
            ill=int(told.get("ill") or 0),
            dead=int(told.get("dead") or 0),
            source_case_no=told.get("source_case_no"),
            source_record_id=told.get("source_record_id"),
            status="reported",
            establishment_id=instance.establishment_id,
            region_code=instance.region_code,
            region_path=instance.region_path,
        )
    )


def _place(step: Step) -> str | None:
    owner = step.session.get(Establishment, step.instance.establishment_id or "")
    return None if owner is None else owner.address


def _product_name(step: Step, product_id: str | None, name: str | None) -> str | None:
    product = step.session.get(Product, product_id) if product_id else None
    return name or (product.name if product else None)


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)


def _known(step: Step, problem: ProblemCase, other: ProblemCase) -> dict[str, Any]:
    place = step.session.get(Establishment, other.establishment_id or "")
    same = [words.SAME_SUBJECT] if other.establishment_id == problem.establishment_id else []
    same += [words.SAME_LOT] if set(other.lots or ()) & set(problem.lots or ()) else []
    case = step.session.get(ProcessInstance, other.process_instance_id or "")
    return {
        "id": other.id,
        "no": other.no,
        "found_at": other.found_at,
        "establishment": place.name if place else "",
        "summary": other.summary[:200],
        "same": "、".join(same),
        "is_open": case is not None and case.state is InstanceState.ACTIVE,
    }


def _case_no(step: Step, other: ProblemCase) -> str:
    case = step.session.get(ProcessInstance, other.process_instance_id or "")
    return "" if case is None else case.business_key
