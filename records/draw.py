"""The double-random draw, step by step: pools, commitment, seed, draw, replacements, document (R-INS-01).

The draw itself is ``records.verify_draw``, which is handed out with the document; here it meets the store. Each step is
written into the document, and what the commitment binds never changes after it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from records import verify_draw
from records.draw_inspectors import Span, build_inspectors
from records.draw_objects import Question, build_objects
from records.draw_quotas import quotas_of
from records.draw_rules import TEAM, DrawRules
from records.draws import Draw, DrawMember, DrawStatus, Relation, declarations_of, members_of
from records.errors import ConflictError
from records.people import Actor
from records.plans import InspectionPlan, PlanRound, edition_of, rounds_of, strata_of
from records.store import Store


class WitnessIsOperatorError(ConflictError):
    """One person alone cannot hold the ceremony."""

    slug = "witness-is-operator"
    sentence = "见证人不能是抽取操作人本人"


class PoolChangedError(ConflictError):
    """The pools are not those that were committed to: ``where`` names the first place."""

    slug = "pool-changed"
    sentence = "承诺之后名录库已变化（%(where)s），本次抽取作废"


def open_draw(store: Store, plan_round: PlanRound, as_of: date, allowance: Mapping[str, Any] | None = None) -> Draw:
    """A new draw of a round, its pools as they are on a day; ``allowance``: what was decided about shortages."""
    plan = store.session.get_one(InspectionPlan, plan_round.plan_id)
    draw = store.add(
        Draw(
            plan_id=plan.id,
            plan_round_id=plan_round.id,
            as_of=as_of,
            allowance=dict(allowance or {}),
            document={},
            status=DrawStatus.POOLED,
            no=plan_round.no,
            region_code=plan_round.region_code,
            region_path=plan_round.region_path,
        )
    )
    return store.correct(draw, {"document": committed_parts(store.session, draw)})


def committed_parts(session: Session, draw: Draw) -> dict[str, Any]:
    """What the commitment of a draw binds, from the registers as they are now, as of the day of the draw."""
    plan_round, plan = session.get_one(PlanRound, draw.plan_round_id), session.get_one(InspectionPlan, draw.plan_id)
    rules = DrawRules.in_force(session, draw.as_of, draw.region_code)
    strata, edition = tuple(strata_of(session, plan.id)), edition_of(session, plan)
    allowance = draw.allowance or {}
    question = Question(plan, strata, edition.pool, draw.as_of, draw.region_path, draw.id)
    objects = build_objects(session, question, rules)
    span = Span(draw.as_of, plan_round.inspect_by, draw.region_path, int(allowance.get("more_each") or 0))
    inspectors = build_inspectors(session, span, [row["id"] for row in objects.objects], rules)
    rounds = rounds_of(session, plan.id)
    return {
        "format": verify_draw.FORMAT,
        "algorithm": verify_draw.ALGORITHM,
        "draw": {
            "id": draw.id,
            "no": f"{plan.no}-R{plan_round.number}",
            "round": plan_round.number,
            "rounds": len(rounds),
            "plan": plan.title,
            "plan_edition": edition.number,
            "plan_hash": edition.content_hash,
            "region_code": draw.region_code,
            "as_of": draw.as_of.isoformat(),
            "inspect_by": plan_round.inspect_by.isoformat(),
        },
        "rules": rules.as_rows(),
        "settings": {"team": rules.number(TEAM), "allowance": {**allowance}},
        "quotas": quotas_of(strata, objects.objects, plan_round.number, len(rounds), allowance),
        "pools": {
            "objects": objects.objects,
            "excluded_objects": objects.excluded,
            "inspectors": inspectors.inspectors,
            "excluded_inspectors": inspectors.excluded,
        },
    }


def shortages(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Strata with fewer businesses than their quota, then inspectors: ``{what, needed, found}``."""
    there = Counter(row["stratum"] for row in document["pools"]["objects"])
    short = [
        {"what": quota["stratum"], "needed": quota["count"], "found": there[quota["stratum"]]}
        for quota in document["quotas"]
        if there[quota["stratum"]] < quota["count"]
    ]
    wanted = sum(quota["count"] for quota in document["quotas"])
    inspectors = document["pools"]["inspectors"]
    needs = {
        "team": (document["settings"]["team"] if wanted else 0, len(inspectors)),
        "visits": (wanted * document["settings"]["team"], sum(row["room"] for row in inspectors)),
        "lead": (wanted, sum(row["room"] for row in inspectors if row["can_lead"])),
    }
    return short + [{"what": what, "needed": n, "found": found} for what, (n, found) in needs.items() if found < n]


def bind(store: Store, draw: Draw) -> str:
    """Bind pools, rules and algorithm before there is a seed; gives the commitment that is published."""
    now, commitment = store.clock.now(), verify_draw.commitment_of(draw.document)
    document = {**draw.document, "commitment": {"sha256": commitment, "at": now.isoformat()}}
    changes = {"document": document, "commitment": commitment, "committed_at": now, "status": DrawStatus.COMMITTED}
    store.correct(draw, changes)
    return commitment


def hold(
    store: Store, draw: Draw, *, operator: Actor, operator_part: str, witness: Actor, witness_part: str, place: str
) -> list[DrawMember]:
    """Draw, once for all, from the committed pools with the seed of both contributions.

    Raises WitnessIsOperatorError, PoolChangedError, verify_draw.PoolTooSmallError, and ValueError for a contribution of
    less than eight characters.
    """
    if operator.id == witness.id:
        raise WitnessIsOperatorError
    require_unchanged(store.session, draw)
    seed, now = verify_draw.seed_of(draw.commitment or "", operator_part, witness_part), store.clock.now()
    drawn = verify_draw.draw(draw.document, seed)
    ceremony = {
        "operator": {"id": operator.id, "name": operator.name, "part": operator_part},
        "witness": {"id": witness.id, "name": witness.name, "part": witness_part},
        "place": place,
        "at": now.isoformat(),
        "seed": seed,
    }
    said = {"declarations": [], "replacements": [], "final": verify_draw.final(drawn, [])}
    store.correct(
        draw,
        {
            "document": {**draw.document, "ceremony": ceremony, "drawn": drawn, **said},
            "operator_id": operator.id,
            "witness_id": witness.id,
            "drawn_at": now,
            "status": DrawStatus.DRAWN,
        },
    )
    return [_member(store, draw, row) for row in drawn]


def require_unchanged(session: Session, draw: Draw) -> None:
    """The pools are those of the commitment: as kept, and as the registers give them again. Raises PoolChangedError."""
    if verify_draw.commitment_of(draw.document) != draw.commitment:
        raise PoolChangedError(where="commitment")
    again = committed_parts(session, draw)
    if verify_draw.commitment_of(again) == draw.commitment:
        return
    kept = {name: draw.document[name] for name in verify_draw.COMMITTED}
    changed = {place: told for place, told in verify_draw.digests(kept)}
    places = (place for place, found in verify_draw.digests(again) if changed.get(place) != found)
    raise PoolChangedError(where=next(places, "commitment"))


def apply_declarations(store: Store, draw: Draw) -> list[dict[str, Any]]:
    """Whoever declared an interest gives way to the next in order; gives all replacements of the draw so far.

    Raises verify_draw.PoolTooSmallError when nobody is left.
    """
    document = draw.document
    declared = [
        {
            "inspector": each.inspector_id,
            "object": each.establishment_id,
            "relation": each.relation.value,
            "at": each.declared_at.isoformat(),
        }
        for each in declarations_of(store.session, draw.id)
        if each.relation is not Relation.NONE
    ]
    seed, drawn = document["ceremony"]["seed"], document["drawn"]
    replacements = verify_draw.replace(document, seed, drawn, declared)
    teams = verify_draw.final(drawn, replacements)
    said = {"declarations": declared, "replacements": replacements, "final": teams}
    store.correct(draw, {"document": {**document, **said}})
    by_object = {row["object"]: row for row in teams}
    for member in members_of(store.session, draw.id):
        row = by_object[member.establishment_id]
        changes = {"lead_inspector_id": row["lead"], "second_inspector_id": row["second"]}
        store.correct(member, changes, reason="declared interest")
    return replacements


def approve(store: Store, draw: Draw) -> dict[str, Any]:
    """The draw stands: its document is sealed, its members approved. Gives the document."""
    document = verify_draw.sealed(verify_draw.content_of(draw.document))
    changes = {"document": document, "document_hash": document["sha256"], "status": DrawStatus.APPROVED}
    store.correct(draw, changes)
    for member in members_of(store.session, draw.id):
        store.correct(member, {"status": DrawStatus.APPROVED})
    return document


def void(store: Store, draw: Draw, reason: str) -> None:
    """The draw does not stand; it stays in the records with the reason."""
    store.correct(draw, {"status": DrawStatus.VOID}, reason=reason)
    for member in members_of(store.session, draw.id):
        store.correct(member, {"status": DrawStatus.VOID}, reason=reason)


def inspector_ids(draw: Draw) -> list[str]:
    """Those who are sent, each once, by id."""
    return sorted({row[role] for row in draw.document["final"] for role in verify_draw.ROLES})


def _member(store: Store, draw: Draw, row: Mapping[str, Any]) -> DrawMember:
    return store.add(
        DrawMember(
            draw_id=draw.id,
            plan_id=draw.plan_id,
            no=draw.no,
            stratum=row["stratum"],
            rank=row["rank"],
            lead_inspector_id=row["lead"],
            second_inspector_id=row["second"],
            establishment_id=row["object"],
            status=DrawStatus.DRAWN,
            region_code=draw.region_code,
            region_path=draw.region_path,
        )
    )
