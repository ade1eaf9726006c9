"""The BPMN 2.0 XML schema (as SpiffWorkflow ships it), held against a file before its normal form is made."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import SpiffWorkflow.bpmn.parser
from lxml import etree

from engine.findings import Finding
from engine.vocabulary import BPMN, local_name, tag

SHOWN = 20


def schema_findings(root: Any) -> dict[Any, list[Finding]]:
    """Elements in each process that BPMN does not know, by process node; what else is amiss, under None.

    The order of elements, their attributes and ids are no reason to refuse: what matters of them here is checked by the
    normal form. Other vendors' elements and attributes are none of it: the schema lets them in.
    """
    found: dict[Any, list[Finding]] = {}
    schema = _schema()
    if schema.validate(root):
        return found
    for error in list(schema.error_log)[:SHOWN]:
        node = _node(root, error.path)
        process, named = _above(node, tag("process")), _named(node)
        if node is None or not local_name(node) or local_name(node) in _names():
            process = None
        message = str(error.message).replace(f"{{{BPMN}}}", "")[:200]
        finding = Finding(named, error.line, "not-schema", f"不符合 BPMN 2.0 的 XML 架构：{message}", message)
        found.setdefault(process, []).append(finding)
    return found


FOLDER = Path(SpiffWorkflow.bpmn.parser.__file__).parent / "schema"


def _read(name: str) -> Any:
    return etree.parse(str(FOLDER / name), etree.XMLParser(no_network=True))


@cache
def _schema() -> Any:
    return etree.XMLSchema(_read("BPMN20.xsd"))


@cache
def _names() -> frozenset[str]:
    """Every element that BPMN has."""
    return frozenset(str(node.get("name")) for node in _read("Semantic.xsd").iter("{*}element") if node.get("name"))


def _node(root: Any, path: str | None) -> Any:
    try:
        found = root.getroottree().xpath(path) if path else []
    except etree.XPathError:
        found = []
    return found[0] if found else None


def _above(node: Any, name: str) -> Any:
    while node is not None and node.tag != name:
        node = node.getparent()
    return node


def _named(node: Any) -> str:
    while node is not None and not node.get("id"):
        node = node.getparent()
    return "" if node is None else str(node.get("id"))
