"""Indexes of parts of a table, and of places: what is open, what is somebody's, what is done, what lies in a region."""

from __future__ import annotations

from sqlalchemy import Index, text


def open_tasks_index(name: str, *columns: str) -> Index:
    """An index of the inbox: of open user tasks only, so that it stays as small as the work that is left."""
    return part_index(f"ix_open_user_task_{name}", "state = 'open'", *columns)


def part_index(name: str, holds: str, *columns: str) -> Index:
    """An index of the rows for which ``holds``; region paths in it serve to look for what begins with one."""
    by_prefix = BY_PREFIX if "region_path" in columns else {}
    return Index(name, *columns, sqlite_where=text(holds), postgresql_where=text(holds), postgresql_ops=by_prefix)


def scope_index(name: str, *columns: str) -> Index:
    """An index of a whole table that begins with its region paths."""
    return Index(name, *columns, postgresql_ops=BY_PREFIX)


BY_PREFIX = {"region_path": "text_pattern_ops"}
