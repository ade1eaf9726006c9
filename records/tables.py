"""Every module that brings tables, so that whoever needs the whole schema imports this one."""

from records import (
    absences,
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
    sampling,
    seals,
    store,
    submissions,
)

__all__ = [
    "absences",
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
    "sampling",
    "seals",
    "store",
    "submissions",
]
