"""What other vendors' modelers write in their own way, brought into BPMN's own elements and FEEL."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from lxml import etree

from engine.juel import JuelError, is_juel, to_feel
from engine.vocabulary import local_name, tag, text_of

#: refuse or note: the node it is about, slug, zh, en
Say = Callable[[Any, str, str, str], None]

EXPRESSIONS = (
    "conditionExpression", "condition", "completionCondition", "loopCondition", "loopCardinality", "loopDataInputRef",
    "timeDate", "timeDuration", "timeCycle", "messagePath", "dataPath", "from",
)  # fmt: skip
_LANGUAGES = re.compile(r"feel|juel|^$|xpath", re.IGNORECASE)
_CRON = re.compile(r"[\d*?][^\s]*(\s+[^\s]+){4,6}")
_LOOP_ORDER = ("loopCardinality", "loopDataInputRef", "loopDataOutputRef", "inputDataItem", "outputDataItem")


def read_vendor_forms(process: Any, refuse: Say, note: Say) -> None:
    """Change a process in place; what has no meaning here is refused."""
    for node in process.iter(tag("multiInstanceLoopCharacteristics")):
        _loop(node, note)
    for node in process.iter(tag("callActivity")):
        _call(node, refuse)
    for name in EXPRESSIONS:
        for node in process.iter(tag(name)):
            _expression(node, name, refuse, note)


def _expression(node: Any, name: str, refuse: Say, note: Say) -> None:
    text, owner = text_of(node), _owner(node)
    language = node.get("language") or ""
    if not _LANGUAGES.search(language) or any(key.endswith("}resource") for key in node.attrib):
        zh, en = f"不支持脚本语言“{language}”", f"expressions in {language or 'script files'} are not supported"
        refuse(owner, "script-expression", zh, en)
    elif is_juel(text):
        try:
            node.text = to_feel(text)
        except JuelError as error:
            refuse(owner, "juel", f"表达式“{text[:80]}”：{error.zh}", f"{text[:80]}: {error}")
        else:
            zh, en = f"“{text[:80]}”译为 FEEL：{node.text[:200]}", f"{text[:80]} reads in FEEL: {node.text[:200]}"
            note(owner, "translated", zh, en)
    elif name == "timeCycle" and _CRON.fullmatch(text):
        refuse(owner, "cron", "不支持 cron 表达式，请用 R/…", "cron expressions are not supported, use ISO 8601 cycles")


def _loop(node: Any, note: Say) -> None:
    """``collection`` and ``elementVariable`` of Camunda, Flowable and Activiti; Zeebe's ``loopCharacteristics``."""
    collection, item = _vendor(node, "collection"), _vendor(node, "elementVariable")
    for extension in node.iter("{*}loopCharacteristics"):
        collection = collection or extension.get("inputCollection")
        item = item or extension.get("inputElement")
    for extension in node.iter("{*}collection"):
        collection = collection or next((t.strip() for t in extension.itertext() if t.strip()), None)
    if collection and node.find(tag("loopDataInputRef")) is None and node.find(tag("loopCardinality")) is None:
        _insert(node, "loopDataInputRef").text = collection
        zh, en = f"多实例集合取自“{collection[:80]}”", f"the multi-instance collection is {collection[:80]}"
        note(_owner(node), "collection-read", zh, en)
    if item and item.isidentifier() and node.find(tag("inputDataItem")) is None:
        _insert(node, "inputDataItem").set("id", item)


def _insert(loop: Any, name: str) -> Any:
    """A child of a loop in the place that the schema gives it."""
    earlier = [tag(each) for each in _LOOP_ORDER[: _LOOP_ORDER.index(name)]]
    before = [child for child in loop if child.tag in (*earlier, tag("documentation"), tag("extensionElements"))]
    new = etree.Element(tag(name))
    new.sourceline = loop.sourceline
    loop.insert(len(before), new)
    return new


def _call(node: Any, refuse: Say) -> None:
    called = node.get("calledElement")
    for extension in node.iter("{*}calledElement"):
        called = called or extension.get("processId")
    if not called:
        refuse(node, "calls-nothing", "调用活动没有指明流程", "the call activity names no process")
    elif is_juel(called) or called.startswith("="):
        zh, en = "被调用的流程须是固定的，不能是表达式", "the called process must be fixed, not an expression"
        refuse(node, "dynamic-call", zh, en)
    else:
        node.set("calledElement", called.rpartition(":")[2])


def _vendor(node: Any, name: str) -> str | None:
    """The value of a foreign attribute of that name."""
    return next((str(value) for key, value in node.attrib.items() if str(key).endswith(f"}}{name}")), None)


def _owner(node: Any) -> Any:
    """The element or flow an expression belongs to."""
    while node is not None and (not node.get("id") or local_name(node).endswith(("Expression", "Definition"))):
        node = node.getparent()
    return node
