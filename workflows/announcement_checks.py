"""The automatic checks of a draft: what it contains, whom it reaches, at which level it is released."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from engine.process import Step
from records.announcements import Announcement
from records.attachments import Attachment
from records.audiences import Audience, member_count
from records.markup import clean_markup, links_of, plain_text
from records.people import Region
from records.scanning import Issue, scan
from workflows import announcement_words as words
from workflows.announcement_texts import announcement_of, due_word, level_of

#: the numbers of the text and of the files among what is reviewed; the items are 1, 2, 3 …
BODY_CODE, FILES_CODE = "0", "99"
MOST_ISSUES = 50


def automatic_checks(step: Step) -> Mapping[str, object]:
    """Clean the markup, look for what may not be there, count whom it reaches.

    Personal numbers in a field that is reviewed one by one do not stop the draft: the review must redact them.
    """
    announcement, draft = announcement_of(step), step.data["draft"]
    body = clean_markup(announcement.body or "")
    audience = Audience.of(announcement.audience)
    count = member_count(step.session, audience, step.instance.region_path)
    fields = _fields(step, draft, body)
    step.store.correct(announcement, {"body": body, "fields": fields})
    step.instance.title = _title(step, announcement)
    texts = [announcement.title or "", announcement.summary or "", plain_text(body), *links_of(body)]
    issues = scan("\n".join(texts))
    inside = scan("\n".join(field["value"] for field in fields if field["code"] not in (BODY_CODE, FILES_CODE)))
    is_blocked = any(issue.blocks(announcement.is_public) for issue in issues)
    is_blocked |= any(issue.blocks(None) for issue in inside)
    return {
        "kind": announcement.kind,
        "level": level_of(step.session, step.instance.region_code),
        "grade": announcement.accident_grade or "none",
        "reach": _reach(step, count, is_public=announcement.is_public),
        "count": count,
        "fields": fields,
        "issues": issue_rows(issues, announcement.is_public) + issue_rows(inside, None),
        "blocked": is_blocked,
        **_in_words(step, announcement, audience),
    }


def issue_rows(issues: Iterable[Issue], is_public: object) -> list[dict[str, object]]:
    """What was found, for people."""
    found = [
        {"kind_word": words.ISSUES[each.kind], "excerpt": each.excerpt, "blocks": each.blocks(is_public)}
        for each in issues
    ]
    return found[:MOST_ISSUES]


def _title(step: Step, announcement: Announcement) -> str:
    mark = words.DRILL_MARK if step.instance.is_drill else ""
    kind = words.KINDS[announcement.kind] if announcement.kind else ""
    return f"{mark}{kind} · {announcement.title}"[:200]


def _fields(step: Step, draft: Mapping[str, Any], body: str) -> list[dict[str, str]]:
    """What is reviewed one by one: the text, the files, and each field."""
    fields = [{"code": BODY_CODE, "label": words.BODY, "value": plain_text(body)}]
    names = file_names(step, draft.get("attachments") or [])
    if names:
        fields.append({"code": FILES_CODE, "label": words.ATTACHMENTS, "value": "、".join(names)})
    rows = draft.get("fields") or []
    return fields + [
        {"code": str(number), "label": row["label"], "value": row["value"]} for number, row in enumerate(rows, 1)
    ]


def file_names(step: Step, ids: Iterable[str]) -> list[str]:
    """The names of uploads, in order."""
    wanted = list(ids)
    found = step.session.execute(select(Attachment.id, Attachment.filename).where(Attachment.id.in_(wanted)))
    names = {each: name for each, name in found}
    return [names[each] for each in wanted if each in names]


def _reach(step: Step, count: int, *, is_public: bool) -> str:
    if is_public:
        return "public"
    return "many" if count >= step.number("R-ANN-MANY") else "few"


def _in_words(step: Step, announcement: Announcement, audience: Audience) -> dict[str, str]:
    regions = step.session.scalars(select(Region.name).where(Region.code.in_(audience.regions)).order_by(Region.path))
    kinds, types = (
        "、".join(names.get(code, code) for code in codes)
        for names, codes in ((words.ROLES, audience.kinds), (words.TYPES, audience.types))
    )
    parts = ["、".join(regions), kinds, types]
    return {
        "kind_word": words.KINDS[announcement.kind] if announcement.kind else "",
        "category_word": words.CATEGORIES.get(announcement.category or "", ""),
        "urgency_word": words.URGENCIES.get(announcement.urgency or "", ""),
        "audience_word": " × ".join(part for part in parts if part),
        "due_word": due_word(step, announcement),
    }
