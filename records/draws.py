"""Facts of the double-random draw: the draw with its document, whom it drew, who declared what interest."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.base import CaseMixin, Fact, Json, RegionalMixin, choice, refers_to
from records.store import Store


class Relation(StrEnum):
    """What ties an inspector to a business (APL art. 43, SAMR Order 49 art. 23)."""

    NONE = "none"
    FAMILY = "family"
    SHAREHOLDING = "shareholding"
    FORMER_EMPLOYER = "former_employer"  # left less than three years ago
    DISPUTE = "dispute"
    OTHER = "other"


class DrawStatus(StrEnum):
    """How far a draw has come. Void: given up with a reason; another one takes its place."""

    POOLED = "pooled"
    COMMITTED = "committed"
    DRAWN = "drawn"
    APPROVED = "approved"
    VOID = "void"


class Draw(CaseMixin, Fact):
    """One double-random draw (R-INS-01). ``document`` is all of it, for anybody to draw again; status: DrawStatus."""

    plan_id: Mapped[str] = mapped_column(refers_to("inspection_plan.id"), index=True)
    plan_round_id: Mapped[str] = mapped_column(refers_to("plan_round.id"), index=True)
    as_of: Mapped[date]  # the day whose registers, absences and workloads make the pools
    allowance: Mapped[dict[str, Any] | None] = mapped_column(Json)  # what was decided about pools that were too small
    document: Mapped[dict[str, Any]] = mapped_column(Json)
    commitment: Mapped[str | None] = mapped_column(String(64))
    committed_at: Mapped[datetime | None]
    operator_id: Mapped[str | None] = mapped_column(String(26))
    witness_id: Mapped[str | None] = mapped_column(String(26))
    drawn_at: Mapped[datetime | None]
    document_hash: Mapped[str | None] = mapped_column(String(64))


class DrawMember(CaseMixin, Fact):
    """A business that was drawn, and who inspects it. status: drawn | approved | sent | void."""

    draw_id: Mapped[str] = mapped_column(refers_to("draw.id"), index=True)
    plan_id: Mapped[str] = mapped_column(refers_to("inspection_plan.id"), index=True)
    stratum: Mapped[str] = mapped_column(String(40))
    rank: Mapped[int]
    lead_inspector_id: Mapped[str] = mapped_column(String(26))
    second_inspector_id: Mapped[str] = mapped_column(String(26))


class ConflictDeclaration(CaseMixin, Fact):
    """What an inspector who was drawn said of interests; silence until the date counts as none (R-INS-07).

    The business is ``establishment_id``; None: said of all.
    """

    draw_id: Mapped[str] = mapped_column(refers_to("draw.id"), index=True)
    inspector_id: Mapped[str] = mapped_column(String(26))
    relation: Mapped[Relation] = mapped_column(choice(Relation))
    note: Mapped[str | None] = mapped_column(Text)
    is_silent: Mapped[bool] = mapped_column(default=False)
    declared_at: Mapped[datetime]


class ConflictInterest(RegionalMixin, Fact):
    """The register of interests: who may not inspect which business, from when, until when."""

    user_id: Mapped[str] = mapped_column(refers_to("user.id"), index=True)
    establishment_id: Mapped[str] = mapped_column(refers_to("establishment.id"))
    relation: Mapped[Relation] = mapped_column(choice(Relation))
    note: Mapped[str | None] = mapped_column(Text)
    since: Mapped[date]
    ended_on: Mapped[date | None]

    __table_args__ = (Index("ix_conflict_interest_establishment", "establishment_id", "user_id"),)


def members_of(session: Session, draw_id: str) -> list[DrawMember]:
    """The members of a draw, by stratum and rank."""
    of_draw = select(DrawMember).where(DrawMember.draw_id == draw_id, DrawMember.deleted_at.is_(None))
    return list(session.scalars(of_draw.order_by(DrawMember.stratum, DrawMember.rank)))


def declarations_of(session: Session, draw_id: str) -> list[ConflictDeclaration]:
    """What was declared in a draw, in order."""
    of_draw = select(ConflictDeclaration).where(
        ConflictDeclaration.draw_id == draw_id, ConflictDeclaration.deleted_at.is_(None)
    )
    return list(session.scalars(of_draw.order_by(ConflictDeclaration.declared_at, ConflictDeclaration.id)))


def declare(
    store: Store, draw: Draw, inspector_id: str, establishment_id: str | None, relation: Relation, note: str | None,
    *, is_silent: bool = False,
) -> ConflictDeclaration:  # fmt: skip
    """Write down what an inspector said; an interest enters the register, too."""
    if establishment_id is not None and relation is not Relation.NONE:
        _register(store, draw, inspector_id, establishment_id, relation, note)
    return store.add(
        ConflictDeclaration(
            no=draw.no,
            draw_id=draw.id,
            inspector_id=inspector_id,
            establishment_id=establishment_id,
            relation=relation,
            note=note,
            is_silent=is_silent,
            declared_at=store.clock.now(),
            region_code=draw.region_code,
            region_path=draw.region_path,
        )
    )


def _register(
    store: Store, draw: Draw, user_id: str, establishment_id: str, relation: Relation, note: str | None
) -> None:  # fmt: skip
    known = select(ConflictInterest.id).where(
        ConflictInterest.user_id == user_id,
        ConflictInterest.establishment_id == establishment_id,
        ConflictInterest.ended_on.is_(None),
        ConflictInterest.deleted_at.is_(None),
    )
    if draw.is_drill or store.session.scalar(known.limit(1)) is not None:
        return
    store.add(
        ConflictInterest(
            user_id=user_id,
            establishment_id=establishment_id,
            relation=relation,
            note=note,
            since=draw.as_of,
            region_code=draw.region_code,
            region_path=draw.region_path,
        )
    )
