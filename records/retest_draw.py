"""The random choice of a re-test laboratory that anybody can do again (FSL 88, R-TST-02).

When a sample fails, the list of laboratories that may re-test it is frozen together with a number that nobody knows
yet, and the hash of both is told to the business. With its request the business gives a number of its own. The seed is
the hash of both numbers: neither side could have chosen it. Each laboratory's id is hashed with the seed; the smallest
value is chosen. The first laboratory, and any of the same organisation, is never in the list.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.clock import today
from records.hashing import content_hash
from records.sampling import Laboratory, RetestDraw, Sample
from records.store import Store

ALGORITHM = "HMAC-SHA256(key=seed, message=id), smallest first; seed=SHA-256(hidden|given)"
FIRST, NOT_LISTED, NOT_ACCREDITED = "初检机构", "不在复检机构名录", "资质已失效或被暂停"


def commit_draw(store: Store, sample: Sample) -> RetestDraw:
    """Freeze the list and the authority's number for a sample, once; what is told is only their hash."""
    existing = draw_of(store.session, sample.id)
    if existing is not None:
        return existing
    pool, excluded = _divided(store, sample)
    hidden = hashlib.sha256(f"{store.clock.new_id()}{store.clock.new_id()}".encode()).hexdigest()
    return store.add(
        RetestDraw(
            sample_id=sample.id,
            status="committed",
            algorithm=ALGORITHM,
            pool=pool,
            excluded=excluded,
            pool_hash=content_hash({"pool": pool}),
            hidden=hidden,
            commitment=commitment_of(pool, hidden),
            establishment_id=sample.establishment_id,
            region_code=sample.region_code,
            region_path=sample.region_path,
        )
    )


def do_draw(store: Store, draw: RetestDraw, given: str) -> Laboratory | None:
    """Draw with the applicant's number, once. None when the list is empty."""
    if draw.status != "drawn":
        seed = seed_of(draw.hidden, given)
        ranking = ranked(draw.pool, seed)
        chosen = ranking[0]["id"] if ranking else None
        store.correct(
            draw,
            {
                "status": "drawn" if chosen else "void",
                "given": given,
                "seed": seed,
                "ranking": ranking,
                "chosen_id": chosen,
                "drawn_at": store.clock.now(),
            },
        )
    return None if draw.chosen_id is None else store.session.get(Laboratory, draw.chosen_id)


def commitment_of(pool: Sequence[Mapping[str, Any]], hidden: str) -> str:
    """What is told before anybody can know the result."""
    return content_hash({"algorithm": ALGORITHM, "pool": list(pool), "hidden": hidden})


def seed_of(hidden: str, given: str) -> str:
    """The seed that both numbers make."""
    return hashlib.sha256(f"{hidden}|{given}".encode()).hexdigest()


def ranked(pool: Sequence[Mapping[str, Any]], seed: str) -> list[dict[str, Any]]:
    """The laboratories of a list in the order of the draw, each with its value."""
    rows = [
        {**one, "mac": hmac.new(seed.encode(), str(one["id"]).encode(), hashlib.sha256).hexdigest()} for one in pool
    ]
    return sorted(rows, key=lambda row: (row["mac"], row["id"]))


def first_difference(draw: RetestDraw) -> str | None:
    """Do a draw again from its own record: None when all agrees, else the first part that does not."""
    if content_hash({"pool": draw.pool}) != draw.pool_hash:
        return "pool"
    if commitment_of(draw.pool, draw.hidden) != draw.commitment:
        return "commitment"
    if draw.status == "committed":
        return None
    if draw.seed != seed_of(draw.hidden, draw.given or ""):
        return "seed"
    again = ranked(draw.pool, draw.seed)
    if draw.ranking != again:
        return "ranking"
    return None if draw.chosen_id == (again[0]["id"] if again else None) else "chosen_id"


def draw_of(session: Session, sample_id: str) -> RetestDraw | None:
    """The draw of a sample, if one was prepared."""
    return session.scalar(
        select(RetestDraw).where(RetestDraw.sample_id == sample_id, RetestDraw.deleted_at.is_(None)).limit(1)
    )


def _divided(store: Store, sample: Sample) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    pool, excluded = [], []
    first = store.session.get(Laboratory, sample.laboratory_id) if sample.laboratory_id else None
    known = select(Laboratory).where(Laboratory.deleted_at.is_(None)).order_by(Laboratory.id)
    for one in store.session.scalars(known):
        said = {"id": one.id, "name": one.name, "accreditation_no": one.accreditation_no}
        reason = _reason_against(store, one, first)
        if reason is None:
            pool.append(said)
        else:
            excluded.append(said | {"reason": reason})
    return pool, excluded


def _reason_against(store: Store, one: Laboratory, first: Laboratory | None) -> str | None:
    if first is not None and first.organisation_id == one.organisation_id:
        return FIRST
    if not one.may_retest:
        return NOT_LISTED
    return None if one.is_accredited(today(store.clock)) else NOT_ACCREDITED
