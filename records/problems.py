"""Facts of problem handling: the case, what was determined of it, who answers for it, where it was passed on."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Numeric, String, Text, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.base import CaseMixin, Fact, Json, choice, refers_to
from records.trace_words import Stage as Stage


class ProblemSource(StrEnum):
    """Where a problem became known."""

    INSPECTION = "inspection"
    PATROL = "patrol"
    SAMPLING = "sampling"
    COMPLAINT = "complaint"
    SUPERIOR = "superior"
    SELF_REPORT = "self_report"  # FSL art. 63
    HOSPITAL = "hospital"  # FSL art. 103
    PORTAL = "portal"


class Hazard(StrEnum):
    """The kind of hazard of a problem."""

    MICROBIAL = "microbial"
    CHEMICAL = "chemical"
    ADDITIVE = "additive"
    FOREIGN = "foreign"
    ALLERGEN = "allergen"
    SPOILED = "spoiled"
    LABEL = "label"
    UNLICENSED = "unlicensed"
    DOCUMENTS = "documents"
    OTHER = "other"


class ProblemCase(CaseMixin, Fact):
    """One problem of food safety, from its report to its closing checks.

    status: reported | triaged | verifying | established | determined | handling | closed | dismissed | merged.
    """

    origin: Mapped[ProblemSource] = mapped_column(choice(ProblemSource))
    hazard: Mapped[Hazard] = mapped_column(choice(Hazard))
    summary: Mapped[str] = mapped_column(Text)
    found_at: Mapped[datetime]
    reported_at: Mapped[datetime | None]
    place: Mapped[str | None] = mapped_column(String(200))
    product_id: Mapped[str | None] = mapped_column(String(26))
    product_name: Mapped[str | None] = mapped_column(String(120))
    lots: Mapped[list[str] | None]  # ids of lots
    lots_unknown_reason: Mapped[str | None] = mapped_column(Text)
    population: Mapped[str | None] = mapped_column(String(20))  # general | vulnerable
    affected: Mapped[int] = mapped_column(default=0)
    ill: Mapped[int] = mapped_column(default=0)
    dead: Mapped[int] = mapped_column(default=0)
    has_informant: Mapped[bool] = mapped_column(default=False)
    is_named: Mapped[bool] = mapped_column(default=False)  # the informant gave a name: a reply is owed (R-CMP-01)
    source_case_no: Mapped[str | None] = mapped_column(String(48), index=True)
    source_record_id: Mapped[str | None] = mapped_column(String(26))
    level: Mapped[int | None]  # 1 gravest … 4
    handler_id: Mapped[str | None] = mapped_column(String(26), index=True)
    second_handler_id: Mapped[str | None] = mapped_column(String(26), index=True)
    duplicate_of: Mapped[str | None] = mapped_column(String(26))  # the problem it was linked with or merged into
    is_established: Mapped[bool | None]
    verification: Mapped[str | None] = mapped_column(Text)
    verified_at: Mapped[datetime | None]
    stage: Mapped[Stage | None] = mapped_column(choice(Stage))
    trace_run_id: Mapped[str | None] = mapped_column(String(26))
    closed_at: Mapped[datetime | None]
    closing: Mapped[str | None] = mapped_column(Text)
    lessons: Mapped[str | None] = mapped_column(Text)


class Determination(CaseMixin, Fact):
    """What was determined: the six answers (standard 7.2), each with its evidence, with their legal basis.

    ``scope``: the rows of the trace snapshot ``trace_run_id`` (sha256 ``trace_hash``), frozen.
    """

    problem_case_id: Mapped[str] = mapped_column(refers_to("problem_case.id"), index=True)
    began_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    region: Mapped[str | None] = mapped_column(String(60))
    site: Mapped[str | None] = mapped_column(String(200))
    stage: Mapped[Stage | None] = mapped_column(choice(Stage))
    cause_code: Mapped[str | None] = mapped_column(String(30))
    cause: Mapped[str | None] = mapped_column(Text)
    method: Mapped[str | None] = mapped_column(String(20))  # five_whys | fishbone
    analysis: Mapped[list[Any] | None] = mapped_column(Json)
    trace_run_id: Mapped[str | None] = mapped_column(String(26), index=True)
    trace_hash: Mapped[str | None] = mapped_column(String(64))
    scope: Mapped[list[Any] | None] = mapped_column(Json)
    scope_reason: Mapped[str | None] = mapped_column(Text)  # how it was determined where no lot could be traced
    legal_basis: Mapped[str | None] = mapped_column(Text)
    evidence: Mapped[dict[str, Any] | None] = mapped_column(Json)  # answer -> what proves it
    determined_at: Mapped[datetime | None]


class ResponsibleParty(CaseMixin, Fact):
    """Who answers for a problem, with share (percent) and basis. Off the trace path only with a reason."""

    determination_id: Mapped[str] = mapped_column(refers_to("determination.id"), index=True)
    party_id: Mapped[str] = mapped_column(String(26), index=True)
    share: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    basis: Mapped[str] = mapped_column(Text)
    is_on_path: Mapped[bool] = mapped_column(default=True)
    override_reason: Mapped[str | None] = mapped_column(Text)


class GapRequest(CaseMixin, Fact):
    """What a node of the trace was asked for and what it gave (E-TRACE-GAP). status: asked | answered | silent.

    ``items``: one for each gap: what was wanted of whom, then ``voucher_id`` or the ``reason`` why there is none, and
    ``is_open`` once it was traced again.
    """

    trace_run_id: Mapped[str | None] = mapped_column(String(26), index=True)
    holder_id: Mapped[str | None] = mapped_column(String(26), index=True)
    missing: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    answer: Mapped[str | None] = mapped_column(Text)
    voucher_no: Mapped[str | None] = mapped_column(String(80))
    answered_at: Mapped[datetime | None]
    items: Mapped[list[Any] | None] = mapped_column(Json)


class Transfer(CaseMixin, Fact):
    """A problem passed on. status: sent | accepted | declined | silent. To the police: FSL art. 121."""

    recipient_kind: Mapped[str] = mapped_column(String(20))  # police | department | region
    recipient: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(Text)
    materials: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    replied_at: Mapped[datetime | None]
    reply: Mapped[str | None] = mapped_column(Text)


def possible_duplicates(session: Session, problem: ProblemCase, days: int) -> list[ProblemCase]:
    """Problems of the same subject or lots found at most ``days`` apart, newest first; drills among drills."""
    apart = timedelta(days=days)
    statement = select(ProblemCase).where(
        ProblemCase.id != problem.id,
        ProblemCase.deleted_at.is_(None),
        ProblemCase.status != "merged",
        ProblemCase.is_drill.is_(problem.is_drill),
        ProblemCase.found_at >= problem.found_at - apart,
        ProblemCase.found_at <= problem.found_at + apart,
        or_(
            ProblemCase.establishment_id == problem.establishment_id,
            ProblemCase.region_path.startswith(problem.region_path, autoescape=True),
        ),
    )
    wanted = set(problem.lots or ())
    found = session.scalars(statement.order_by(ProblemCase.found_at.desc(), ProblemCase.id.desc()))
    return [
        other
        for other in found
        if (other.establishment_id is not None and other.establishment_id == problem.establishment_id)
        or wanted & set(other.lots or ())
    ]
