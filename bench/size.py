"""How many bytes a database takes, indexes included, dead rows not."""

from __future__ import annotations

from sqlalchemy import text

from records.db import Database

_TABLES = (
    "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = 'public' AND c.relkind = 'r'"
)


def tidy(database: Database) -> None:
    """What PostgreSQL does by itself every minute, and a short run would not see: dead rows make room for new ones."""
    if database.dialect == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM"))


def size_of(database: Database) -> int:
    """Bytes on disk after what is dead was cleared away."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if database.dialect == "sqlite":
            connection.rollback()
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            pages, page = (connection.exec_driver_sql(f"PRAGMA {p}").scalar() for p in ("page_count", "page_size"))
            return int(pages or 0) * int(page or 0)
        connection.execute(text("VACUUM"))
        return int(connection.execute(text(_TABLES)).scalar() or 0)
