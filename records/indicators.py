"""Indicator tables of assessments: a tree with weights, versioned, frozen at release (standard 8.4a, R-ASM-01)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Any

from sqlalchemy import Numeric, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from feel import compile_expression
from feel.errors import FeelError
from records.base import Fact, Json, choice, refers_to
from records.errors import ConflictError, DomainError, NotFoundError
from records.seed_files import read_seed, read_seed_document
from records.statistics import FIGURES
from records.store import Store

WHOLE = Decimal(100)


class SchemeState(StrEnum):
    """A scheme's edition: being edited, in force, or followed by a newer one."""

    DRAFT = "draft"
    RELEASED = "released"
    SUPERSEDED = "superseded"


class IndicatorSource(StrEnum):
    """Where the points of an indicator come from."""

    GROUP = "group"  # from the indicators under it
    FORMULA = "formula"
    MANUAL = "manual"
    VETO = "veto"  # no points: when it is so, the whole score is nought


class Direction(StrEnum):
    """What is better."""

    HIGHER = "higher"
    LOWER = "lower"


class Scope(StrEnum):
    """Whom an indicator is for."""

    ALL = "all"
    NODE = "node"
    AUTHORITY = "authority"


class AssessmentScheme(Fact):
    """One edition of an indicator table. status: a SchemeState; a released edition never changes."""

    code: Mapped[str] = mapped_column(String(40))
    edition: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    node_kinds: Mapped[list[str]] = mapped_column(Json)  # the kinds of establishment that are assessed
    has_authorities: Mapped[bool] = mapped_column(default=True)  # whether district authorities are
    status: Mapped[SchemeState] = mapped_column(choice(SchemeState), default=SchemeState.DRAFT)
    legal_basis: Mapped[str | None] = mapped_column(Text)
    released_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("code", "edition"),)


class AssessmentIndicator(Fact):
    """A row of an indicator table: a group, or something that is scored from 0 to ``max_points``.

    ``weight``: its part of 100. ``formula``: FEEL over the figures of records.statistics, a ratio. ``thresholds``:
    ``[{"from": 0.9, "share": 0.8}, …]``, increasing: from that ratio on this share of the points; none: in proportion.
    """

    scheme_id: Mapped[str] = mapped_column(refers_to("assessment_scheme.id"), index=True)
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(40))
    parent_code: Mapped[str | None] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    explanation: Mapped[str | None] = mapped_column(Text)
    max_points: Mapped[Decimal] = mapped_column(Numeric(6, 1))
    weight: Mapped[Decimal] = mapped_column(Numeric(6, 2))
    source: Mapped[IndicatorSource] = mapped_column(choice(IndicatorSource))
    formula: Mapped[str | None] = mapped_column(Text)
    direction: Mapped[Direction] = mapped_column(choice(Direction), default=Direction.HIGHER)
    thresholds: Mapped[list[Any] | None] = mapped_column(Json)
    scope: Mapped[Scope] = mapped_column(choice(Scope), default=Scope.ALL)
    needs_evidence: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (UniqueConstraint("scheme_id", "code"),)

    @property
    def is_scored(self) -> bool:
        """Whether points are given for it."""
        return self.source in (IndicatorSource.FORMULA, IndicatorSource.MANUAL)


class ReleasedSchemeError(ConflictError):
    """A released edition never changes."""

    slug = "released-scheme"
    sentence = "已发布的考核方案不能更改，请新建版本"


class SchemeFaultsError(DomainError):
    """The scheme cannot be released; ``faults`` says why."""

    slug = "scheme-faults"
    sentence = "考核方案不能发布：%(faults)s"


def released_scheme(session: Session, code: str = "default") -> AssessmentScheme:
    """The edition of a scheme that is in force. Raises NotFoundError."""
    scheme = session.scalars(
        select(AssessmentScheme)
        .where(
            AssessmentScheme.code == code,
            AssessmentScheme.status == SchemeState.RELEASED,
            AssessmentScheme.deleted_at.is_(None),
        )
        .order_by(AssessmentScheme.edition.desc())
    ).first()
    if scheme is None:
        raise NotFoundError
    return scheme


def indicators_of(session: Session, scheme_id: str) -> list[AssessmentIndicator]:
    """The rows of an indicator table, in its order."""
    found = select(AssessmentIndicator).where(
        AssessmentIndicator.scheme_id == scheme_id, AssessmentIndicator.deleted_at.is_(None)
    )
    return list(session.scalars(found.order_by(AssessmentIndicator.position, AssessmentIndicator.id)))


def scheme_faults(indicators: Sequence[AssessmentIndicator]) -> list[str]:
    """What keeps an indicator table from being released (message ids, with the code of the row)."""
    faults = [f"{row.code}：{fault}" for row in indicators for fault in _faults_of(row, indicators)]
    total = sum((row.weight for row in indicators if row.is_scored), Decimal(0))
    if total != WHOLE:
        faults.append(f"权重合计为{total.normalize():f}，应为100")
    return faults


def _faults_of(row: AssessmentIndicator, table: Sequence[AssessmentIndicator]) -> Iterable[str]:
    by_code = {each.code: each for each in table}
    children = [each for each in table if each.parent_code == row.code]
    parent = by_code.get(row.parent_code or "")
    checks = (
        (row.parent_code is not None and parent is None, "上级指标不存在"),
        (parent is not None and parent.source is not IndicatorSource.GROUP, "上级指标不是分组"),
        (_is_in_circle(row, by_code), "指标层级成环"),
        (row.source is IndicatorSource.GROUP and not children, "分组下没有指标"),
        (row.source is IndicatorSource.GROUP and row.weight != _weight_under(row, table), "分组权重不等于下级之和"),
        (row.is_scored and row.max_points <= 0, "满分必须大于0"),
        (row.is_scored and row.weight <= 0, "权重必须大于0"),
        (row.source is IndicatorSource.VETO and row.weight != 0, "一票否决项不计权重"),
        (not _increases(row.thresholds), "阈值必须递增，得分比例在0到1之间"),
    )
    yield from (fault for is_so, fault in checks if is_so)
    if row.source is IndicatorSource.FORMULA:
        yield from _formula_faults(row.formula)


def _formula_faults(formula: str | None) -> Iterable[str]:
    try:
        compiled = compile_expression(formula or "")
    except FeelError:
        yield "公式不是有效的表达式"
        return
    unknown = sorted(set(compiled.names) - set(FIGURES))
    if unknown:
        yield f"公式引用了未知的统计指标：{'、'.join(unknown)}"
    if compiled.calls:
        yield f"公式使用了不允许的函数：{'、'.join(sorted(compiled.calls))}"


def _weight_under(row: AssessmentIndicator, table: Sequence[AssessmentIndicator]) -> Decimal:
    return sum((each.weight for each in table if each.parent_code == row.code), Decimal(0))


def _is_in_circle(row: AssessmentIndicator, by_code: Mapping[str, AssessmentIndicator]) -> bool:
    seen, at = {row.code}, by_code.get(row.parent_code or "")
    while at is not None:
        if at.code in seen:
            return True
        seen.add(at.code)
        at = by_code.get(at.parent_code or "")
    return False


def _increases(thresholds: list[Any] | None) -> bool:
    try:
        steps = [(Decimal(str(each["from"])), Decimal(str(each["share"]))) for each in thresholds or []]
    except (TypeError, KeyError, ArithmeticError):
        return False
    rising = all(a[0] < b[0] for a, b in pairwise(steps))
    return rising and all(0 <= share <= 1 for _from, share in steps)


def release(store: Store, scheme: AssessmentScheme, reason: str) -> AssessmentScheme:
    """Freeze a draft; the edition before it is superseded. Raises ReleasedSchemeError, SchemeFaultsError."""
    if scheme.status is not SchemeState.DRAFT:
        raise ReleasedSchemeError
    faults = scheme_faults(indicators_of(store.session, scheme.id))
    if faults:
        raise SchemeFaultsError(faults="；".join(faults))
    earlier = select(AssessmentScheme).where(
        AssessmentScheme.code == scheme.code,
        AssessmentScheme.status == SchemeState.RELEASED,
        AssessmentScheme.deleted_at.is_(None),
    )
    for old in store.session.scalars(earlier).all():
        store.correct(old, {"status": SchemeState.SUPERSEDED}, reason=reason)
    return store.correct(scheme, {"status": SchemeState.RELEASED, "released_at": store.clock.now()}, reason=reason)


def new_edition(store: Store, scheme: AssessmentScheme, reason: str) -> AssessmentScheme:
    """A draft with the same indicators, numbered after the newest edition."""
    editions = select(AssessmentScheme.edition).where(AssessmentScheme.code == scheme.code)
    number = max(store.session.scalars(editions)) + 1
    kept = {name: getattr(scheme, name) for name in ("code", "name", "legal_basis", "node_kinds", "has_authorities")}
    draft = AssessmentScheme(edition=number, **kept)
    store.add(draft, reason=reason)
    for row in indicators_of(store.session, scheme.id):
        same = {name: getattr(row, name) for name in COPIED}
        store.add(AssessmentIndicator(scheme_id=draft.id, **same), reason=reason)
    return draft


COPIED = (
    "position", "code", "parent_code", "name", "explanation", "max_points", "weight", "source", "formula", "direction",
    "thresholds", "scope", "needs_evidence",
)  # fmt: skip


def seed_schemes(store: Store) -> None:
    """The default indicator table of ``seeds/assessment_scheme.json``, released, if the store has none."""
    document = read_seed_document("assessment_scheme")
    if store.session.scalar(select(AssessmentScheme.id).where(AssessmentScheme.code == document["code"]).limit(1)):
        return
    named = {name: document[name] for name in ("code", "name", "legal_basis", "node_kinds", "has_authorities")}
    scheme = store.add(AssessmentScheme(edition=1, **named))
    for position, row in enumerate(read_seed("assessment_indicators"), start=1):
        store.add(_seeded(scheme.id, position, row, document["thresholds"]))
    store.session.flush()
    release(store, scheme, document["reason"])


def _seeded(
    scheme_id: str, position: int, row: Mapping[str, str], thresholds: Mapping[str, list[Any]]
) -> AssessmentIndicator:
    return AssessmentIndicator(
        scheme_id=scheme_id,
        position=position,
        code=row["code"],
        parent_code=row["parent_code"] or None,
        name=row["name"],
        explanation=row["explanation"] or None,
        max_points=Decimal(row["weight"]),
        weight=Decimal(row["weight"]),
        source=IndicatorSource(row["source"]),
        formula=row["formula"] or None,
        direction=Direction(row["direction"]),
        thresholds=thresholds.get(row["code"]),
        scope=Scope(row["scope"]),
        needs_evidence=row["evidence"] == "yes",
    )
