"""What BPMN lets a modeler leave out is written out, keeps what was drawn, and runs as it was meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.deployment import Bundle
from engine.engine import Engine
from engine.foreign import check_file
from engine.model import InstanceStep, ProcessDefinition
from engine.model_checks import check_model
from engine.model_xml import UnreadableModelError, text_of_file
from engine.process_model import read_model
from engine.simulation import simulate
from tests.engine.random_nets import wild_bodies
from tests.engine.toys import HELPER, RELAY, chain, flow, model
from tests.factories import Cast

END = '<endEvent id="e"/>'
START = '<startEvent id="b"/>'


def kinds(content: bytes) -> list[str]:
    return [e.kind for e in read_model(content).processes[0].elements.values() if e.id.startswith("supplied_")]


def notes(content: bytes) -> set[tuple[str, str]]:
    return {(note.slug, note.element) for note in read_model(content).processes[0].notes}


def test_several_ways_out_of_an_activity_are_a_fork() -> None:
    content = model("p", START + '<task id="a"/><task id="x"/><task id="y"/>' + chain("b", "a", "x") + flow("a", "y"))
    assert kinds(content) == ["parallelGateway", "endEvent", "endEvent"]
    assert notes(content) == {("fork-supplied", "a"), ("end-supplied", "x"), ("end-supplied", "y")}
    run = simulate(content)
    assert run["state"] == "completed" and sorted(run["passed"]) == ["a", "b", "x", "y"]


@pytest.mark.parametrize("always", [True, False])
@pytest.mark.parametrize(("x", "y"), [(True, True), (True, False), (False, True), (False, False)])
def test_conditional_ways_out_are_each_taken_by_their_condition(x: bool, y: bool, always: bool) -> None:
    body = START + '<task id="a" default="a__d"/>' + "".join(f'<task id="{name}"/>' for name in "xyd")
    body += chain("b", "a", "d") + flow("a", "x", "case.x") + flow("a", "y", "case.y")
    content = model("p", body + ('<task id="z"/>' + flow("a", "z") if always else ""))
    run = simulate(content, {"case": {"x": x, "y": y}})
    taken = {name for name, is_taken in {"x": x, "y": y, "d": not (x or y), "z": always}.items() if is_taken}
    assert run["state"] == "completed" and set(run["passed"]) == {"b", "a"} | taken


def one_or_other(default: str = "") -> bytes:
    body = START + f'<task id="a"{default}/><task id="x"/><task id="y"/>' + flow("b", "a") + flow("a", "x", "case.x")
    return model("p", body + (flow("a", "y") if default else flow("a", "y", "case.y")))


def test_a_condition_and_a_default_are_a_choice() -> None:
    content = one_or_other(' default="a__y"')
    assert kinds(content)[0] == "exclusiveGateway" and "parallelGateway" not in kinds(content)
    assert "y" not in simulate(content, {"case": {"x": True}})["passed"]
    assert "x" not in simulate(content, {"case": {"x": False}})["passed"]


def test_no_true_condition_and_no_default_is_a_fault() -> None:
    content = one_or_other()
    assert simulate(content, {"case": {"x": True, "y": True}})["passed"] == ["b", "a", "x", "y"]
    assert simulate(content, {"case": {"y": True}})["passed"] == ["b", "a", "y"]
    assert simulate(content, {"case": {"x": False, "y": False}})["state"] == "incident"


def test_what_nothing_leads_to_is_where_a_scope_begins() -> None:
    content = model("p", '<task id="x"/><task id="y"/><subProcess id="s"/>' + flow("x", "s"))
    assert notes(content) >= {("start-supplied", "p"), ("start-supplied", "s"), ("end-supplied", "y")}
    run = simulate(content)
    assert run["state"] == "completed" and sorted(run["passed"]) == ["s", "x", "y"]


def test_a_round_with_nothing_leading_in_is_refused() -> None:
    content = model("p", '<task id="x"/><task id="y"/>' + flow("x", "y") + flow("y", "x"))
    assert check_model(read_model(content).processes[0])[0].slug == "start-event"


def test_two_flows_between_the_same_elements_are_told_apart() -> None:
    gateway = '<exclusiveGateway id="g" default="two"/>'
    twin = '<sequenceFlow id="two" sourceRef="g" targetRef="x"/>'
    content = model("p", START + gateway + '<task id="x"/>' + END + chain("b", "g") + flow("g", "x", "case.x") + twin + flow("x", "e"))  # fmt: skip # noqa: E501
    assert simulate(content, {"case": {"x": True}})["passed"] == ["b", "g", "x", "e"]
    assert simulate(content)["passed"] == ["b", "g", "x", "e"]


def test_a_round_left_only_by_a_deadline_runs() -> None:
    timer = (
        '<boundaryEvent id="t" attachedToRef="x"><timerEventDefinition><timeDuration>P1D</timeDuration>'
        "</timerEventDefinition></boundaryEvent>"
    )
    content = model("p", START + '<userTask id="x"/>' + timer + END + flow("b", "x") + flow("x", "x") + flow("t", "e"))
    assert simulate(content)["state"] == "waiting" and simulate(content)["on"] == ["x", "t"]


REFUSED = {
    "duplicate-id": START + '<task id="x"/><task id="x"/>' + chain("b", "x"),
    "odd-id": START + '<task id="x y"/>' + chain("b", "x y"),
    "unknown-default": START + '<exclusiveGateway id="x" default="no"/>' + chain("b", "x"),
    "leaves-an-end": START + END + '<task id="x"/>' + chain("b", "e", "x"),
    "enters-a-start": START + '<task id="x"/>' + chain("b", "x", "b"),
    "not-attached": START + '<task id="x"/><boundaryEvent id="y" attachedToRef="b"/>' + chain("b", "x"),
    "not-schema": START + '<usertask id="x"/>' + END + chain("b", "e"),
    "endless-loop": START + '<userTask id="x"/><userTask id="y"/>' + chain("b", "x", "y", "x"),
    "unsynchronised": START
    + '<parallelGateway id="x"/><task id="y"/><task id="z"/><task id="w"/>'
    + chain("b", "x", "y", "w")
    + chain("x", "z", "w"),
}


@pytest.mark.parametrize("slug", REFUSED)
def test_what_has_no_clear_meaning_is_refused(tmp_path: Path, slug: str) -> None:
    path = tmp_path / "m.bpmn"
    path.write_bytes(model("p", REFUSED[slug]))
    found = check_file(path)
    place = next(f for f in found["findings"] if f["slug"] == slug)
    assert place["element"] and place["line"] and place["zh"] and place["en"]


@settings(max_examples=50, deadline=None)
@given(body=wild_bodies())
def test_the_same_file_gives_the_same_normal_form(body: str) -> None:
    first, second = (read_model(model("p", body)).processes[0] for _ in range(2))
    assert (first.elements, first.flows) == (second.elements, second.flows)


def test_what_was_supplied_is_never_shown(session: Session, engine: Engine, cast: Cast) -> None:
    bare = RELAY.bpmn.replace(b'<endEvent id="done" name="\xe5\x8a\x9e\xe7\xbb\x93"/>', b"")
    bare = bare.replace(flow("check", "done").encode(), b"")
    engine.deploy(session, Bundle("relay", bare, RELAY.forms, {}), cast.admin)
    case = engine.start(session, "relay", {"note": "例行"}, cast.lead)
    steps = session.scalars(select(InstanceStep.passed).where(InstanceStep.process_instance_id == case.id)).all()
    passed = [element for step in steps for element in (step or {}).get("relay", [])]
    assert "begin" in passed and not [element for element in passed if element.startswith("supplied_")]


ENCODED = {
    "UTF-8 with a mark": ("utf-8-sig", "UTF-8"),
    "UTF-16 with a mark": ("utf-16", "UTF-16"),
    "UTF-16 without": ("utf-16-le", "UTF-16"),
    "UTF-16 the other way": ("utf-16-be", "UTF-16"),
    "UTF-32": ("utf-32", "UTF-32"),
    "GBK": ("gbk", "GBK"),
    "GB 2312": ("gbk", "gb2312"),
    "GB 18030": ("gb18030", "GB18030"),
    "Big5": ("big5", "Big5"),
    "not what it says": ("utf-8", "utf-16"),
}


@pytest.mark.parametrize("name", ENCODED)
def test_every_usual_encoding_is_read(name: str) -> None:
    encoding, declared = ENCODED[name]
    text = RELAY.bpmn.decode().replace("查看", "中文" if encoding == "big5" else "查看")
    text = text if encoding != "big5" else text.replace("玩具", "大小").encode("big5", "ignore").decode("big5")
    content = f'<?xml version="1.0" encoding="{declared}"?>\n{text}'.encode(encoding)
    assert text_of_file(content).endswith(text) and 'encoding="UTF-8"' in text_of_file(content)
    assert read_model(content).processes[0].elements["look"].name in ("查看", "中文")


@pytest.mark.parametrize(
    ("content", "slug"),
    [
        ('<?xml version="1.0" encoding="GBK"?><a>中</a>'.encode("gbk").replace(b"GBK", b"UTF-8"), "wrong-encoding"),
        (b'<?xml version="1.0" encoding="rot13"?><a/>', "unknown-encoding"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "unknown-encoding"),
        (b"\xff\xfe<", "wrong-encoding"),
        ("<!-- x --><!DOCTYPE a><a/>".encode("utf-16"), "doctype"),
        (("<a>" * 150 + "</a>" * 150).encode(), "too-deep"),
    ],
)
def test_other_encodings_and_tricks_are_refused(content: bytes, slug: str) -> None:
    with pytest.raises(UnreadableModelError) as caught:
        read_model(content)
    assert caught.value.slug == slug and caught.value.zh and caught.value.en


def test_what_was_uploaded_in_another_encoding_is_deployed(session: Session, engine: Engine, cast: Cast) -> None:
    content = f'<?xml version="1.0" encoding="GBK"?>{HELPER.bpmn.decode()}'.encode("gbk")
    row: ProcessDefinition = engine.deploy(session, Bundle("helper", content, HELPER.forms, {}), cast.admin)
    assert read_model(row.bpmn.encode()).processes[0].name == read_model(HELPER.bpmn).processes[0].name
