"""What of a document anyone may read who holds it: the matter, never the people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _

from records.documents import Document

#: names in ``Document.facts`` that are public, in the order they are shown; all others stay inside
PUBLIC: Mapping[str, object] = {
    "establishment": _("被检查单位"),
    "establishment_name": _("被检查单位"),
    "credit_code": _("统一社会信用代码"),
    "mode": _("检查方式"),
    "planned_on": _("检查日期"),
    "checked_on": _("检查日期"),
    "overall": _("检查结果"),
    "result": _("检查结果"),
    "disposition": _("处理意见"),
    "finding_count": _("不符合项数"),
    "ordered_on": _("责令日期"),
    "due_on": _("整改期限"),
    "days": _("整改期限（工作日）"),
    "conclusion": _("结论"),
    "legal_basis": _("依据"),
}
LONGEST = 200


@dataclass(frozen=True)
class Issued:
    """An issued document as the public page shows it."""

    title: str
    kind: str
    no: str
    status: str
    region: str
    issuer: str
    issued_at: datetime | None
    sha256: str
    facts_hash: str
    is_whole: bool
    facts: list[tuple[str, str]]


def public_facts(document: Document) -> list[tuple[str, str]]:
    """The public facts, named."""
    shown = []
    for name, title in PUBLIC.items():
        value = document.facts.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value):
            shown.append((str(title), str(value)[:LONGEST]))
    return shown
