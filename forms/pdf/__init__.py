"""Documents on paper: a template file says what a kind of document contains, the document's facts fill it in.

Templates are data (``templates/<kind>.json``), so wording changes without code. ReportLab stays behind this package.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reportlab.platypus import Flowable

from forms.pdf import blocks
from forms.pdf.blocks import Images
from forms.pdf.page import FontMissingError, Sheet, build, load_fonts
from forms.pdf.text import Style, Text
from forms.templates import UnknownKindError, template

__all__ = ["FontMissingError", "Images", "Paper", "UnknownKindError", "render"]

_PLACE = re.compile(r"\{([A-Za-z_][\w.]*)\}")
_EMPTY = "—"
#: a full stop of the template after one that somebody typed
_STOPS = re.compile("([。！？])。")


@dataclass(frozen=True)
class Paper:
    """An issued document, as far as paper shows it."""

    kind: str
    title: str
    no: str
    facts: Mapping[str, Any]
    facts_hash: str
    verify_address: str
    is_drill: bool = False  # printed across every page


def render(paper: Paper, *, font: Path, images: Images) -> bytes:
    """The PDF of a document. The same document always gives the same bytes."""
    load_fonts(font)
    content, frame = template(paper.kind), template("frame")
    head = blocks.red_head(filled(content["head"], paper.facts)) if "head" in content else []
    title = [Text(paper.title, blocks.TITLE), Text(paper.no, blocks.NUMBER)]
    story = [*head, *title, *_story(content, paper.facts, images)]
    sheet = Sheet(
        authority=filled("{authority}", paper.facts),
        title=paper.title,
        no=paper.no,
        address=paper.verify_address,
        fingerprint=paper.facts_hash,
        page_words=frame["page"],
        verify_words=frame["verify"],
        subject=content["subject"],
        across=frame["drill"] if paper.is_drill else "",
    )
    return build(sheet, story)


def _story(content: Mapping[str, Any], facts: Mapping[str, Any], images: Images) -> list[Flowable]:
    """The blocks that apply, in order. A heading stays with what it heads, the seal with what it seals and its note."""
    story: list[Flowable] = []
    names: list[str] = []
    held: list[Flowable] = []
    for block in content["blocks"]:
        if not _holds(block.get("if"), facts):
            continue
        name = _name_of(block)
        if not _stays(names, name):
            story += blocks.together(held) if "seal" in names else held
            names, held = [], []
        names.append(name)
        held += _BLOCKS[name](block, facts, images)
    return story + (blocks.together(held) if "seal" in names else held)


def _stays(names: Sequence[str], name: str) -> bool:
    return name == "seal" or names[-1:] == ["heading"] or (name == "note" and "seal" in names)


def _name_of(block: Mapping[str, Any]) -> str:
    name = next((name for name in _BLOCKS if name in block), None)
    if name is None:
        raise UnknownKindError(str(sorted(block)))
    return name


def value_at(path: str, facts: object) -> Any:
    """What lies at a dotted path of the facts; None when nothing does."""
    for name in path.split("."):
        if isinstance(facts, Mapping):
            facts = facts.get(name)
        elif isinstance(facts, Sequence) and not isinstance(facts, str) and name.isdigit() and int(name) < len(facts):
            facts = facts[int(name)]
        else:
            return None
    return facts


def filled(text: str, facts: Mapping[str, Any]) -> str:
    """A template text with its ``{places}`` filled; an empty place shows a dash."""

    def fill(match: re.Match[str]) -> str:
        value = value_at(match[1], facts)
        return _EMPTY if value is None or value == "" else str(value)

    return _STOPS.sub(r"\1", _PLACE.sub(fill, text))


def _holds(condition: str | None, facts: Mapping[str, Any]) -> bool:
    """``path``, ``!path`` or ``path=value``."""
    if condition is None:
        return True
    if "=" in condition:
        path, wanted = condition.split("=", 1)
        return str(value_at(path, facts)) == wanted
    negated = condition.startswith("!")
    return bool(value_at(condition.removeprefix("!"), facts)) is not negated


def _text(name: str, style: Style) -> Callable[..., list[Flowable]]:
    return lambda block, facts, images: [Text(filled(block[name], facts), style)]


def _fields(block: Mapping[str, Any], facts: Mapping[str, Any], images: Images) -> list[Flowable]:
    rows = [(row[0], _value(row[1], facts)) for row in block["fields"]]
    return blocks.fields(rows, block.get("pairs", 1))


def _value(template: str | Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    if isinstance(template, str):
        return filled(template, facts)
    return blocks.choices([(o[0], o[1]) for o in template["options"]], value_at(template["choices"], facts))


def _table(block: Mapping[str, Any], facts: Mapping[str, Any], images: Images) -> list[Flowable]:
    group = block.get("group")
    names = [column["key"] for column in block["columns"]] + ([group] if group else [])
    rows = [{name: str(value_at(name, row) or "") for name in names} for row in value_at(block["table"], facts) or []]
    return blocks.table(block["columns"], rows, group)


def _signatures(block: Mapping[str, Any], facts: Mapping[str, Any], images: Images) -> list[Flowable]:
    shown = [each for each in block["signatures"] if _holds(each.get("if"), facts)]
    rows = [
        (
            each["label"],
            filled(each.get("name", ""), facts),
            value_at(each.get("image", ""), facts),
            filled(each.get("day", ""), facts),
        )
        for each in shown
    ]
    return blocks.signatures(rows, images)


_BLOCKS: Mapping[str, Callable[..., list[Flowable]]] = {
    "paragraph": _text("paragraph", blocks.BODY),
    "plain": _text("plain", blocks.PLAIN),
    "heading": lambda block, facts, _images: blocks.heading(filled(block["heading"], facts)),
    "note": _text("note", blocks.NOTE),
    "fields": _fields,
    "table": _table,
    "lines": lambda block, facts, _images: [
        Text(str(line), blocks.BODY) for line in value_at(block["lines"], facts) or []
    ],
    "signatures": _signatures,
    "seal": lambda block, facts, _images: blocks.seal([filled(line, facts) for line in block["seal"]]),
}
