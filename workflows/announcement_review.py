"""The review of disclosure: what is public, who is asked about it, what was decided (OGI art. 14-18, 32)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select

from engine.process import Step
from records.disclosure import (
    THIRD_PARTY_GROUNDS,
    DisclosureDecision,
    DisclosureItem,
    Ground,
    Opinion,
    ThirdPartyOpinion,
)
from records.people import users_of_establishment
from records.registry import Establishment
from workflows import announcement_words as words
from workflows.announcement_papers import opinion_letter
from workflows.announcement_texts import announcement_of, clock_of, item_rows, items_of
from workflows.papers import authority
from workflows.words import last_day


def record_disclosure(step: Step) -> Mapping[str, object]:
    """Ask the third parties whose secrets or privacy the fields touch; meanwhile the clock stands (OGI art. 32-33)."""
    announcement, office = announcement_of(step), authority(step)
    now = step.clock.now()
    due_at = step.until("R-PUB-03", now)
    asked, letters = {}, {}
    parties: dict[str, str] = {}
    for party_id, items in _to_ask(step, announcement.id).items():
        opinion = step.store.add(
            ThirdPartyOpinion(
                no=step.instance.business_key,
                announcement_id=announcement.id,
                third_party_id=party_id,
                codes=[item.code for item in items],
                asked_at=now,
                due_at=due_at,
                status="asked",
                region_code=step.instance.region_code,
                region_path=step.instance.region_path,
            )
        )
        parties[opinion.id] = party_id
        asked[opinion.id] = [{"label": item.label, "value": item.value} for item in items]
        party = step.session.get_one(Establishment, party_id)
        letters[opinion.id] = opinion_letter(step, announcement, party, asked[opinion.id], due_at).no
        people = [user.id for user in users_of_establishment(step.session, party_id)]
        text = words.ASKED.format(authority=office, day=last_day(due_at), title=announcement.title)
        step.notify(people, "announcement.asked", text)
    if parties:
        step.stop_clock(clock_of(step).rule_code, words.ASKED_REASON, words.ASKED_BASIS)
    return {
        "opinion_ids": list(parties),
        "parties": parties,
        "asked": asked,
        "letters": letters,
        "asked_at": now,
        "authority": office,
        "due_word": last_day(due_at),
    }


def record_opinion(step: Step) -> None:
    """A third party has answered, or has let its time pass: silence is noted, the authority decides (R-PUB-03)."""
    opinion = step.session.get_one(ThirdPartyOpinion, step.data["opinion_id"])
    now = step.clock.now()
    if opinion.opinion is None:
        step.store.correct(opinion, {"status": "silent", "opinion": Opinion.SILENT})
        return
    answers = step.data.get("third_party_opinion") or {}
    step.store.correct(opinion, {"status": "answered", "answered_at": now, "answered_by": answers.get("_by")})


def close_opinions(step: Step) -> Mapping[str, object]:
    """All have answered or let their time pass: the clock goes on, and the reviewer gets what was said."""
    step.let_clock_go(clock_of(step).rule_code, words.ANSWERED)
    announcement = announcement_of(step)
    by_code = {item.code: item for item in items_of(step.session, announcement.id)}
    rows = []
    for opinion in _opinions(step, step.data["record_disclosure"]["opinion_ids"]):
        party = step.session.get_one(Establishment, opinion.third_party_id)
        said = words.OPINIONS[opinion.opinion or Opinion.SILENT]
        for item in (by_code[code] for code in opinion.codes if code in by_code):
            about = {"code": item.code, "label": item.label, "value": item.value}
            rows.append({**about, "party": party.name, "opinion": said, "argument": opinion.reason or ""})
    return {"items": rows}


def settle_disclosure(step: Step) -> Mapping[str, object]:
    """What the reviewer decided after the third parties were heard (OGI art. 15: public interest may prevail)."""
    announcement = announcement_of(step)
    decided = {row["code"]: row for row in step.data["disclosure_decision"]["items"]}
    items = items_of(step.session, announcement.id)
    for item in items:
        row = decided.get(item.code)
        if row is None:
            continue
        decision = DisclosureDecision(row["decision"])
        is_public = decision is DisclosureDecision.PUBLIC
        changes = {
            "decision": decision,
            "public_value": row.get("public_value") if decision is DisclosureDecision.REDACT else None,
            "reason": row["reason"],
            "ground": None if is_public else item.ground or Ground.COMMERCIAL,
        }
        step.store.correct(item, changes, reason=row["reason"])
    return {"items": item_rows(items)}


def _to_ask(step: Step, announcement_id: str) -> dict[str, list[DisclosureItem]]:
    """The fields to ask about by third party; who has answered about a field already is not asked again."""
    heard = {
        (opinion.third_party_id, code)
        for opinion in step.session.scalars(
            select(ThirdPartyOpinion).where(
                ThirdPartyOpinion.announcement_id == announcement_id, ThirdPartyOpinion.opinion.is_not(None)
            )
        )
        for code in opinion.codes
    }
    wanted: dict[str, list[DisclosureItem]] = {}
    for item in items_of(step.session, announcement_id):
        party = item.third_party_id
        if party and item.ground in THIRD_PARTY_GROUNDS and (party, item.code) not in heard:
            wanted.setdefault(party, []).append(item)
    return wanted


def _opinions(step: Step, ids: Iterable[str]) -> list[ThirdPartyOpinion]:
    found = select(ThirdPartyOpinion).where(ThirdPartyOpinion.id.in_(list(ids)))
    return list(step.session.scalars(found.order_by(ThirdPartyOpinion.id)))
