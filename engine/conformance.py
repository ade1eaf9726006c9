"""Checks of a model against what surrounds it: forms, service functions, decisions, roles, called processes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.decisions import notes, refusals
from engine.event_checks import THROWING
from engine.event_model import EventKind
from engine.findings import Finding
from engine.process import Process
from engine.process_model import Element, ProcessModel
from feel.dmn import parse_decisions
from forms.catalog import Form
from forms.checks import conformance
from forms.component import FormDefinitionError
from records.people import RoleCode

ROLES = frozenset(role.value for role in RoleCode)


def check_lanes(model: ProcessModel) -> Iterator[Finding]:
    """Everybody who works is a role."""
    for element in model.of_kind("userTask"):
        if element.lane not in ROLES:
            zh, en = f"泳道“{element.lane}”不是角色代码", f"lane {element.lane!r} is not a role code"
            yield _at(element, "lane-not-a-role", zh, en)


def check_forms(model: ProcessModel, forms: Mapping[str, Any]) -> Iterator[Finding]:
    """Each user task has a form, each form a user task (or the start event), and each form is right."""
    for element in model.of_kind("userTask"):
        if element.id not in forms:
            yield _at(element, "no-form", "用户任务没有表单", "the user task has no form")
    start = model.start_event()
    begins = start is not None and start.event is None and start.id in forms
    if start is not None and begins and start.lane not in ROLES:
        yield _at(start, "lane-not-a-role", "发起事件须在角色泳道内", "the start event stands in no role's lane")
    askers = {e.id for e in model.elements.values() if e.kind == "userTask" or _takes_messages(e)}
    askers |= set() if start is None else {start.id}
    for name, document in forms.items():
        if name not in askers:
            zh, en = f"表单“{name}”没有对应的用户任务", f"form {name!r} belongs to no user task"
            yield Finding(name, None, "form-without-task", zh, en)
        yield from _form(model, name, document)


def _takes_messages(element: Element) -> bool:
    is_message = element.event is not None and element.event.kind is EventKind.MESSAGE
    return is_message and element.kind not in ("sendTask", *THROWING)


def _form(model: ProcessModel, name: str, document: Any) -> Iterator[Finding]:
    try:
        form = Form.parse(document, key=f"{model.key}/{name}")
    except FormDefinitionError as error:
        yield Finding(name, None, "form-definition", f"表单有误：{error}", f"form: {error}")
        return
    for found in conformance(form):
        zh, en = f"{found.element}：{found.message_zh}", f"{found.element}: {found.message_en}"
        yield Finding(name, None, found.slug, zh, en)
    for other in (*form.properties.separate_from, *form.properties.independent_of):
        if other not in model.elements:
            yield Finding(name, None, "separate-from", f"没有步骤“{other}”", f"there is no step {other!r}")
    for role in form.properties.starters:
        if role not in ROLES:
            yield Finding(name, None, "starter-not-a-role", f"“{role}”不是角色代码", f"{role!r} is not a role code")


def check_services(model: ProcessModel, process: Process) -> Iterator[Finding]:
    """Each service task is a function of the process."""
    for element in model.of_kind("serviceTask"):
        if element.id not in process.services and element.id not in process.external:
            zh, en = f"没有服务函数“{element.id}”", f"there is no service function {element.id!r}"
            yield _at(element, "no-service", zh, en)


def check_decisions(model: ProcessModel, decisions: Mapping[str, str]) -> Iterator[Finding]:
    """Each business rule task is a decision that can be read and does not contradict itself.

    Refused: expressions that are not FEEL, hit policies and aggregations that do not exist or do not fit, required
    decisions that are missing or run in a circle, types that never meet, rules that overlap under UNIQUE (or under ANY
    with different answers). Only noted (``notes_on_decisions``): combinations without an answer where no default row,
    list or count answers, rules never reached, and tables whose tests are computed and therefore not analysed. A
    combination without an answer may be one that no form can give; if it does occur, the step is refused with the
    table and what it was asked, and a job becomes an incident.
    """
    for element in model.of_kind("businessRuleTask"):
        if element.id not in decisions:
            zh, en = f"没有决策“{element.id}”", f"there is no decision {element.id!r}"
            yield _at(element, "no-decision", zh, en)
            continue
        xml = decisions[element.id].encode()
        refused = list(refusals(xml))
        yield from refused
        if not refused and element.id not in parse_decisions(xml).decisions:
            zh, en = f"决策文件中没有“{element.id}”", f"the file has no decision {element.id!r}"
            yield _at(element, "no-decision", zh, en)


def notes_on_decisions(decisions: Mapping[str, str]) -> list[Finding]:
    """What the author of decision files should know though it does not keep them from being deployed."""
    return [note for xml in sorted(set(decisions.values())) for note in notes(xml.encode())]


def check_calls(model: ProcessModel, known: Mapping[str, ProcessModel]) -> Iterator[Finding]:
    """Each called process exists, none calls itself in the end, and no sub-process id occurs twice."""
    for element in model.of_kind("callActivity"):
        called = element.called or ""
        if called == model.key or _reaches(called, model.key, known):
            yield _at(
                element, "call-cycle", f"流程“{called}”最终会调用自身", f"process {called!r} ends up calling itself"
            )
        elif called not in known:
            yield _at(element, "unknown-process", f"没有已部署的流程“{called}”", f"process {called!r} is not deployed")
        elif any(start.event is not None for start in [known[called].start_event()] if start is not None):
            zh, en = f"流程“{called}”只能由消息或信号启动", f"process {called!r} begins by a message or signal only"
            yield _at(element, "not-callable", zh, en)
    own = {e.id for e in model.of_kind("subProcess")}
    for key, other in known.items():
        for element in other.of_kind("subProcess"):
            if key != model.key and element.id in own | set(known):
                zh, en = f"子流程 id 与流程“{key}”重复", f"the sub-process id occurs in process {key!r}, too"
                yield Finding(element.id, None, "sub-process-twice", zh, en)


def _reaches(start: str, goal: str, known: Mapping[str, ProcessModel]) -> bool:
    seen: set[str] = set()
    todo = [start]
    while todo:
        key = todo.pop()
        if key == goal:
            return True
        if key in known and key not in seen:
            seen.add(key)
            todo += known[key].calls().values()
    return False


def _at(element: Element, slug: str, zh: str, en: str) -> Finding:
    return Finding(element.id, element.line, slug, zh, en)
