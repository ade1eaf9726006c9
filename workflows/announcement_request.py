"""What an announcement begins with: what somebody typed, or what another case asks for (`announcement_requested`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from sqlalchemy import select

from engine.expressions import parse_moment
from engine.model import EventSubscription
from engine.process import Step
from records.announcements import AnnouncementKind
from records.markup import as_paragraphs

LONGEST_TITLE, LONGEST_SUMMARY, LONGEST_LABEL, LONGEST_VALUE, MOST_FIELDS = 120, 300, 80, 2000, 50
AUDIENCES: Mapping[AnnouncementKind, tuple[str, ...]] = {
    AnnouncementKind.RECALL: ("INS", "LEAD", "BIZ", "MKT"),
    AnnouncementKind.CONSUMER_WARNING: ("INS", "LEAD", "BIZ", "MKT"),
    AnnouncementKind.EMERGENCY: ("INS", "LEAD", "MGR", "COORD"),
    AnnouncementKind.ASSESSMENT_LAUNCH: ("ORG", "MKT"),
    AnnouncementKind.ASSESSMENT_RESULTS: ("ORG", "MKT", "MGR"),
}

PUBLISHED = "announcement_published"
#: the kinds whose asker waits for word: its clock ends, or begins, with the publication
ANSWERED = (AnnouncementKind.RESULT_DISCLOSURE, AnnouncementKind.RECALL)


@dataclass(frozen=True)
class Request:
    """The beginning of an announcement."""

    kind: AnnouncementKind
    at: datetime
    author_id: str
    asked: Mapping[str, Any]  # what was typed, or the message

    @classmethod
    def of(cls, step: Step) -> Request:
        """From the start event that took it."""
        asked = step.data.get("announcement_requested") or step.data["announcement_drafted"]
        known = {kind.value for kind in AnnouncementKind}
        kind = AnnouncementKind(asked["kind"]) if asked.get("kind") in known else AnnouncementKind.NOTICE
        return cls(kind, parse_moment(asked["_at"]) or step.clock.now(), str(asked["_by"]), asked)

    @property
    def title(self) -> str:
        """The title, as far as one was given."""
        return _text(self.asked.get("title"), LONGEST_TITLE).replace("<", "〈").replace(">", "〉")

    @property
    def due_at(self) -> datetime | None:
        """The end of the time for disclosure, where the asker says it."""
        return parse_moment(self.asked.get("due_at"))

    @property
    def answers(self) -> bool:
        """Whether the asking case waits for word of what became of it."""
        return bool(self.asked.get("source_case_no")) and self.kind in ANSWERED

    def columns(self) -> dict[str, Any]:
        """What the announcement's record keeps of it."""
        return {
            "kind": self.kind,
            "title": self.title or None,
            "body": self._body() or None,
            "author_id": self.author_id if len(self.author_id) == 26 else None,
            "source_type": _text(self.asked.get("source_type"), 40) or None,
            "source_id": _text(self.asked.get("source_id"), 26) or None,
            "source_case_no": _text(self.asked.get("source_case_no"), 48) or None,
        }

    def prefilled(self, is_drill: object) -> dict[str, Any]:
        """What the draft begins with. A drill's announcement is never public."""
        return {
            "kind": self.kind.value,
            "title": self.title or None,
            "body": self._body() or None,
            "fields": self._fields(),
            "kinds": list(AUDIENCES.get(self.kind, ("INS", "LEAD"))),
            "is_public": self.asked.get("is_public") is True and not is_drill,
            "category": _text(self.asked.get("category"), 40) or None,
            "summary": _text(self.asked.get("summary"), LONGEST_SUMMARY) or None,
            "source_case_no": _text(self.asked.get("source_case_no"), 48) or None,
            "answers": self.answers,
        }

    def _body(self) -> str:
        """Paragraphs of the text, and a table of the facts that are not reviewed one by one."""
        facts, reviewed = self.asked.get("facts"), {field["label"] for field in self._fields()}
        given = facts.items() if isinstance(facts, Mapping) else ()
        rows = [(label, value) for label, value in given if _text(label, LONGEST_LABEL) not in reviewed]
        cells = "".join(f"<tr><th>{_cell(label)}</th><td>{_cell(value)}</td></tr>" for label, value in rows)
        table = f"<table><tbody>{cells}</tbody></table>" if cells else ""
        return as_paragraphs(_text(self.asked.get("body"), 20_000)) + table

    def _fields(self) -> list[dict[str, str]]:
        given = self.asked.get("fields")
        rows = [row for row in given if isinstance(row, Mapping)] if isinstance(given, list) else []
        named = [
            (_text(row.get("label") or row.get("name"), LONGEST_LABEL), _text(row.get("value"), LONGEST_VALUE))
            for row in rows[:MOST_FIELDS]
        ]
        return [{"label": label, "value": value} for label, value in named if label and value]


def asker_waits(step: Step) -> bool:
    """Whether word of what became of the announcement has somebody to go to: a recall may have ended before."""
    opened, asked = step.data["open_announcement"], Request.of(step)
    if not opened["answers"] or asked.kind is AnnouncementKind.RESULT_DISCLOSURE:
        return bool(opened["answers"])
    waiting = select(EventSubscription.id).where(
        EventSubscription.name == PUBLISHED, EventSubscription.correlation == opened["source_case_no"]
    )
    return step.session.scalar(waiting.limit(1)) is not None


def _text(value: object, longest: int) -> str:
    return str(value).strip()[:longest] if isinstance(value, str | int | float) else ""


def _cell(value: object) -> str:
    return escape(_text(value, LONGEST_VALUE), quote=False)
