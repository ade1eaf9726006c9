"""Model files as other vendors write them, and as accidents and attackers leave them: endless, but from a seed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.engine.random_nets import blocks
from tests.engine.toys import FAMILY, HELPER, RELAY, RISKY, WAITING
from tests.engine.toys_events import EVENT_MODELS

ROOT = Path(__file__).parents[2]
MIWG = ROOT.parent / "shared" / "conformance" / "bpmn-miwg"
VENDORS = {
    "camunda": "http://camunda.org/schema/1.0/bpmn", "zeebe": "http://camunda.org/schema/zeebe/1.0",
    "flowable": "http://flowable.org/bpmn", "activiti": "http://activiti.org/bpmn",
    "signavio": "http://www.signavio.com", "bonita": "http://www.bonitasoft.org/ns/process", "xx": "urn:x",
}  # fmt: skip
EXPRESSIONS = (
    "${approved}", "#{not rejected and amount gt 1000}", "${empty list || a.b[0] == 'x'}", "${bean.call(1)}", "${",
    "= amount > 3", "x = 1", "", "${a ? b : c}", "java.lang.Runtime", "${" + "(" * 300, "'" * 5, "if then", "${a}{b}",
    "count(items) > 3", "𝕏 = 1", "a" * 3000, "P${days}D", "R3/PT1H", "0 0 9 * * ?", "2026-01-01", "R/P1Y",
)  # fmt: skip
WEIRD = ("", " ", "1abc", "流程", "a b", "x'y", 'q"&quot;', "case", "Start", "End", "a.EndJoin", "-", "x" * 300, "a:b",
         "supplied_end_1", "\u202e", "id\n", "]]>", "a[1]", "${x}", "None", "constructor")  # fmt: skip
KINDS = (
    "task", "userTask", "serviceTask", "scriptTask", "sendTask", "receiveTask", "manualTask", "businessRuleTask",
    "callActivity", "subProcess", "transaction", "adHocSubProcess", "exclusiveGateway", "parallelGateway",
    "inclusiveGateway", "complexGateway", "eventBasedGateway", "startEvent", "endEvent", "intermediateCatchEvent",
    "intermediateThrowEvent", "boundaryEvent", "dataObject", "textAnnotation", "choreographyTask", "lane", "nonsense",
)  # fmt: skip
DEFINITIONS = ("timer", "message", "signal", "error", "escalation", "compensate", "link", "cancel", "conditional",
               "terminate")  # fmt: skip
TAG = re.compile(r"<(?:[\w.-]+:)?(\w+)((?:\s+[\w:.-]+=\"[^\"<]*\")*)\s*/?>")
Change = Callable[[random.Random, str], str]


def seeds() -> list[str]:
    """Files to start from."""
    folders = [ROOT / "bpmn", MIWG]
    files = [path for folder in folders if folder.is_dir() for path in sorted(folder.glob("*.bpmn"))]
    own = [bundle.bpmn.decode() for bundle in (FAMILY, HELPER, RELAY, RISKY, WAITING)] + [
        content.decode() for content in EVENT_MODELS.values()
    ]
    return [path.read_bytes().decode("utf-8-sig") for path in files] + own


def foreign_files(seed: int, count: int) -> Iterator[bytes]:
    """So many files; the same for the same seed."""
    rng = random.Random(seed)
    start = seeds()
    for _ in range(count):
        text = rng.choice(start) if rng.random() < 0.85 else blocks(rng.randrange(10**6), rng.randint(1, 20)).decode()
        for _change in range(rng.choice((1, 1, 2, 3, 8))):
            text = rng.choice(CHANGES)(rng, text)
        yield _as_bytes(rng, text[:6_000_000])


def _spot(rng: random.Random, text: str, pattern: str) -> re.Match[str] | None:
    found = list(re.finditer(pattern, text))
    return rng.choice(found) if found else None


def _replaced(text: str, match: re.Match[str] | None, new: str) -> str:
    return text if match is None else text[: match.start()] + new + text[match.end() :]


def _attribute(rng: random.Random, text: str) -> str:
    vendor = rng.choice(list(VENDORS))
    name = rng.choice(("collection", "elementVariable", "formKey", "assignee", "async", "class", "type", "priority"))
    match = _spot(rng, text, r"<(?:\w+:)?\w*(?:[tT]ask|Event|Characteristics|Gateway)\b")
    value = rng.choice(EXPRESSIONS).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return _replaced(
        text, match, f'{match[0]} xmlns:{vendor}="{VENDORS[vendor]}" {vendor}:{name}="{value}"' if match else ""
    )


def _extension(rng: random.Random, text: str) -> str:
    vendor = rng.choice(list(VENDORS))
    inner = rng.choice((
        '<v:loopCharacteristics inputCollection="= items" inputElement="item"/>', '<v:taskDefinition type="x"/>',
        '<v:executionListener event="start" class="x"/>', "<v:collection><v:string>${items}</v:string></v:collection>",
        '<v:calledElement processId="other"/>', "<v:deep>" * 60 + "</v:deep>" * 60, "<v:x>&#0;</v:x>",
    ))  # fmt: skip
    match = _spot(rng, text, r"<(\w+:)?(?:userTask|serviceTask|task|process|startEvent)\b[^>]*[^/]>")
    prefix = (match[1] or "") if match else ""
    new = f'<{prefix}extensionElements xmlns:v="{VENDORS[vendor]}">{inner}</{prefix}extensionElements>'
    return text if match is None else text[: match.end()] + new + text[match.end() :]


def _loop(rng: random.Random, text: str) -> str:
    match = _spot(rng, text, r"<(\w+:)?(?:userTask|serviceTask|task|subProcess|callActivity)\b[^>]*[^/]>")
    if match is None:
        return text
    prefix, vendor = match[1] or "", rng.choice(list(VENDORS))
    kind = rng.choice(("multiInstanceLoopCharacteristics", "standardLoopCharacteristics"))
    attributes = rng.choice(
        (' isSequential="true"', f' xmlns:v="{VENDORS[vendor]}" v:collection="items" v:elementVariable="it"')
    )
    inner = rng.choice(
        ("", "<{0}loopCardinality>{1}</{0}loopCardinality>", "<{0}completionCondition>{1}</{0}completionCondition>")
    )
    value = rng.choice((*EXPRESSIONS[:10], "999999999", "3")).replace("&", "&amp;").replace("<", "&lt;")
    return (
        text[: match.end()]
        + f"<{prefix}{kind}{attributes}>{inner.format(prefix, value)}</{prefix}{kind}>"
        + text[match.end() :]
    )


def _condition(rng: random.Random, text: str) -> str:
    value = rng.choice(EXPRESSIONS).replace("&", "&amp;").replace("<", "&lt;")
    match = _spot(rng, text, r"<(\w+:)?sequenceFlow\b([^>]*[^/>])\s*/>")
    if match is None:
        return _replaced(text, _spot(rng, text, r"(?<=xpression>)[^<]+(?=<)"), value)
    prefix, language = match[1] or "", rng.choice(("", ' language="javascript"', ' language="juel"'))
    inner = f"<{prefix}conditionExpression{language}>{value}</{prefix}conditionExpression>"
    return _replaced(text, match, f"<{prefix}sequenceFlow{match[2]}>{inner}</{prefix}sequenceFlow>")


def _kind(rng: random.Random, text: str) -> str:
    match = _spot(rng, text, r"<(?:\w+:)?(\w*(?:[tT]ask|Gateway|Event))\b")
    return (
        text if match is None else re.sub(rf"(?<=[<:/]){match[1]}\b", rng.choice(KINDS), text, count=rng.choice((0, 2)))
    )


def _definition(rng: random.Random, text: str) -> str:
    match = _spot(rng, text, r"<(\w+:)?\w*Event\b([^>]*[^/>])/>")
    if match is None:
        return text
    prefix, kind = match[1] or "", match[0].split()[0][1:].rpartition(":")[2]
    inner = f"<{prefix}{rng.choice(DEFINITIONS)}EventDefinition/>" * rng.choice((1, 1, 2))
    return _replaced(text, match, f"<{prefix}{kind}{match[2]}>{inner}</{prefix}{kind}>")


def _identity(rng: random.Random, text: str) -> str:
    match = _spot(rng, text, r'\b(?:id|sourceRef|targetRef|attachedToRef|default|processRef|calledElement)="[^"<]*"')
    if match is None:
        return text
    name, other = match[0].partition("=")[0], _spot(rng, text, r'\bid="([^"<]*)"')
    new = rng.choice((rng.choice(WEIRD).replace('"', ""), other[1] if other else "x"))
    return _replaced(text, match, rng.choice((f'{name}="{new.replace("<", "")}"', "")))


def _renamed(rng: random.Random, text: str) -> str:
    match = _spot(rng, text, r'\bid="([^"<]+)"')
    new = rng.choice(WEIRD).replace('"', "").replace("<", "")
    return text if match is None else re.sub(rf'"{re.escape(match[1])}"', lambda _m: f'"{new}"', text)


def _cut(rng: random.Random, text: str) -> str:
    begin = rng.randrange(len(text) + 1)
    return text[:begin] + text[begin + rng.choice((1, 10, 1000, len(text))) :]


def _doubled(rng: random.Random, text: str) -> str:
    match = _spot(rng, text, r"<(\w+:)?(task|userTask|sequenceFlow|endEvent|process)\b[^>]*/>")
    return text if match is None else _replaced(text, match, match[0] * rng.choice((2, 2, 50)))


def _noise(rng: random.Random, text: str) -> str:
    place = rng.randrange(len(text) + 1)
    return (
        text[:place]
        + rng.choice(("\x00", "<", "&x;", "]]>", "\ufffe", "<!DOCTYPE x>", "<?php ?>", "\U0001f600"))
        + text[place:]
    )


def _swollen(rng: random.Random, text: str) -> str:
    match = _spot(rng, text, r"</(\w+:)?process>")
    if match is None:
        return text
    prefix = match[1] or ""
    new = rng.choice((
        "".join(f'<{prefix}task id="g{n}"/><{prefix}sequenceFlow id="h{n}" sourceRef="g{n}" targetRef="g{n + 1}"/>'
                for n in range(rng.choice((50, 1500)))),
        f"<{prefix}subProcess>" * 200 + f"</{prefix}subProcess>" * 200,
        "".join(f'<{prefix}subProcess id="n{n}">' for n in range(40)) + f"</{prefix}subProcess>" * 40,
        f"<{prefix}documentation>" + "字" * 300_000 + f"</{prefix}documentation>",
        f'<{prefix}parallelGateway id="pp"/>' + "".join(
            f'<{prefix}task id="q{n}"/><{prefix}sequenceFlow id="r{n}" sourceRef="pp" targetRef="q{n}"/>'
            for n in range(300)),
    ))  # fmt: skip
    return text[: match.start()] + new + text[match.start() :]


def _not_executable(rng: random.Random, text: str) -> str:
    return re.sub(r'isExecutable="\w+"', rng.choice(('isExecutable="false"', "", 'isExecutable="maybe"')), text)


CHANGES: tuple[Change, ...] = (
    _attribute, _extension, _loop, _condition, _kind, _definition, _identity, _renamed, _cut, _doubled, _noise,
    _swollen, _not_executable, _identity, _kind, _condition,
)  # fmt: skip


def _as_bytes(rng: random.Random, text: str) -> bytes:
    encoding = rng.choice(("utf-8",) * 8 + ("utf-8-sig", "utf-16", "utf-16-le", "gbk", "latin-1", "utf-32"))
    content = text.encode(encoding, "replace")
    if rng.random() < 0.1 and content:
        place = rng.randrange(len(content))
        content = content[:place] + bytes(rng.randrange(256) for _ in range(3)) + content[place + rng.choice((0, 3)) :]
    return content
