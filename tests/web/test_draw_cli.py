"""``flask verify-draw``: the platform checks a record with the very program that it hands out."""

from __future__ import annotations

import json
from pathlib import Path

from flask import Flask

from tests.records.test_verify_draw import whole


def test_a_record_matches_or_its_first_difference_is_named(app: Flask, tmp_path: Path) -> None:
    run, file, document = app.test_cli_runner(), tmp_path / "draw.json", whole()
    file.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    good = run.invoke(args=["verify-draw", str(file), "--commitment", document["commitment"]["sha256"]])
    assert good.exit_code == 0 and good.output.startswith("MATCH")
    other = run.invoke(args=["verify-draw", str(file), "--commitment", "0" * 64])
    assert other.exit_code == 1 and other.output.startswith("DIFFERENCE commitment.sha256")
    document["quotas"][0]["count"] += 1
    file.write_text(json.dumps(document), "utf-8")
    bad = run.invoke(args=["verify-draw", str(file)])
    assert bad.exit_code == 1 and bad.output.startswith("DIFFERENCE quotas[0]")
    assert run.invoke(args=["verify-draw", str(tmp_path / "none.json")]).exit_code == 2
