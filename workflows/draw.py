"""The double-random draw of one round of an inspection plan, called by the plan.

Two pools are built by rule, each exclusion with its reason. The operator confirms them and cannot edit them. Their hash
is published before there is a seed; then the operator and a witness contribute one part each, which nobody can read
before both are in, and the platform draws: businesses by strata, then two inspectors for each. Whoever was drawn
declares interests, and gives way to the next in the same order. The manager approves the list; every business becomes a
case of its own, an inspection.

Pools that are too small are decided upon with a reason; pools that changed after the commitment void the draw.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine.process import ProcessError, Step, process
from records import draw as draws
from records.clock import today
from records.draws import Draw, DrawMember, DrawStatus, Relation, declarations_of, declare, members_of
from records.people import load_actor
from records.plans import InspectionPlan, PlanRound
from records.registry import Establishment
from records.sealing import is_sealed, sealer_of
from records.verify_draw import PoolTooSmallError, commitment_of
from workflows import draw_words, words
from workflows.draw_papers import draw_papers, duty_rows, team_rows

TOO_SMALL, CHANGED = "E-POOL-TOO-SMALL", "E-POOL-CHANGED"


def build_object_pool(step: Step) -> Mapping[str, object]:
    """A new draw with the pools of today; what was decided about a shortage holds for it."""
    plan_round = _round(step)
    draw = draws.open_draw(step.store, plan_round, today(step.clock), _allowance(step, plan_round))
    pools = draw.document["pools"]
    return {
        "draw_id": draw.id,
        "round": plan_round.number,
        "objects": len(pools["objects"]),
        "strata": _strata(draw.document),
        "excluded": _reasons(pools["excluded_objects"]),
    }


def build_inspector_pool(step: Step) -> Mapping[str, object]:
    """The inspectors of the draw, its hash, and whether both pools will do."""
    draw = _draw(step)
    pools, short = draw.document["pools"], draws.shortages(draw.document)
    if not short and _failed_before(step, draw):
        short = [{"what": "drawn", "needed": 1, "found": 0}]
    return {
        "inspectors": len(pools["inspectors"]),
        "leads": sum(row["can_lead"] for row in pools["inspectors"]),
        "excluded": _reasons(pools["excluded_inspectors"]),
        "sha256": commitment_of(draw.document),
        "wanted": sum(quota["count"] for quota in draw.document["quotas"]),
        "shortages": [{**row, "what": _what(row["what"])} for row in short],
    }


def check_pools(step: Step) -> None:
    """Enough of everything, or E-POOL-TOO-SMALL."""
    if step.data["build_inspector_pool"]["shortages"]:
        raise ProcessError(TOO_SMALL)


def commit_pools(step: Step) -> Mapping[str, object]:
    """The commitment, before there is a seed."""
    draw = _draw(step)
    return {"sha256": draws.bind(step.store, draw), "at": draw.committed_at}


def run_draw(step: Step) -> Mapping[str, object]:
    """The draw with the seed of both, opened only now; E-POOL-CHANGED when the pools are not those committed to."""
    draw, ceremony = _draw(step), step.data["operator_seed"]
    witness = step.data["witness_seed"]
    try:
        members = draws.hold(
            step.store,
            draw,
            operator=load_actor(step.session, ceremony["_by"]),
            operator_part=_opened(step, ceremony["seed_part"]),
            witness=load_actor(step.session, witness["_by"]),
            witness_part=_opened(step, witness["seed_part"]),
            place=ceremony["place"],
        )
    except draws.PoolChangedError as error:
        raise ProcessError(CHANGED) from error
    except PoolTooSmallError as error:
        raise ProcessError(TOO_SMALL) from error
    return {"drawn": len(members), "seed": draw.document["ceremony"]["seed"], "teams": team_rows(step, draw)}


def void_draw(step: Step) -> Mapping[str, object]:
    """The draw does not stand: the manager said so, its pools changed, or nobody could be sent."""
    draw = _draw(step)
    if draw.status == DrawStatus.DRAWN and step.data.get("approve_list", {}).get("decision") == "void":
        reason = step.data["approve_list"]["opinion"]
    else:
        reason = _why_void(step, draw)
    draws.void(step.store, draw, reason)
    return {"draw_id": draw.id, "reason": reason}


def ask_declarations(step: Step) -> Mapping[str, object]:
    """Who was drawn and has not said anything in this draw, with the businesses each is to inspect."""
    draw = _draw(step)
    said = {each.inspector_id for each in declarations_of(step.session, draw.id)}
    wanted = [one for one in draws.inspector_ids(draw) if one not in said]
    return {"inspector_ids": wanted, "duties": duty_rows(step, draw, wanted), "teams": team_rows(step, draw)}


def record_declaration(step: Step) -> None:
    """What an inspector said of each business; nothing but "none" is one declaration."""
    draw, inspector_id = _draw(step), step.data["inspector_id"]
    duties = [row for row in step.data["ask_declarations"]["duties"] if row["inspector"] == inspector_id]
    answered = step.data["declare_interest"]["interests"]
    found = [
        (duty["establishment"], Relation(row["relation"]), row.get("note"))
        for duty, row in zip(duties, answered, strict=True)
        if row["relation"] != Relation.NONE
    ]
    for establishment_id, relation, note in found or [(None, Relation.NONE, None)]:
        declare(step.store, draw, inspector_id, establishment_id, relation, note)


def record_silence(step: Step) -> None:
    """Nothing was said in time: that counts as none, and is written down."""
    declare(step.store, _draw(step), step.data["inspector_id"], None, Relation.NONE, None, is_silent=True)


def replace_conflicted(step: Step) -> Mapping[str, object]:
    """The next in the same order for everyone with an interest (R-INS-07)."""
    draw = _draw(step)
    try:
        replacements = draws.apply_declarations(step.store, draw)
    except PoolTooSmallError as error:
        raise ProcessError(TOO_SMALL) from error
    silent = sum(each.is_silent for each in declarations_of(step.session, draw.id))
    return {"replacements": len(replacements), "silent": silent}


def approve_draw(step: Step) -> Mapping[str, object]:
    """The draw stands: its document is sealed and handed out, its members become inspections."""
    draw, plan_round = _draw(step), _round(step)
    draws.approve(step.store, draw)
    step.store.correct(plan_round, {"status": "drawn"})
    plan = step.session.get_one(InspectionPlan, draw.plan_id)
    certificate, record = draw_papers(step, draw, plan, plan_round)
    members, document = members_of(step.session, draw.id), draw.document
    told = {
        "plan": plan.title, "number": plan_round.number, "objects": len(members), "commitment": draw.commitment,
        "inspectors": len(draws.inspector_ids(draw)), "day": words.day(draw.as_of),
        "by": words.day(plan_round.inspect_by),
    }  # fmt: skip
    return {
        "draw_id": draw.id,
        "mode": plan.mode,
        "member_ids": [member.id for member in members],
        "title": draw_words.TITLE.format(**told)[:120],
        "body": draw_words.BODY.format(**told),
        "summary": draw_words.SUMMARY.format(**told),
        "facts": {row["stratum"]: f"{row['count']} {draw_words.UNIT}" for row in _strata(document) if row["count"]},
        "certificate_no": certificate.no,
        "record_no": record.no,
    }


def describe_assignment(step: Step) -> Mapping[str, object]:
    """What the message to the inspection process says; the member counts as sent."""
    member = step.session.get_one(DrawMember, step.data["member_id"])
    plan_round = _round(step)
    plan = step.session.get_one(InspectionPlan, member.plan_id)
    step.store.correct(member, {"status": "sent"})
    return {
        "establishment": step.session.get_one(Establishment, member.establishment_id).id,
        "mode": plan.mode,
        "reason": draw_words.REASON.format(plan=plan.title, number=plan_round.number),
        "lead_inspector": member.lead_inspector_id,
        "second_inspector": member.second_inspector_id,
        "planned_on": max(today(step.clock), plan_round.inspect_by).isoformat(),
    }


def abandon_draw(step: Step) -> None:
    """Nothing is drawn in this round; why, is kept."""
    decided = (step.data.get(name) or {} for name in ("resolve_shortage", "confirm_pools"))
    reason = next((each["reason"] for each in decided if each.get("decision") == "abandon"), "")
    draws.void(step.store, _draw(step), reason)
    step.store.correct(_round(step), {"status": "abandoned"}, reason=reason)


def _round(step: Step) -> PlanRound:
    return step.session.get_one(PlanRound, step.data["round_id"])


def _draw(step: Step) -> Draw:
    return step.session.get_one(Draw, step.data["build_object_pool"]["draw_id"])


def _opened(step: Step, part: str) -> str:
    """One person's part of the seed in clear: it is kept as ciphertext, so that the other cannot know it before."""
    return sealer_of(step.session).open(part) if is_sealed(part) else part


def _why_void(step: Step, draw: Draw) -> str:
    try:
        draws.require_unchanged(step.session, draw)
    except draws.PoolChangedError as error:
        return draw_words.CHANGED.format(where=draw_words.part(str(error.params["where"])))
    return draw_words.TOO_SMALL


def _allowance(step: Step, plan_round: PlanRound) -> dict[str, Any]:
    """The decision about a shortage, with what was decided before it in this round."""
    last = _last(step, plan_round)
    decided = step.data.get("resolve_shortage")
    if decided is None:
        return {}
    allowance = dict(last.allowance or {}) if last else {}
    kept = {name: decided[name] for name in ("decision", "more_each", "most") if decided.get(name) is not None}
    return {**allowance, **kept, "decided_at": decided["_at"], "reason": decided["reason"]}


def _failed_before(step: Step, draw: Draw) -> bool:
    """The draw before this one found nobody to send, and nothing has been decided about it since."""
    earlier = _last(step, _round(step), but=draw.id)
    if earlier is None or step.data.get("void_draw", {}).get("draw_id") != earlier.id:
        return False
    failed = step.data["void_draw"]["reason"] == draw_words.TOO_SMALL
    return failed and (draw.allowance or {}).get("decided_at") == (earlier.allowance or {}).get("decided_at")


def _last(step: Step, plan_round: PlanRound, but: str = "") -> Draw | None:
    of_round = select(Draw).where(Draw.plan_round_id == plan_round.id, Draw.id != but, Draw.deleted_at.is_(None))
    return step.session.scalars(of_round.order_by(Draw.id.desc()).limit(1)).first()


def _strata(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    there = Counter(row["stratum"] for row in document["pools"]["objects"])
    counts = {quota["stratum"]: quota["count"] for quota in document["quotas"]}
    return [
        {"stratum": draw_words.stratum(code), "there": there[code], "count": counts.get(code, 0)}
        for code in sorted({*there, *counts})
    ]


def _reasons(excluded: list[dict[str, Any]]) -> list[dict[str, Any]]:
    counts = Counter(row["reason"] for row in excluded)
    names = {reason: [row["name"] for row in excluded if row["reason"] == reason][:5] for reason in counts}
    return [
        {"reason": draw_words.REASONS[reason], "count": count, "names": "、".join(names[reason])}
        for reason, count in counts.most_common()
    ]


def _what(what: str) -> str:
    return draw_words.SHORTAGES.get(what) or draw_words.stratum(what)


PROCESS = process(
    "draw",
    build_object_pool,
    build_inspector_pool,
    check_pools,
    commit_pools,
    run_draw,
    void_draw,
    ask_declarations,
    record_declaration,
    record_silence,
    replace_conflicted,
    approve_draw,
    describe_assignment,
    abandon_draw,
    prefix="抽",
)
