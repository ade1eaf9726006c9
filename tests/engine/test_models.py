"""What deployment, ``models check`` and ``models simulate`` say of good, bad and hostile models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from engine import simulation
from engine.bpmn import Execution, compile_process
from engine.deployment import Bundle, DeploymentRefusedError, check, check_file, read_bundle
from engine.engine import Engine
from engine.model import ProcessDefinition
from engine.process import process
from engine.process_model import read_model
from engine.simulation import simulate
from records.clock import FixedClock
from tests.engine.toys import (
    FAMILY,
    FAMILY_BODY,
    HEAD,
    HELPER,
    PROCESSES,
    RELAY,
    START,
    WAITING,
    chain,
    flow,
    form,
    lanes,
    model,
)
from tests.factories import Cast

ROOT = Path(__file__).parents[2]


def around(inside: str, *ids: str, extra: str = "") -> bytes:
    """Begin, the given elements in a chain, end."""
    return model("p", '<startEvent id="b"/>' + inside + '<endEvent id="e"/>' + chain("b", *ids, "e") + extra)


def verdict(tmp_path: Path, content: bytes | str, name: str = "m.bpmn") -> tuple[str | None, str | None]:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    found = check_file(path)
    json.dumps(found)
    return found.get("slug"), found.get("element")


MI = "<multiInstanceLoopCharacteristics>{}</multiInstanceLoopCharacteristics>"
REFUSED = {
    "script": (around('<scriptTask id="x"><script>import os</script></scriptTask>', "x"), "script-task"),
    "send": (around('<sendTask id="x"/>', "x"), "no-reference"),
    "receive": (around('<receiveTask id="x"/>', "x"), "no-reference"),
    "complex": (around('<complexGateway id="x"/>', "x"), "complex-gateway"),
    "event based": (around('<eventBasedGateway id="x"/>', "x"), "event-based-gateway"),
    "standard loop": (around('<userTask id="x"><standardLoopCharacteristics/></userTask>', "x"), "standard-loop"),
    "no collection": (around(f'<userTask id="x">{MI.format("")}</userTask>', "x"), "multi-instance"),
    "a million": (
        around(f'<userTask id="x">{MI.format("<loopCardinality>1000000</loopCardinality>")}</userTask>', "x"),
        "too-many-instances",
    ),
    "reserved": (around('<userTask id="case"/>', "case"), "reserved-id"),
    "long id": (around(f'<userTask id="{"x" * 101}"/>', "x" * 101), "long-id"),
    "no id": (around('<userTask id="x"/><userTask name="lost"/>', "x"), "no-id"),
    "unreachable": (around('<userTask id="x"/><userTask id="y"/>', "x", extra=flow("y", "e")), "unreachable"),
    "no condition": (around('<exclusiveGateway id="x"/>', "x", extra=flow("x", "b")), "no-condition"),
    "not FEEL": (
        around(
            '<exclusiveGateway id="x" default="x__e"/>', "x", extra=flow("x", "x2", "if then") + '<endEvent id="x2"/>'
        ),
        "not-feel",
    ),
    "loose flow": (around('<userTask id="x"/>', "x", extra=flow("x", "nowhere")), "loose-flow"),
    "crossing": (
        around(
            '<subProcess id="x"><startEvent id="xb"/><endEvent id="xe"/>' + chain("xb", "xe") + "</subProcess>",
            "x",
            extra='<exclusiveGateway id="g"/>' + flow("g", "xe"),
        ),
        "crossing-flow",
    ),
    "two starts": (around('<userTask id="x"/><startEvent id="b2"/>', "x", extra=flow("b2", "x")), "start-event"),
    "message start": (
        model("p", '<startEvent id="b"><messageEventDefinition/></startEvent><endEvent id="e"/>' + chain("b", "e")),
        "no-reference",
    ),
    "cycle": (
        around(
            '<intermediateCatchEvent id="x"><timerEventDefinition><timeCycle>R0/PT1H</timeCycle></timerEventDefinition>'
            "</intermediateCatchEvent>",
            "x",
        ),
        "cycle-timer",
    ),
    "empty timer": (
        around(
            '<intermediateCatchEvent id="x"><timerEventDefinition><timeDate/></timerEventDefinition>'
            "</intermediateCatchEvent>",
            "x",
        ),
        "empty-timer",
    ),
    "catches nothing": (around('<intermediateCatchEvent id="x"/>', "x"), "event-definition"),
    "event sub-process": (
        around(
            '<subProcess id="x" triggeredByEvent="true"><startEvent id="xb"/><endEvent id="xe"/>'
            + chain("xb", "xe")
            + "</subProcess>",
            "x",
        ),
        "event-sub-process",
    ),
    "unattached": (
        around(
            '<userTask id="x"/><boundaryEvent id="y"><timerEventDefinition><timeDate>P1D</timeDate>'
            "</timerEventDefinition></boundaryEvent>",
            "x",
            extra=flow("y", "e"),
        ),
        "not-attached",
    ),
    "unknown call": (around('<callActivity id="x" calledElement="nobody"/>', "x"), "unknown-process"),
    "calls itself": (around('<callActivity id="x" calledElement="p"/>', "x"), "call-cycle"),
    "too many": (around("".join(f'<userTask id="t{i}"/>' for i in range(2001)), "t1"), "too-many-elements"),
    "too deep": (
        around("".join(f'<userTask id="t{i}"/>' for i in range(900)), *(f"t{i}" for i in range(900))),
        "not-executable",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_element_and_reason(tmp_path: Path, name: str) -> None:
    content, slug = REFUSED[name]
    found = check_file_of(tmp_path, content)
    assert slug in [f["slug"] for f in found["findings"]], found
    assert found["verdict"] == "refused" and found["element"] and found["reason"] and found["reason_zh"]
    assert simulate(content)["state"] == "incident"


def check_file_of(tmp_path: Path, content: bytes) -> dict[str, object]:
    path = tmp_path / "m.bpmn"
    path.write_bytes(content)
    return check_file(path)


HOSTILE = {
    "doctype": ('<!DOCTYPE d [<!ENTITY x "y">]>' + HEAD + "</definitions>", "doctype"),
    "entities": ('<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>', "doctype"),
    "not xml": ("流程", "not-well-formed"),
    "cut off": (HEAD, "not-well-formed"),
    "empty": ("", "not-well-formed"),
    "not bpmn": ("<a/>", "not-bpmn"),
    "nothing in it": (HEAD + "</definitions>", "no-process"),
    "two": (HEAD + '<process id="a"><task id="x"/></process><process id="b"><task id="y"/></process></definitions>',
            "several-processes"),
    "too deep for XML": (HEAD + "<a>" * 3000, "not-well-formed"),
    "too large": (" " * (5 * 1024 * 1024 + 1), "file-too-large"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_get_a_verdict(tmp_path: Path, name: str) -> None:
    content, slug = HOSTILE[name]
    assert verdict(tmp_path, content)[0] == slug
    assert simulate(content.encode())["state"] == "incident"


def test_files_that_cannot_be_read_get_a_verdict(tmp_path: Path) -> None:
    assert check_file(tmp_path / "none.bpmn")["slug"] == "unreadable"
    assert check_file(tmp_path)["slug"] == "unreadable"
    assert verdict(tmp_path, b"\xff\xfe\x00", "m.dmn")[0] == "decision-model"


def test_the_products_own_models_are_accepted_and_run() -> None:
    for path in sorted((ROOT / "bpmn").glob("*.*mn")):
        assert check_file(path)["verdict"] == "accepted", check_file(path)
    run = simulate((ROOT / "bpmn" / "inspection.bpmn").read_bytes(), {}, beside=ROOT / "bpmn")
    assert run["state"] in ("completed", "incident") and "onsite_inspection" in run["passed"]


def test_simulation_answers_from_the_file() -> None:
    asked = simulate(RELAY.bpmn)
    assert (asked["state"], asked["end"]) == ("completed", "done") and "answer" in asked["passed"]
    direct = simulate(RELAY.bpmn, {"look": {"result": "direct"}})
    assert direct["passed"] == ["begin", "look", "which", "check", "done"]


def test_simulated_timers_fire_in_the_order_of_their_due() -> None:
    two = "".join(
        f'<intermediateCatchEvent id="{name}"><timerEventDefinition><timeDuration>{due}</timeDuration>'
        "</timerEventDefinition></intermediateCatchEvent>"
        for name, due in (("later", "P2D"), ("sooner", "PT3H"))
    )
    content = around(
        '<parallelGateway id="s"/><parallelGateway id="j"/>' + two, "s", "later", "j", extra=chain("s", "sooner", "j")
    )
    passed = simulate(content)["passed"]
    assert passed.index("sooner") < passed.index("later")
    assert simulate(WAITING.bpmn)["state"] == "completed"


def test_simulation_never_runs_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "SECONDS", 60)  # the rounds end it, however slow the machine is
    people = around('<userTask id="x"/><exclusiveGateway id="g" default="g__x"/>', "x", "g", extra=flow("g", "x"))
    people = people.replace(
        b'"g__e" sourceRef="g" targetRef="e">',
        b'"g__e" sourceRef="g" targetRef="e"><conditionExpression>x.stop</conditionExpression>',
    )
    stopped = simulate(people)
    assert (stopped["state"], stopped["on"]) == ("waiting", ["x"])
    machines = people.replace(b"userTask", b"serviceTask")
    faulty = simulate(machines)
    assert faulty["state"] == "incident" and "5000" in faulty["why"]


def test_simulation_names_the_fault() -> None:
    none = around('<exclusiveGateway id="g"/>', "g", extra=flow("g", "e2", "2 > 3") + '<endEvent id="e2"/>').replace(
        b'"g__e" sourceRef="g" targetRef="e">',
        b'"g__e" sourceRef="g" targetRef="e"><conditionExpression>1 > 3</conditionExpression>',
    )
    assert simulate(none)["on"] == "g"
    joins = around('<exclusiveGateway id="g" default="g__j"/><parallelGateway id="j"/>', "g", "j", extra=(
        '<userTask id="y"/>' + flow("g", "y", "1 > 3") + flow("y", "j")))  # fmt: skip
    stalled = simulate(joins)
    assert (stalled["state"], stalled["on"]) == ("incident", "j") and "wait for ever" in stalled["why"]
    undated = around(
        '<intermediateCatchEvent id="x"><timerEventDefinition><timeDate>b.when</timeDate></timerEventDefinition>'
        "</intermediateCatchEvent>",
        "x",
    )
    assert simulate(undated)["on"] == "x"
    assert simulate(undated, {"b": {"when": "2026-03-01T08:00:00+08:00"}})["state"] == "completed"


def test_called_models_are_found_beside(tmp_path: Path) -> None:
    (tmp_path / "helper.bpmn").write_bytes(HELPER.bpmn)
    (tmp_path / "family.bpmn").write_bytes(FAMILY.bpmn)
    assert check_file(tmp_path / "family.bpmn")["verdict"] == "accepted"
    run = simulate(FAMILY.bpmn, {"gather": {"items": [1, 2]}}, beside=tmp_path)
    assert run["state"] == "completed" and run["passed"].count("each") == 1
    (tmp_path / "helper.bpmn").write_bytes(b"<a/>")
    assert check_file(tmp_path / "family.bpmn")["slug"] == "unknown-process"


# -- deployment ------------------------------------------------------------------------------------


def slugs(bundle: Bundle, functions: tuple[object, ...] = ()) -> set[str]:
    return {f.slug for f in check(bundle, process(bundle.key, *functions), {})}  # type: ignore[arg-type]


def test_model_forms_and_code_must_agree() -> None:
    body = (
        lanes(LEAD="b", Somebody="x y")
        + '<startEvent id="b"/><userTask id="x"/><userTask id="y"/><serviceTask id="s"/>'
        '<businessRuleTask id="r"/><endEvent id="e"/>' + chain("b", "x", "y", "s", "r", "e")
    )
    forms = {
        "b": START,
        "y": form("text", properties={"separate_from": ["nobody"]}),
        "z": form("text"),
        "x": {"components": "no"},
    }
    found = slugs(Bundle("p", model("p", body), forms, {}))
    assert {
        "lane-not-a-role",
        "no-service",
        "no-decision",
        "form-without-task",
        "separate-from",
        "form-definition",
    } <= found
    assert "no-form" in slugs(Bundle("p", model("p", body), {}, {}))
    assert "decision-model" in slugs(Bundle("p", model("p", body), forms, {"r": "<a/>"}))


def test_a_bundle_is_one_executable_process_of_its_name() -> None:
    assert slugs(Bundle("other", RELAY.bpmn, {}, {})) == {"process-id"}
    off = RELAY.bpmn.replace(b'isExecutable="true"', b'isExecutable="false"')
    assert slugs(Bundle("relay", off, {}, {})) == {"no-executable-process"}
    twice = RELAY.bpmn.replace(b"</definitions>", b'<process id="q"><task id="t"/></process></definitions>')
    assert slugs(Bundle("relay", twice, {}, {})) == {"several-processes"}
    assert slugs(Bundle("relay", b"<a/>", {}, {})) == {"not-bpmn"}


def test_calls_must_be_deployed_and_lead_to_no_cycle(session: Session, engine: Engine, cast: Cast) -> None:
    with pytest.raises(DeploymentRefusedError, match="helper"):
        engine.deploy(session, FAMILY, cast.admin)
    engine.deploy_all(session, [FAMILY, HELPER], cast.admin)
    circle = HELPER.bpmn.replace(
        b'<serviceTask id="conclude"/>', b'<callActivity id="conclude" calledElement="family"/>'
    )
    with pytest.raises(DeploymentRefusedError, match="调用自身"):
        engine.deploy(session, Bundle("helper", circle, HELPER.forms, {}), cast.admin)
    same = FAMILY_BODY.replace('id="inner"', 'id="helper"').replace("fork__inner", "f1").replace('"inner"', '"helper"')
    with pytest.raises(DeploymentRefusedError):
        engine.deploy(session, Bundle("family", model("family", same), FAMILY.forms, {}), cast.admin)


def test_versions_are_content(session: Session, engine: Engine, cast: Cast, clock: FixedClock) -> None:
    first = engine.deploy_all(session, [FAMILY, HELPER], cast.admin)
    assert [(d.key, d.version) for d in first] == [("helper", 1), ("family", 1)]
    clock.advance(minutes=1)
    changed = Bundle("helper", HELPER.bpmn.replace("协助".encode(), "协办".encode()), HELPER.forms, {})
    second = engine.deploy_all(session, [FAMILY, changed], cast.admin)
    assert [(d.key, d.version) for d in second] == [("helper", 2), ("family", 2)]
    assert second[1].called["helper"] == second[0].id
    clock.advance(minutes=1)
    back = engine.deploy(session, HELPER, cast.admin)
    assert back.id == first[0].id and back.deployed_at == clock.now()
    assert session.query(ProcessDefinition).count() == 4


def test_a_bundle_is_read_from_its_files() -> None:
    bundle = read_bundle("inspection", ROOT / "bpmn", ROOT / "forms")
    assert "onsite_inspection" in bundle.forms and "finding_disposition" in bundle.decisions


def test_flows_without_an_id_are_supplied_with_one() -> None:
    bare = RELAY.bpmn.replace(b'id="begin__look" ', b"")
    file = read_model(bare)
    compiled = compile_process(file.executable()[0], file, {})
    assert Execution.start(compiled, {}, None).user_tasks()[0].element_id == "look"  # type: ignore[arg-type]
    assert set(PROCESSES) >= {"relay"}
