"""BPMN's words: its namespace, the kinds of flow nodes, how a node's name and text are read."""

from __future__ import annotations

from typing import Any

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"

ACTIVITIES = frozenset(
    {"userTask", "manualTask", "serviceTask", "businessRuleTask", "callActivity", "subProcess", "task", "scriptTask",
     "sendTask", "receiveTask", "transaction", "adHocSubProcess"}
)  # fmt: skip
EVENTS = frozenset({"startEvent", "endEvent", "boundaryEvent", "intermediateCatchEvent", "intermediateThrowEvent"})
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "complexGateway", "eventBasedGateway"})
NODES = ACTIVITIES | EVENTS | GATEWAYS
SCOPES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
#: ids of elements and flows that no modeler drew begin so; they are never shown
SUPPLIED = "supplied_"


def tag(name: str) -> str:
    """The full tag of a BPMN element."""
    return f"{{{BPMN}}}{name}"


def local_name(node: Any) -> str:
    """A tag without its namespace; empty for comments and foreign elements."""
    full = node.tag
    return full[len(BPMN) + 2 :] if isinstance(full, str) and full.startswith(f"{{{BPMN}}}") else ""


def text_of(node: Any) -> str:
    """The text of an expression element, without the ``=`` that some modelers put before FEEL."""
    text = (node.text or "").strip()
    return text.removeprefix("=").strip()
