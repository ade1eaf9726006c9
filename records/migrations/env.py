"""Run by Alembic: applies versions on the connection that ``upgrade`` hands in, or writes a new version."""

from __future__ import annotations

import importlib
import os
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON, Connection, Enum
from sqlalchemy.types import TypeEngine

from records.base import Base, Moment
from records.db import Database
from records.settings import Settings


def render(kind: str, thing: Any, _autogen: AutogenContext) -> str | Literal[False]:
    """Our own column types by their short names."""
    if kind != "type" or not isinstance(thing, TypeEngine):
        return False
    if isinstance(thing, Moment):
        return "records.base.Moment()"
    if isinstance(thing, Enum):
        return f"sa.String({thing.length})"
    return "records.base.Json" if isinstance(thing, JSON) else False


def run(connection: Connection) -> None:
    """Apply or compare on an open connection."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=render,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    context.run_migrations()


handed_in = context.config.attributes.get("connection")
if handed_in is not None:
    run(handed_in)
else:
    for module in context.config.get_main_option("tables", "").split(","):
        importlib.import_module(module.strip())
    with Database(Settings.from_environment(os.environ).database_url).changing_schema() as opened:
        run(opened)
