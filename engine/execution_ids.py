"""The executor's own ids of the places where instances stand, as columns keep them."""

from __future__ import annotations

from sqlalchemy import Dialect, String
from sqlalchemy.types import TypeDecorator

#: what ids that are numbers begin with; those of the first release were drawn
_NUMBER = "00000000-0000-0000-"


class ExecutionId(TypeDecorator[str]):
    """A UUID in the program; in the database a number without the zeros before it, where it is one."""

    impl = String(36)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the database: hexadecimal digits."""
        if value is None or not value.startswith(_NUMBER):
            return value
        return value.replace("-", "").lstrip("0")

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """From the database; what belongs to nothing (a side task's) is empty."""
        if not value or len(value) > 16:
            return value
        digits = value.zfill(16)
        return f"{_NUMBER}{digits[:4]}-{digits[4:]}"
