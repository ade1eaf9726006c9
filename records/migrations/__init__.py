"""Schema versions (Alembic): ``upgrade`` brings a database to the newest one, in one transaction."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from records.db import Database

FOLDER = Path(__file__).parent
#: taken on PostgreSQL while the schema changes, so that two starting processes do it one after the other
LOCK = 450_200_001


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the database's schema to a version, the newest if none is said; nothing happens when it is there."""
    with database.changing_schema() as connection:
        if database.dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def is_current(database: Database) -> bool:
    """True when the database has the newest schema version."""
    with database.engine.connect() as connection:
        applied = MigrationContext.configure(connection).get_current_heads()
    return set(applied) == set(ScriptDirectory.from_config(_config()).get_heads())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config
