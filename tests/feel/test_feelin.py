"""The vectors run against feelin, which the browser uses: it agrees, or `vectors/feelin.txt` says where and why not."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.feel.tables import FOLDER, read
from tests.feel.test_expressions import CONTEXT

ROOT = Path(__file__).parents[2]
NODE = shutil.which("node")
STOPPED = "stopped"
pytestmark = pytest.mark.skipif(
    NODE is None or not (ROOT / "node_modules" / "feelin").is_dir(), reason="node or feelin is not installed"
)


def feelin(context: dict, expressions: list[str]) -> list[object]:
    asked = json.dumps({"context": context, "expressions": expressions})
    script = Path(__file__).with_name("feelin.mjs")
    done = subprocess.run([NODE, script], input=asked, capture_output=True, text=True, check=True, timeout=60)
    return [STOPPED if "error" in outcome else outcome["value"] for outcome in json.loads(done.stdout)]


def differing() -> dict[str, object]:
    """What feelin gives where it differs; every group has its reason above it."""
    given: dict[str, object] = {}
    reason = ""
    for line in (FOLDER / "feelin.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            reason = line
        elif not line:
            reason = ""
        else:
            assert reason, f"{line}: why?"
            text, _, result = line.rpartition(" ⇒ ")
            given[text] = STOPPED if result == STOPPED else json.loads(result)
    return given


def test_feelin_agrees_or_the_difference_is_explained():
    known, wrong = differing(), []
    for name, context in (("expressions", CONTEXT), ("builtins", {})):
        vectors = read(name)
        for (text, ours), theirs in zip(vectors, feelin(context, [text for text, _ in vectors]), strict=True):
            if theirs != known.pop(text, ours):
                wrong.append(f"{text} ⇒ {json.dumps(theirs, ensure_ascii=False)}")
    assert not wrong, "\n".join(wrong)
    assert not known, f"no such vectors: {list(known)}"
