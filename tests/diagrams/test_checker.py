"""Each rule of the checker fires on a small broken diagram, and only that rule."""

from pathlib import Path

import pytest

from tools.diagram_check import check, loops, main
from tools.diagram_model import Box, read

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
  xmlns:di="http://www.omg.org/spec/DD/20100524/DI" id="d" targetNamespace="https://sujian.example/bpmn">
"""


def shape(key, x, y, width, height, label=None):
    inside = f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}"/>'
    if label:
        lx, ly, lw, lh = label
        bounds = f'<dc:Bounds x="{lx}" y="{ly}" width="{lw}" height="{lh}"/>'
        inside += f"<bpmndi:BPMNLabel>{bounds}</bpmndi:BPMNLabel>"
    return f'<bpmndi:BPMNShape id="{key}_di" bpmnElement="{key}">{inside}</bpmndi:BPMNShape>'


def edge(key, *points, label=None):
    inside = "".join(f'<di:waypoint x="{x}" y="{y}"/>' for x, y in points)
    if label:
        lx, ly, lw, lh = label
        bounds = f'<dc:Bounds x="{lx}" y="{ly}" width="{lw}" height="{lh}"/>'
        inside += f"<bpmndi:BPMNLabel>{bounds}</bpmndi:BPMNLabel>"
    return f'<bpmndi:BPMNEdge id="{key}_di" bpmnElement="{key}">{inside}</bpmndi:BPMNEdge>'


SEMANTICS = {
    "start": '<bpmn:startEvent id="start" name="开始"/>',
    "work": '<bpmn:userTask id="work" name="办理"/>',
    "late": '<bpmn:boundaryEvent id="late" name="逾期" attachedToRef="work"/>',
    "choice": '<bpmn:exclusiveGateway id="choice" name="通过吗？"/>',
    "end": '<bpmn:endEvent id="end" name="结束"/>',
    "sub": '<bpmn:subProcess id="sub" name="检验"><bpmn:userTask id="inner" name="检测"/></bpmn:subProcess>',
    "f1": '<bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="work"/>',
    "f2": '<bpmn:sequenceFlow id="f2" sourceRef="work" targetRef="choice"/>',
    "f3": '<bpmn:sequenceFlow id="f3" name="是" sourceRef="choice" targetRef="sub"/>',
    "f4": '<bpmn:sequenceFlow id="f4" name="否" sourceRef="choice" targetRef="work"/>',
    "f5": '<bpmn:sequenceFlow id="f5" sourceRef="sub" targetRef="end"/>',
    "f6": '<bpmn:sequenceFlow id="f6" sourceRef="late" targetRef="end"/>',
}
DRAWN = {
    "lane": shape("lane", 100, 0, 1000, 400),
    "start": shape("start", 120, 82, 36, 36, (118, 122, 40, 18)),
    "work": shape("work", 200, 60, 120, 80),
    "late": shape("late", 212, 122, 36, 36, (256, 145, 40, 18)),
    "choice": shape("choice", 380, 75, 50, 50, (414, 50, 60, 18)),
    "sub": shape("sub", 500, 30, 200, 140),
    "inner": shape("inner", 540, 60, 120, 80),
    "end": shape("end", 760, 82, 36, 36, (800, 122, 40, 18)),
    "f1": edge("f1", (156, 100), (200, 100)),
    "f2": edge("f2", (320, 100), (380, 100)),
    "f3": edge("f3", (430, 100), (500, 100), label=(435, 80, 20, 18)),
    "f4": edge("f4", (405, 75), (405, 20), (260, 20), (260, 60), label=(300, 0, 20, 18)),
    "f5": edge("f5", (700, 100), (760, 100)),
    "f6": edge("f6", (230, 158), (230, 200), (778, 200), (778, 118)),
}


def written(folder, semantics=None, drawn=None):
    """The good diagram with some parts replaced (or left out, when None)."""
    parts = {**SEMANTICS, **(semantics or {})}
    shapes = {**DRAWN, **(drawn or {})}
    members = "".join(
        f"<bpmn:flowNodeRef>{key}</bpmn:flowNodeRef>" for key in ("start", "work", "choice", "sub", "end")
    )
    lane = f'<bpmn:laneSet id="lanes"><bpmn:lane id="lane" name="检查员">{members}</bpmn:lane></bpmn:laneSet>'
    process = f'<bpmn:process id="p" isExecutable="true">{lane}{"".join(filter(None, parts.values()))}</bpmn:process>'
    plane = f'<bpmndi:BPMNPlane id="plane" bpmnElement="p">{"".join(filter(None, shapes.values()))}</bpmndi:BPMNPlane>'
    diagram = f'<bpmndi:BPMNDiagram id="di">{plane}</bpmndi:BPMNDiagram>'
    path = Path(folder) / "model.bpmn"
    path.write_text(f"{HEAD}{process}{diagram}</bpmn:definitions>", encoding="utf-8")
    return path


def test_a_good_diagram_has_no_faults(tmp_path):
    assert check(written(tmp_path)) == []


BROKEN = {
    "a node is not drawn": ({}, {"inner": None}, "inner is drawn 0 times"),
    "a flow is not drawn": ({}, {"f1": None}, "f1 is drawn 0 times"),
    "a lane is not drawn": ({}, {"lane": None}, "lane is drawn 0 times"),
    "a node is drawn twice": ({}, {"again": DRAWN["inner"]}, "inner is drawn 2 times"),
    "a flow is one point": ({}, {"f1": edge("f1", (156, 100))}, "f1 has only one way point"),
    "shapes overlap": ({}, {"start": shape("start", 170, 82, 36, 36, (130, 122, 40, 18))}, "start and work overlap"),
    "a child sticks out": ({}, {"inner": shape("inner", 540, 100, 120, 80)}, "inner is not inside sub"),
    "a boundary event floats": (
        {},
        {
            "late": shape("late", 212, 170, 36, 36, (256, 175, 40, 18)),
            "f6": edge("f6", (230, 206), (230, 220), (778, 220), (778, 118)),
        },
        "late is not on the border of work",
    ),
    "a flow ends in the air": ({}, {"f5": edge("f5", (700, 100), (750, 100))}, "f5 does not meet end"),
    "a flow runs through a shape": (
        {},
        {"f6": edge("f6", (230, 158), (230, 165), (600, 165), (600, 200), (778, 200), (778, 118))},
        "f6 runs through sub",
    ),
    "a flow runs through its own target": (
        {},
        {"f5": edge("f5", (700, 100), (796, 100))},
        "f5 runs through end",
    ),
    "a node leaves its lane": ({}, {"lane": shape("lane", 100, 0, 680, 400)}, "end is not inside lane lane"),
    "a node has no lane": (
        {"other": '<bpmn:userTask id="other" name="旁人"/>'},
        {"other": shape("other", 200, 260, 120, 80)},
        "other is in 0 lanes",
    ),
    "a name has no place": ({}, {"start": shape("start", 120, 82, 36, 36)}, "the name of start has no place"),
    "a flow's name has no place": ({}, {"f3": edge("f3", (430, 100), (500, 100))}, "the name of f3 has no place"),
    "a name lies on a shape": (
        {},
        {"start": shape("start", 120, 82, 36, 36, (190, 130, 40, 18))},
        "the name of start lies on work",
    ),
    "a name lies on a line": (
        {},
        {"f3": edge("f3", (430, 100), (500, 100), label=(435, 92, 20, 18))},
        "the name of f3 lies on the line of f3",
    ),
    "names overlap": (
        {},
        {"f3": edge("f3", (430, 100), (500, 100), label=(440, 55, 20, 18))},
        "the names of choice and f3 overlap",
    ),
    "a flow leads left": (
        {},
        {
            "end": shape("end", 130, 250, 36, 36, (128, 290, 40, 18)),
            "f5": edge("f5", (600, 170), (600, 268), (166, 268)),
            "f6": edge("f6", (230, 158), (230, 240), (148, 240), (148, 250)),
        },
        "f5 leads to the left",
    ),
    "a task has no Chinese name": (
        {"work": '<bpmn:userTask id="work" name="Work"/>'},
        {},
        "work has no Chinese name",
    ),
    "a deciding gateway has no name": (
        {"choice": '<bpmn:exclusiveGateway id="choice"/>'},
        {},
        "choice has no Chinese name",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_diagram_is_found_out(tmp_path, case):
    semantics, drawn, words = BROKEN[case]
    assert words in check(written(tmp_path, semantics, drawn))


def test_a_loop_may_lead_left(tmp_path):
    assert loops(read(written(tmp_path))) == {"f4"}


def test_the_command_tells_and_fails(tmp_path, capsys):
    good = written(tmp_path)
    assert main([str(good)]) == 0
    bad = written(tmp_path, drawn={"f1": None})
    assert main([str(bad)]) == 1
    assert "f1 is drawn 0 times" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ((0, 5), (20, 5), True),
        ((0, 0), (20, 0), False),
        ((12, 0), (12, 30), True),
        ((0, 0), (1, 1), False),
        ((0, 20), (20, 0), True),
        ((2, 2), (8, 8), True),
    ],
)
def test_a_line_crosses_a_box_or_not(start, end, expected):
    assert Box(2, 2, 15, 15).crosses(start, end) is expected
