"""Babel extractors for texts that are data: form files, models, decision tables, and the sentences of errors.

Named in ``web/babel.cfg``; ``tests/web/test_translations.py`` runs them to see that no text lacks its English.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any

from lxml import etree

Message = tuple[int, str | None, str, list[str]]

HAN = re.compile(r"[\u3400-\u9fff]")
#: keys of a form file whose text is an expression or a value, never shown as it stands
SILENT_KEYS = frozenset(
    {
        "conditional",
        "that",
        "default",
        "value",
        "assignee",
        "requiredIf",
        "template",
        "source",
        "filter",
        "pattern",
        "list",
    }
)
#: attributes of models and decision tables that people read
SHOWN_ATTRIBUTES = ("name", "label")
_FEEL_TEXT = re.compile(r'"([^"]*)"')


def extract_form(
    file: IO[bytes], keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[Message]:
    """Every Chinese text of a form file."""
    for text in sorted(set(_texts(json.load(file)))):
        yield 1, None, text, []


def _texts(node: object) -> Iterator[str]:
    if isinstance(node, str):
        if HAN.search(node) and not node.startswith("="):
            yield node
    elif isinstance(node, list):
        for part in node:
            yield from _texts(part)
    elif isinstance(node, dict):
        for key, part in node.items():
            if key not in SILENT_KEYS:
                yield from _texts(part)


def extract_model(
    file: IO[bytes], keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[Message]:
    """Every Chinese name of a model or decision table, and the Chinese texts a decision gives."""
    tree = etree.parse(file, etree.XMLParser(resolve_entities=False, no_network=True))
    for element in tree.iter("{*}*"):
        line = int(str(element.sourceline or 1))
        for attribute in SHOWN_ATTRIBUTES:
            text = str(element.get(attribute) or "")
            if HAN.search(text):
                yield line, None, text, []
        if etree.QName(str(element.tag)).localname == "outputEntry":
            for text in _FEEL_TEXT.findall("".join(str(part) for part in element.itertext())):
                if HAN.search(text):
                    yield line, None, text, []


def extract_sentences(
    file: IO[bytes], keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[Message]:
    """The ``sentence`` of every error class, and every Chinese value of a mapping named ``…SENTENCES``."""
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            names = {target.id for target in _targets(node) if isinstance(target, ast.Name)}
            if any(name == "sentence" or name.endswith("SENTENCES") for name in names):
                yield from _constants(node.value)


def _targets(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def _constants(value: ast.expr) -> Iterator[Message]:
    for part in ast.walk(value):
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and HAN.search(part.value):
            yield part.lineno, None, part.value, []
