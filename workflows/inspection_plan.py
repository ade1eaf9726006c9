"""An inspection plan of a year or a campaign, from its draft to the report of what was covered.

A lead drafts scope, period and rounds. The platform grades the risk of every business, proposes frequencies and ratios
by stratum, and weighs the work against the people there are. The manager approves, returns or rejects. What is approved
is frozen with a snapshot of the pool and made public. Each round, on its day, is a double-random draw. In the middle of
the period the plan is looked at again and may become another edition. In the end, whoever was not checked in full
within two years is named (R-INS-05) and must be drawn next time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from engine.process import Step, process
from records.checklists import ChecklistTemplate
from records.clock import ZONE, today
from records.draw_objects import Question, arrears_of
from records.draw_rules import DrawRules
from records.draws import DrawMember
from records.people import Organisation, Region
from records.plan_strata import Profile, capacity_of, profiles_of, strata_by_grade
from records.plans import InspectionPlan, PlanRound, edition_of, freeze, plan_of_case, rounds_of, strata_of
from records.store import Store
from workflows import draw_words, words
from workflows.papers import authority, issue_paper


def open_plan(step: Step) -> Mapping[str, object]:
    """What the draft starts from: the year, and what there is to choose from in the region."""
    begun: Mapping[str, Any] = next(
        (step.data[name] for name in ("plan_begun", "plan_requested") if name in step.data), {}
    )
    year = int(begun.get("year") or today(step.clock).year + 1)
    region = step.session.scalars(select(Region).where(Region.code == step.instance.region_code)).one()
    below = select(Region).where(Region.parent_code == region.code, Region.deleted_at.is_(None))
    regions = [*step.session.scalars(below.order_by(Region.code)), region]
    partners = select(Organisation).where(
        Organisation.region_path.startswith(region.path, autoescape=True),
        Organisation.is_managing.is_(False),
        Organisation.deleted_at.is_(None),
    )
    templates = select(ChecklistTemplate).where(
        ChecklistTemplate.status == "released", ChecklistTemplate.deleted_at.is_(None)
    )
    return {
        "year": year,
        "kind": begun.get("kind") or "routine",
        "title": begun.get("title") or draw_words.PLAN_TITLE.format(year=year),
        "basis": begun.get("reason") or draw_words.SEASON_BASIS,
        "authority": authority(step),
        "regions": [_option(each.code, each.name) for each in regions],
        "departments": [
            _option(each.id, each.name) for each in step.session.scalars(partners.order_by(Organisation.id))
        ],
        "checklists": [
            _option(each.id, f"{each.name}（第{each.edition}版）")
            for each in step.session.scalars(templates.order_by(ChecklistTemplate.code, ChecklistTemplate.edition))
        ],
    }


def profile_subjects(step: Step) -> Mapping[str, object]:
    """The businesses in scope, by what their risk grade follows from."""
    profiles = profiles_of(step.session, plan_of_case(step.session, step.instance.id))
    return {"profiles": [profile.as_row() for profile in profiles]}


def list_strata(step: Step) -> Mapping[str, object]:
    """The strata that the grades make."""
    base = step.number("R-INS-19-RATIO")
    strata = strata_by_grade(_graded(step))
    return {"strata": [{**row, "kind_word": draw_words.KINDS[row["kind"]], "base": base} for row in strata]}


def propose_quotas(step: Step) -> Mapping[str, object]:
    """Ratio and visits of every stratum, and the work they make beside what the people can do."""
    rows = []
    tables = zip(*(step.data[name] for name in ("visit_frequency", "sampling_ratio")), strict=True)
    for stratum, (rule, ratio) in zip(step.data["list_strata"]["strata"], tables, strict=True):
        visits = step.number(rule)
        rows.append({**stratum, "visits": visits, "ratio": int(ratio), "quota": _ceiling(stratum["population"], ratio)})
    workers, capacity = capacity_of(step.session, step.instance.region_path, step.rule("R-INS-CAPACITY"))
    work = sum(row["quota"] for row in rows) * step.number("R-INS-06")
    return {"strata": rows, "inspectors": workers, "capacity": capacity, "workload": work}


def reject_plan(step: Step) -> None:
    """The plan is not approved."""
    plan = plan_of_case(step.session, step.instance.id)
    step.store.correct(plan, {"status": "rejected"}, reason=step.data["approve_plan"]["opinion"])


def freeze_plan(step: Step) -> Mapping[str, object]:
    """The first edition: quotas counted, rounds numbered, the pool as it is now; the plan on paper."""
    plan = plan_of_case(step.session, step.instance.id)
    _count(step.store, plan, {row["code"]: row["ratio"] for row in step.data["set_quotas"]["strata"]})
    rounds = rounds_of(step.session, plan.id)
    for number, each in enumerate(rounds, 1):
        step.store.correct(each, {"number": number, "status": "planned"})
    edition = freeze(step.store, plan, _pool(step))
    strata = [_stratum_row(each) for each in strata_of(step.session, plan.id)]
    total = sum(row["quota"] for row in strata)
    told = {
        "title": plan.title, "starts": words.day(plan.starts_on), "ends": words.day(plan.ends_on), "quota": total,
        "rounds": len(rounds), "basis": plan.basis,
    }  # fmt: skip
    paper = issue_paper(step, "inspection_plan", _plan_facts(step, plan, strata, rounds) | {"edition": edition.number})
    middle = plan.starts_on + (plan.ends_on - plan.starts_on) / 2
    return {
        "plan_id": plan.id,
        "no": paper.no,
        "round_ids": [each.id for each in rounds],
        "strata": strata,
        "ends_at": datetime.combine(plan.ends_on + timedelta(days=1), time(), ZONE),
        "review_at": datetime.combine(middle, time(9), ZONE),
        "is_public": True,
        "title": plan.title,
        "body": draw_words.PLAN_BODY.format(**told),
        "summary": draw_words.PLAN_SUMMARY.format(**told),
        "facts": {row["name"]: f"{row['quota']} / {row['population']} {draw_words.UNIT}" for row in strata},
        "edition": edition.number,
        "pool_hash": edition.pool_hash,
    }


def open_round(step: Step) -> Mapping[str, object]:
    """When the round is drawn."""
    plan_round = step.session.get_one(PlanRound, step.data["round_id"])
    return {"number": plan_round.number, "draw_at": datetime.combine(plan_round.draw_on, time(9), ZONE)}


def adopt_adjustment(step: Step) -> Mapping[str, object]:
    """Another edition of the plan, for the rounds that are still to be drawn."""
    plan = plan_of_case(step.session, step.instance.id)
    adjusted = step.data["adjust_plan"]
    _count(step.store, plan, {row["code"]: row["ratio"] for row in adjusted["strata"]}, adjusted["reason"])
    edition = freeze(step.store, plan, _pool(step), reason=adjusted["reason"])
    strata = [_stratum_row(each) for each in strata_of(step.session, plan.id)]
    facts = _plan_facts(step, plan, strata, rounds_of(step.session, plan.id))
    paper = issue_paper(step, "inspection_plan", facts | {"edition": edition.number, "reason": adjusted["reason"]})
    return {"edition": edition.number, "no": paper.no}


def check_coverage(step: Step) -> Mapping[str, object]:
    """What was drawn of the plan, and whom nobody checked in full for two years (R-INS-05)."""
    plan = plan_of_case(step.session, step.instance.id)
    day = today(step.clock)
    edition = edition_of(step.session, plan)
    question = Question(plan, (), edition.pool, day, step.instance.region_path, None)
    late = arrears_of(step.session, question, DrawRules.in_force(step.session, day, step.instance.region_code))
    drawn = select(DrawMember).where(DrawMember.plan_id == plan.id, DrawMember.status == "sent")
    sent = list(step.session.scalars(drawn))
    return {"arrears": len(late), "drawn": len(sent), "quota": sum(s.quota for s in strata_of(step.session, plan.id))}


def close_plan(step: Step) -> Mapping[str, object]:
    """The report of what was done."""
    plan = plan_of_case(step.session, step.instance.id)
    step.store.correct(plan, {"status": "executed"})
    strata = [_stratum_row(each) for each in strata_of(step.session, plan.id)]
    drawn = select(DrawMember.stratum).where(DrawMember.plan_id == plan.id, DrawMember.status == "sent")
    sent = list(step.session.scalars(drawn))
    counted = [{**row, "drawn": sent.count(row["code"])} for row in strata]
    facts = _plan_facts(step, plan, counted, rounds_of(step.session, plan.id)) | {
        "edition": plan.edition,
        "coverage": step.data["check_coverage"],
        "explanation": step.data.get("explain_arrears", {}).get("reason"),
        "remedy": step.data.get("explain_arrears", {}).get("remedy"),
    }
    return {"no": issue_paper(step, "plan_report", facts).no}


def _option(value: str, label: str) -> dict[str, str]:
    return {"value": value, "label": label}


def _ceiling(population: int, ratio: int) -> int:
    return -(-population * int(ratio) // 100)


def _graded(step: Step) -> list[tuple[Profile, str]]:
    profiles = profiles_of(step.session, plan_of_case(step.session, step.instance.id))
    grades = {row["id"]: grade for row, grade in _grades(step)}
    return [(profile, grades.get(profile.id, "B")) for profile in profiles]


def _grades(step: Step) -> list[tuple[dict[str, Any], str]]:
    return list(zip(step.data["profile_subjects"]["profiles"], step.data["risk_grade"], strict=True))


def _pool(step: Step) -> dict[str, str]:
    """Stratum by business, as the plan grades it now."""
    graded = _graded(step)
    return {one: f"{profile.kind}/{grade}" for profile, grade in graded for one in profile.establishment_ids}


def _count(store: Store, plan: InspectionPlan, ratios: Mapping[str, Any], reason: str | None = None) -> None:
    """Quota of every stratum: its ratio of the population, rounded up."""
    for stratum in strata_of(store.session, plan.id):
        ratio = int(ratios.get(stratum.code, stratum.ratio))
        changes = {"ratio": ratio, "quota": _ceiling(stratum.population, ratio)}
        store.correct(stratum, changes, reason=reason)


def _stratum_row(stratum: Any) -> dict[str, Any]:
    return {
        "code": stratum.code,
        "name": draw_words.stratum(stratum.code),
        "population": stratum.population,
        "visits": stratum.visits,
        "ratio": stratum.ratio,
        "quota": stratum.quota,
        "key_items": stratum.key_items,
    }


def _plan_facts(
    step: Step, plan: InspectionPlan, strata: list[dict[str, Any]], rounds: list[PlanRound]
) -> dict[str, Any]:  # fmt: skip
    opened = step.data["open_plan"]
    labels = {each["value"]: each["label"] for name in _CHOSEN for each in opened[name]}
    return {
        "authority": authority(step),
        "issued_on": words.day(today(step.clock)),
        "title": plan.title,
        "year": plan.year,
        "kind_word": draw_words.PLAN_KINDS[plan.kind],
        "starts_on": words.day(plan.starts_on),
        "ends_on": words.day(plan.ends_on),
        "basis": plan.basis,
        "regions": "、".join(labels.get(each, each) for each in plan.regions or []),
        "departments": "、".join([opened["authority"], *(labels.get(each, each) for each in plan.departments or [])]),
        "checklists": "、".join(labels.get(each, each) for each in plan.checklists or []),
        "strata": strata,
        "rounds": [
            {"number": each.number, "draw_on": words.day(each.draw_on), "inspect_by": words.day(each.inspect_by)}
            for each in rounds
        ],
        "total": sum(row["quota"] for row in strata),
    }


_CHOSEN = ("regions", "departments", "checklists")

PROCESS = process(
    "inspection_plan",
    open_plan,
    profile_subjects,
    list_strata,
    propose_quotas,
    reject_plan,
    freeze_plan,
    open_round,
    adopt_adjustment,
    check_coverage,
    close_plan,
    prefix="划",
)
