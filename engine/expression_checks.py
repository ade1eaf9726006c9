"""What a model's expressions read, held against what can ever be there: elements, and the questions of their forms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from engine.findings import Finding, Placed, finding_at
from engine.process_model import ProcessModel
from feel import compile_expression, nodes
from feel.errors import FeelError
from forms.catalog import Form
from forms.component import Component, FormDefinitionError

#: names that expressions find without any element
GIVEN = frozenset(
    {"case", "now", "today", "timer_start", "loopCounter", "numberOfInstances", "numberOfCompletedInstances", "item"}
)
_TEXTS = frozenset({"textfield", "textarea", "radio", "select"})
_LISTS = frozenset({"checklist", "taglist", "dynamiclist", "filepicker", "inspection_checklist"})

Questions = Mapping[str, Mapping[str, Component]]  # by element, by key


def check_expressions(
    model: ProcessModel, forms: Mapping[str, Any], others: Iterable[ProcessModel]
) -> Iterator[Finding]:
    """Names that nothing supplies, questions that a form does not have, comparisons that can never hold.

    ``others`` are the deployed processes: one that calls this process lends it its data.
    """
    questions = dict(_questions(forms))
    start = model.start_event()
    known = None if start is None or start.id not in forms else _known(model, others)
    for place, text in _texts(model):
        try:
            expression = compile_expression(text)
        except FeelError:
            continue  # said elsewhere
        if known is not None:
            for name in sorted(expression.names - known):
                zh, en = f"没有任何步骤会提供“{name}”", f"no step ever supplies {name!r}"
                yield finding_at(place, "unknown-name", zh, en)
        yield from _reads(place, expression.node, questions, _listed(model))


def _questions(forms: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Component]]]:
    for element_id, document in forms.items():
        try:
            form = Form.parse(document, key=element_id)
        except FormDefinitionError:
            continue
        yield element_id, dict(_keyed(form.components))


def _keyed(components: Iterable[Component]) -> Iterator[tuple[str, Component]]:
    for component in components:
        if component.key:
            yield component.key, component
        if component.type == "group":
            yield from _keyed(component.children)


def _known(model: ProcessModel, others: Iterable[ProcessModel]) -> set[str]:
    known = set(GIVEN)
    for one in (model, *others):
        known |= set(one.elements)
        known |= {e.loop.item for e in one.elements.values() if e.loop is not None and e.loop.item}
        for node in one.node.iter("{*}dataObject", "{*}property", "{*}loopDataOutputRef", "{*}outputDataItem"):
            known |= {node.get("id") or "", node.get("name") or "", (node.text or "").strip()}
    return known


def _listed(model: ProcessModel) -> set[str]:
    """Elements whose answers are lists: repeated ones, and everything inside of repeated sub-processes."""
    return {e.id for e in model.elements.values() if e.loop is not None or _is_repeated(model, e.scope)}


def _is_repeated(model: ProcessModel, scope: str) -> bool:
    while scope in model.elements:
        if model.elements[scope].loop is not None:
            return True
        scope = model.elements[scope].scope
    return False


def _texts(model: ProcessModel) -> Iterator[tuple[Placed, str]]:
    for flow in model.flows.values():
        if flow.condition:
            yield flow, flow.condition
    for element in model.elements.values():
        if element.loop is not None:
            yield from ((element, t) for t in (element.loop.collection, element.loop.cardinality) if t)
        if element.event is not None and element.event.condition:
            yield element, element.event.condition
        if element.timer and element.timer[0] not in "PR0123456789":
            yield element, element.timer


def _reads(place: Placed, node: nodes.Node, questions: Questions, listed: set[str]) -> Iterator[Finding]:
    inside = {part.name for part in nodes.walk(node) if isinstance(part, nodes.Iterator)}
    for part in nodes.walk(node):
        if isinstance(part, nodes.Path) and isinstance(part.source, nodes.Name):
            name = part.source.name
            if name in questions and name not in inside and not _is_asked(questions[name], part.name):
                zh = f"表单“{name}”没有题目“{part.name}”"
                yield finding_at(place, "unknown-field", zh, f"form {name!r} has no question {part.name!r}")
        if isinstance(part, nodes.Comparison):
            for one, other in ((part.left, part.right), (part.right, part.left)):
                yield from _compared(place, one, other, questions, listed | inside)


def _is_asked(questions: Mapping[str, Component], key: str) -> bool:
    return key in questions or key.startswith("_")


def _compared(
    place: Placed, path: nodes.Node, literal: nodes.Node, questions: Questions, other_kinds: set[str]
) -> Iterator[Finding]:
    """A question compared with a literal that its answer can never be."""
    if not isinstance(path, nodes.Path) or not isinstance(path.source, nodes.Name):
        return
    component = questions.get(path.source.name, {}).get(path.name)
    if component is None or not isinstance(literal, nodes.Literal) or path.source.name in other_kinds:
        return
    value, name = literal.value, f"{path.source.name}.{path.name}"
    if value is None:
        return
    if not _fits(component.type, value):
        zh, en = f"“{name}”的答案类型与 {value!r} 不可比较", f"the answer to {name!r} can never equal {value!r}"
        yield finding_at(place, "wrong-type", zh, en)
    elif component.choices and component.choices_from is None and value not in [c.value for c in component.choices]:
        zh, en = f"“{name}”没有选项“{value}”", f"{name!r} has no choice {value!r}"
        yield finding_at(place, "unknown-choice", zh, en)


def _fits(kind: str, value: object) -> bool:
    if kind == "number":
        return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    if kind == "checkbox":
        return isinstance(value, bool)
    if kind in _TEXTS:
        return isinstance(value, str)
    return kind not in _LISTS
