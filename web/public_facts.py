"""What of a document anyone may read who holds it: the matter, never the people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from records.documents import Document
from web.answers import at

#: paths in ``Document.facts`` that are public, in the order they are shown; all others stay inside
PUBLIC: Mapping[str, object] = {
    "establishment.name": _("被检查单位"),
    "establishment.credit_code": _("统一社会信用代码"),
    "mode_word": _("检查方式"),
    "checklist.name": _("检查要点表"),
    "planned_on": _("计划日期"),
    "inspected_on": _("检查日期"),
    "counts.checked": _("检查项数"),
    "counts.nonconform": _("不符合项数"),
    "result_word": _("检查结果"),
    "overall_word": _("检查结果"),
    "outcome_word": _("处理意见"),
    "rectify_term": _("整改期限"),
    "due_on": _("整改期限至"),
    "rechecked_on": _("复查日期"),
    "conclusion_word": _("复查结论"),
    "draw_no": _("抽取编号"),
    "commitment": _("抽取承诺值"),
    "sha256": _("抽取记录散列值"),
    "issued_on": _("落款日期"),
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
    """The public facts, named; of findings the checklist's number and words, never the inspectors' remarks."""
    shown = []
    for path, title in PUBLIC.items():
        value = at(document.facts, path)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value):
            shown.append((str(title), str(value)[:LONGEST]))
    findings = document.facts.get("findings")
    for one in findings if isinstance(findings, list) else ():
        code, text = at(one, "code"), at(one, "text")
        if isinstance(code, str) and isinstance(text, str):
            shown.append((gettext("不符合项 %(code)s", code=code), text[:LONGEST]))
    return shown


def authority_of(document: Document) -> str:
    """Who issued it, as the paper says."""
    named = document.facts.get("authority")
    return named if isinstance(named, str) else ""
