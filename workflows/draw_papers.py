"""What the papers and forms of a draw show: the teams by name, the certificate, the record that can be drawn again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from engine.process import Step
from records.documents import Document
from records.draws import Draw, Relation, declarations_of
from records.people import User
from records.plans import InspectionPlan, PlanRound
from records.verify_draw import ROLES
from workflows import draw_words, words
from workflows.papers import authority, issue_paper


def team_rows(step: Step, draw: Draw) -> list[dict[str, Any]]:
    """Business, stratum and inspectors of every member, by name, in the order of the draw."""
    names, places = _people(step, draw), _businesses(draw)
    strata = {row["object"]: row["stratum"] for row in draw.document["drawn"]}
    return [
        {
            "number": number,
            "establishment": places[row["object"]],
            "stratum": draw_words.stratum(strata[row["object"]]),
            "lead": names[row["lead"]],
            "second": names[row["second"]],
        }
        for number, row in enumerate(draw.document["final"], 1)
    ]


def duty_rows(step: Step, draw: Draw, inspector_ids: Iterable[str]) -> list[dict[str, Any]]:
    """For each of these inspectors the businesses to be inspected."""
    wanted, places = set(inspector_ids), _businesses(draw)
    return [
        {
            "inspector": row[role],
            "establishment": row["object"],
            "name": places[row["object"]],
            "role": draw_words.ROLES[role],
        }
        for row in draw.document["final"]
        for role in ROLES
        if row[role] in wanted
    ]


def draw_papers(step: Step, draw: Draw, plan: InspectionPlan, plan_round: PlanRound) -> tuple[Document, Document]:
    """The certificate for people and the record for machines, which lies beside the program that draws again."""
    document, names, places = draw.document, _people(step, draw), _businesses(draw)
    ceremony, pools = document["ceremony"], document["pools"]
    silent = [each for each in declarations_of(step.session, draw.id) if each.is_silent]
    said = {
        "authority": authority(step),
        "issued_on": words.day(step.clock.now()),
        "plan": plan.title,
        "round": plan_round.number,
        "draw_no": document["draw"]["no"],
        "as_of": words.day(draw.as_of),
        "inspect_by": words.day(plan_round.inspect_by),
        "algorithm": document["algorithm"],
        "commitment": draw.commitment,
        "committed_at": words.minute(document["commitment"]["at"]),
        "held_at": words.minute(ceremony["at"]),
        "place": ceremony["place"],
        "operator": ceremony["operator"],
        "witness": ceremony["witness"],
        "seed": ceremony["seed"],
        "sha256": draw.document_hash,
        "objects": len(pools["objects"]),
        "excluded_objects": len(pools["excluded_objects"]),
        "inspectors": len(pools["inspectors"]),
        "excluded_inspectors": len(pools["excluded_inspectors"]),
        "teams": team_rows(step, draw),
        "replacements": [
            {
                "establishment": places[row["object"]],
                "role": draw_words.ROLES[row["role"]],
                "out": names[row["out"]],
                "in": names[row["in"]],
                "relation": _relation(document, row),
            }
            for row in document["replacements"]
        ],
        "silent": "、".join(names[each.inspector_id] for each in silent),
    }
    certificate = issue_paper(step, "draw_certificate", said)
    record = issue_paper(step, "draw_record", {"authority": said["authority"], "record": document})
    return certificate, record


def _relation(document: dict[str, Any], replaced: dict[str, Any]) -> str:
    kind = next(
        each["relation"]
        for each in document["declarations"]
        if (each["inspector"], each["object"]) == (replaced["out"], replaced["object"])
    )
    return draw_words.RELATIONS[Relation(kind)]


def _businesses(draw: Draw) -> dict[str, str]:
    return {row["id"]: row["name"] for row in draw.document["pools"]["objects"]}


def _people(step: Step, draw: Draw) -> dict[str, str]:
    ids = [row["id"] for row in draw.document["pools"]["inspectors"]]
    return {one: name for one, name in step.session.execute(select(User.id, User.name).where(User.id.in_(ids)))}
