"""Every refusal says where and why, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.foreign import check_file
from tests.engine import test_models, test_normal_form, test_soundness
from tests.engine.toys import flow, model

CHINESE = re.compile(r"[\u4e00-\u9fff]")
START = '<startEvent id="b"/>'
GATEWAY = START + '<exclusiveGateway id="g" default="g__e"/><endEvent id="e"/>' + flow("b", "g") + flow("g", "e")
MODELS = {
    **{f"model: {name}": content for name, (content, _slug) in test_models.REFUSED.items()},
    **{f"normal form: {slug}": model("p", body) for slug, body in test_normal_form.REFUSED.items()},
    **{f"token game: {name}": model("p", START + body) for name, (body, _) in test_soundness.STALLING.items()},
    "process without an id": model("p", GATEWAY).replace(b'process id="p"', b"process"),
    "process with an odd id": model("p q", GATEWAY),
    "vendor: method call": model("p", GATEWAY + '<endEvent id="x"/>' + flow("g", "x", "${bean.run()}")),
    "vendor: script": model(
        "p", GATEWAY + '<endEvent id="x"/>' + flow("g", "x", "true").replace("<cond", "<cond", 1).replace(
            "<conditionExpression>", '<conditionExpression language="groovy">')),
    "vendor: dynamic call": model("p", START + '<callActivity id="x" calledElement="${y}"/>' + flow("b", "x")),
    "vendor: calls nothing": model("p", START + '<callActivity id="x"/>' + flow("b", "x")),
    "vendor: cron": model(
        "p", START + '<intermediateCatchEvent id="x"><timerEventDefinition><timeCycle>0 0 9 * * ?</timeCycle>'
        "</timerEventDefinition></intermediateCatchEvent>" + flow("b", "x")),
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_a_refusal_names_the_element_the_line_and_the_reason_in_both_languages(tmp_path: Path, name: str) -> None:
    path = tmp_path / "m.bpmn"
    path.write_bytes(MODELS[name])
    found = check_file(path)
    assert found["verdict"] == "refused" and found["findings"]
    for finding in found["findings"]:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", finding["slug"])
        assert finding["element"] and finding["line"], finding
        assert CHINESE.search(finding["zh"]) and finding["en"] and not CHINESE.search(finding["en"]), finding
