"""The shape every fact shares: identity, version, tombstone, and for facts of a case where they came from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Enum,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    inspect,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

#: what the name of a case's chain begins with: for the program, in the database
CASE, KEPT_CASE = "case:", "z"
#: for small rows that are found by their key alone: SQLite keeps them in the key's index
WITHOUT_ROWID = {"sqlite_with_rowid": False}


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept and returned in UTC on every database. Refuses naive values."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What the program sees; lists and filters go by it."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database: UTC; naive on SQLite, which has no zones."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database: aware, UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Digest(TypeDecorator[str]):
    """A SHA-256: 64 hexadecimal digits for the program, 32 bytes in the database."""

    impl = LargeBinary(32)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """To the database. Raises ValueError for what is no hexadecimal text."""
        return None if value is None else bytes.fromhex(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """From the database; what is no digest (it was tampered with) as it is."""
        return value.hex() if isinstance(value, bytes) else value


class ChainName(TypeDecorator[str]):
    """The name of a chain of the journal, as ``case:01M8…`` or ``establishment:01M8…``.

    That of a case is kept as ``z01M8…``: behind all others, so that the newest cases, where entries come, stand at the
    end of the index, which fills its pages there and would leave them half empty between others.
    """

    impl = String(80)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the database."""
        return KEPT_CASE + value[len(CASE) :] if value is not None and value.startswith(CASE) else value

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """From the database. Every other name has a colon in it."""
        if value is None or not value.startswith(KEPT_CASE) or ":" in value:
            return value
        return CASE + value[len(KEPT_CASE) :]


def choice(kind: type[StrEnum]) -> Enum:
    """A column type for a StrEnum, kept as its value in a plain text column."""
    return Enum(
        kind, native_enum=False, create_constraint=False, length=40, values_callable=lambda k: [m.value for m in k]
    )


def refers_to(column: str) -> ForeignKey:
    """A foreign key that is checked at the end of the transaction, so facts may be written in any order."""
    return ForeignKey(column, deferrable=True, initially="DEFERRED")


class Base(DeclarativeBase):
    """Every table of the product. Table name = class name in snake case."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Moment(), dict[str, Any]: Json, list[Any]: Json, list[str]: Json}

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805 - SQLAlchemy hands in the class
        """Snake case of the class name."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


class Source(StrEnum):
    """How a fact came into the store."""

    TASK = "task"
    API = "api"
    IMPORT = "import"
    OFFLINE = "offline"
    ADMIN = "admin"
    SYSTEM = "system"


class Fact(Base):
    """A versioned, journaled thing. Only ``records.store.Store`` writes facts; the session refuses any other change."""

    __abstract__ = True
    #: columns that are no part of the fact (secrets, counters of libraries): not journaled, may change freely
    unjournaled: ClassVar[frozenset[str]] = frozenset()
    #: lists of other rows that are part of the fact: relation → attribute that each is journaled by
    listed: ClassVar[Mapping[str, str]] = {}

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(64))
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    def content(self) -> dict[str, Any]:
        """The fact as JSON-safe values: its columns and lists, without what is not part of it."""
        names = [a.key for a in inspect(type(self)).column_attrs if a.key not in self.unjournaled]
        content = {name: json_safe(getattr(self, name)) for name in sorted(names) if name not in _BOOKKEEPING}
        for relation, attribute in self.listed.items():
            content[relation] = sorted(str(getattr(each, attribute)) for each in getattr(self, relation))
        return content

    def settle(self) -> None:
        """Give every number the exact form its column keeps, so that what is hashed is what is read back."""
        for column in inspect(type(self)).column_attrs:
            value = getattr(self, column.key)
            settled = _as_kept(column.columns[0].type, value)
            if settled is not value:
                setattr(self, column.key, settled)


def _as_kept(kind: TypeEngine[Any], value: Any) -> Any:
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(kind, Float):
        return float(value)
    if isinstance(kind, Integer):
        return int(value)
    if isinstance(kind, Numeric):
        return Decimal(str(value)).quantize(Decimal(1).scaleb(-(kind.scale or 0)))
    return value


_BOOKKEEPING = frozenset({"version", "created_at", "created_by", "updated_at"})


def json_safe(value: object) -> object:
    """A column value as JSON: decimals as text without trailing zeros, moments in UTC ISO form, enums by value."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, bytes):
        return value.hex()
    return value


class RegionalMixin:
    """A fact that lies in a region: ``region_path`` (``/450000/450200/450203/``) is what jurisdiction is tested on."""

    region_code: Mapped[str] = mapped_column(String(12), index=True)
    region_path: Mapped[str] = mapped_column(String(80), index=True)


class CaseMixin(RegionalMixin):
    """A fact that a case produced: numbered, provenanced, markable as drill."""

    no: Mapped[str | None] = mapped_column(String(48), index=True)
    status: Mapped[str] = mapped_column(String(40), default="active", index=True)
    organisation_id: Mapped[str | None] = mapped_column(String(26))
    establishment_id: Mapped[str | None] = mapped_column(String(26), index=True)
    source: Mapped[Source] = mapped_column(choice(Source), default=Source.TASK)
    process_instance_id: Mapped[str | None] = mapped_column(String(26), index=True)
    user_task_id: Mapped[str | None] = mapped_column(String(26))
    submission_id: Mapped[str | None] = mapped_column(String(26))
    form_version: Mapped[str | None] = mapped_column(String(120))
    is_drill: Mapped[bool] = mapped_column(default=False)
    effective_at: Mapped[datetime]
    retention_until: Mapped[date | None]
