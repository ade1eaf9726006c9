"""Every module that brings tables, so that whoever needs the whole schema imports this one."""

from records import (
    attachments,
    calendar,
    checklists,
    documents,
    inspections,
    journal,
    pauses,
    people,
    registry,
    rules,
    seals,
    store,
    submissions,
)

__all__ = [
    "attachments",
    "calendar",
    "checklists",
    "documents",
    "inspections",
    "journal",
    "pauses",
    "people",
    "registry",
    "rules",
    "seals",
    "store",
    "submissions",
]
