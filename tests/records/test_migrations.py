"""The schema's versions and the models say the same."""

from collections.abc import Callable
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import make_url

import engine.model
from records.base import Base
from records.db import Database
from records.migrations import is_current, upgrade
from tests.conftest import new_postgresql

assert engine.model.UserTask.__tablename__ == "user_task"


def differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        opts = {"compare_type": True, "include_object": is_made(connection.dialect.name)}
        context = MigrationContext.configure(connection, opts=opts)
        return list(compare_metadata(context, Base.metadata))


def is_made(dialect: str) -> Callable[..., bool]:
    """Whether a database of this dialect has a thing: some indexes are of one alone."""
    return lambda made, *_rest: made.info.get("dialect", dialect) == dialect


def check_upgrade(database: Database) -> None:
    try:
        assert not is_current(database)
        upgrade(database)
        assert is_current(database)
        assert differences(database) == []
        upgrade(database)
        assert is_current(database)
    finally:
        database.engine.dispose()


def test_the_versions_make_what_the_models_say(database_template: str, tmp_path: Path) -> None:
    if make_url(database_template).get_backend_name() == "sqlite":
        check_upgrade(Database(f"sqlite:///{tmp_path / 'new.db'}"))
    else:
        with new_postgresql(database_template, template=None) as url:
            check_upgrade(Database(url))
