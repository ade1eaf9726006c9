"""Finished instances by the thousand, copied from one that really ran."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table, insert, select, text

from bench.rivals import writing
from bench.work import Office
from engine.model import InstanceStep, ProcessInstance, UserTask
from records.clock import Clock, SystemClock
from records.journal import JournalChain, JournalEntry
from records.rows import table_of
from records.submissions import Submission

PIECE = 500  # instances a transaction
TABLES = tuple(table_of(kind) for kind in (ProcessInstance, UserTask, Submission, InstanceStep, JournalEntry))
CHAINS = table_of(JournalChain)


def fill_with_history(office: Office, key: str, instances: int) -> None:
    """As many finished instances as wanted."""
    instance_id = office.whole(key)
    with office.database.engine.connect() as connection:
        pattern = {table: _rows(connection, table, instance_id) for table in (*TABLES, CHAINS)}
    clock = SystemClock()
    for begin in range(0, instances, PIECE):
        with writing(office.database) as connection:
            copies = [_Copy(instance_id, clock, f"-{begin + n}") for n in range(min(PIECE, instances - begin))]
            for table, found in pattern.items():
                connection.execute(insert(table), [copy.of(row) for copy in copies for row in found])
    with office.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _rows(connection: Connection, table: Table, instance_id: str) -> list[dict[str, Any]]:
    own = table.c.get("process_instance_id", table.c[0])
    wanted = f"case:{instance_id}" if "chain" in table.c else instance_id
    return [dict(row) for row in connection.execute(select(table).where(own == wanted)).mappings()]


class _Copy:
    """One copy with ids of its own; what refers to each other still does."""

    def __init__(self, old: str, clock: Clock, suffix: str) -> None:
        self.clock, self.suffix, self.old = clock, suffix, old
        self.ids: dict[str, str] = {old: clock.new_id()}

    def of(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A row of the copy."""
        return {name: self._value(name, value) for name, value in row.items()}

    def _value(self, name: str, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if name == "business_key":
            return value + self.suffix
        if name in ("id", "user_task_id", "submission_id", "process_instance_id"):
            return self.ids.setdefault(value, self.clock.new_id())
        return value.replace(self.old, self.ids[self.old])
