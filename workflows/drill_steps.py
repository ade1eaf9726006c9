"""The part of an emergency that only a drill has: designed, begun, disturbed, scored, learnt from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from engine.process import Step
from records.clock import today
from records.drills import (
    CorrectiveAction,
    Drill,
    PlanVersion,
    corrective_actions_of,
    drill_of,
    injects_of,
    plan_in_force,
)
from records.emergencies import ROLE_OF, Agency
from records.people import users_of_establishment, users_with_role
from workflows import emergency_words as say
from workflows.drill_results import scored
from workflows.emergency_papers import after_action_paper, drill_plan_paper, inject_paper
from workflows.words import day


def prepare_drill(step: Step) -> Mapping[str, object]:
    """What is to be approved: the plan that is exercised, the weights, the injects."""
    drill = _drill(step)
    plan = plan_in_force(step.session, step.instance.region_code, today(step.clock))
    designed = step.data["design_drill"]
    lots = [each["lot"] for each in designed.get("lots") or [] if each.get("lot")]
    step.store.correct(
        drill,
        {
            "plan_version_id": plan.id if plan else None,
            "establishment_ids": [each["establishment"] for each in designed["businesses"]],
            "evaluator_ids": list(dict.fromkeys(each["evaluator"] for each in designed["evaluators"])),
            "lot_ids": lots or None,
        },
    )
    return {
        "title": drill.title,
        "plan": f"{plan.name} v{plan.number}" if plan else say.NO_PLAN,
        "injects": [
            {"code": each.code, "minute": each.minute, "kind": say.INJECTS.get(each.kind, ""), "text": each.text}
            for each in injects_of(step.session, drill.id)
        ],
    }


def release_drill(step: Step) -> Mapping[str, object]:
    """The drill begins: its plan is a document, its injects get their times, the invited are told if they may."""
    drill, now = _drill(step), step.clock.now()
    step.store.correct(drill, {"approved_at": now, "began_at": now, "status": "running"})
    for inject in injects_of(step.session, drill.id):
        minutes = inject.minute / drill.clock_factor if drill.clock_factor else 0
        step.store.correct(inject, {"due_at": now + timedelta(minutes=minutes), "status": "planned"})
    paper = drill_plan_paper(step, drill)
    if not drill.is_without_notice:
        step.notify(_invited(step, drill), "drill.announced", say.DRILL_TOLD.format(title=drill.title or say.UNNAMED))
    return {"began_at": now, "no": paper.no, "inject_ids": [each.id for each in injects_of(step.session, drill.id)]}


def arm_inject(step: Step) -> Mapping[str, object]:
    """When one inject comes, and what it is."""
    inject = next(each for each in injects_of(step.session, _drill(step).id) if each.id == step.data["inject_id"])
    step.store.correct(inject, {"status": "due"})
    return {
        "due_at": inject.due_at,
        "code": inject.code,
        "kind": say.INJECTS.get(inject.kind, inject.kind),
        "text": inject.text,
        "expected": inject.expected,
    }


def drop_injects(step: Step) -> None:
    """The exercise is over: what was not played stays so, and the log says so."""
    for inject in injects_of(step.session, _drill(step).id):
        if inject.played_at is None:
            step.store.correct(inject, {"status": "left_out"})


def open_evaluation(step: Step) -> Mapping[str, object]:
    """What the engine measured, for the evaluators; the log of the injects as a document."""
    drill = _drill(step)
    facts = scored(step, drill)
    inject_paper(step, drill)
    step.notify(drill.evaluator_ids or [], "drill.evaluate", say.EVALUATE.format(title=drill.title or say.UNNAMED))
    return facts


def score_drill(step: Step) -> Mapping[str, object]:
    """The mean of the evaluators' sums, of 100."""
    return scored(step, _drill(step))


def issue_after_action(step: Step) -> Mapping[str, object]:
    """The after-action report; each corrective action is somebody's task with a date."""
    drill = _drill(step)
    after_action_paper(step, drill)
    actions = corrective_actions_of(step.session, drill.id)
    for each in actions:
        text = say.IMPROVE.format(action=each.action, day=day(each.due_on))
        step.notify([each.owner_id], "drill.improve", text)
    return {
        "action_ids": [each.id for each in actions],
        "actions": [_action_facts(each) for each in actions],
    }


def archive_drill(step: Step) -> Mapping[str, object]:
    """The plan's new version is in force, the old one replaced; the drill is archived (FSLR art. 55)."""
    drill, now = _drill(step), step.clock.now()
    version = _new_version(step, drill) if step.data["revise_plan"]["decision"] == "revise" else None
    step.store.correct(drill, {"status": "archived"})
    return {"archived_at": now, "version": version.number if version else None}


def _drill(step: Step) -> Drill:
    drill = drill_of(step.session, step.instance.id)
    if drill is None:
        raise LookupError("the case is no drill")
    return drill


def _invited(step: Step, drill: Drill) -> list[str]:
    """Everyone who takes part: the agencies' people and those of the businesses."""
    roles = [ROLE_OF[Agency(code)] for code in drill.agencies or []]
    people = [each for role in roles for each in users_with_role(step.session, role, step.instance.region_path)]
    for establishment_id in drill.establishment_ids or []:
        people += users_of_establishment(step.session, establishment_id)
    return [each.id for each in people]


def _action_facts(action: CorrectiveAction) -> dict[str, Any]:
    return {
        "id": action.id,
        "code": action.code,
        "gap": action.gap,
        "action": action.action,
        "owner_id": action.owner_id,
        "due_on": action.due_on,
    }


def _new_version(step: Step, drill: Drill) -> PlanVersion:
    """The plan as the drill changed it: a version of its own, real although a drill made it."""
    told = step.data["revise_plan"]
    old = step.session.get(PlanVersion, drill.plan_version_id) if drill.plan_version_id else None
    version = PlanVersion(
        name=old.name if old else say.DEFAULT_PLAN,
        number=old.number + 1 if old else 1,
        text=told["text"],
        changes=told["changes"],
        valid_from=date.fromisoformat(told["valid_from"]),
        valid_until=date.fromisoformat(told["valid_until"]) if told.get("valid_until") else None,
        replaces_id=old.id if old else None,
        approved_at=step.clock.now(),
        status="in_force",
        no=step.instance.business_key,
        region_code=step.instance.region_code,
        region_path=step.instance.region_path,
    )
    if old is not None:
        step.store.correct(old, {"status": "replaced"}, reason=told["changes"])
    step.store.add(version)
    step.store.correct(version, {"is_drill": False})
    return version
