"""``docs/performance.md``: the figures last measured, one table a benchmark, from ``docs/performance.json``."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
from pathlib import Path
from typing import Any

from bench.result import Result

DOCS = Path(__file__).resolve().parents[1] / "docs"
HEAD = """# Performance

Every figure is measured beside its reference in the same run: `python -m bench NAME --db sqlite|postgresql --write`
puts the run's figures here. A ✗ is a bar that was missed in the run shown.
"""
COLUMNS = "| figure | database | value | reference | ratio | bar | |\n|---|---|---:|---:|---:|---|---|\n"


def write(name: str, results: list[Result], *, quick: bool) -> None:
    """Keep a run's figures in place of those of the same name and database, and write the page anew."""
    file = DOCS / "performance.json"
    kept: dict[str, list[dict[str, Any]]] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    databases = {result["db"] for result in results}
    others = [row for row in kept.get(name, []) if row["db"] not in databases]
    kept[name] = others + [{**result, "machine": _machine(), "quick": quick} for result in results]
    file.write_text(json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    (DOCS / "performance.md").write_text(_page(kept), encoding="utf-8")


def _page(kept: dict[str, list[dict[str, Any]]]) -> str:
    parts = [HEAD]
    for name in sorted(kept):
        parts.append(f"\n## {name}\n{_how(kept[name])}\n\n{COLUMNS}" + "".join(_line(row) for row in kept[name]))
    return "".join(parts)


def _how(rows: list[dict[str, Any]]) -> str:
    machines = sorted({row["machine"] for row in rows})
    return f"{'; '.join(machines)}{'; the quick form' if any(row['quick'] for row in rows) else ''}"


def _line(row: dict[str, Any]) -> str:
    reference = "" if row["reference"] is None else f"{row['reference']:g}"
    ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f}"
    mark = "✓" if row["holds"] else "✗"
    value = f"{row['value']:g} {row['unit']}"
    return f"| {row['name']} | {row['db']} | {value} | {reference} | {ratio} | {row['bar']} | {mark} |\n"


def _machine() -> str:
    python, sqlite = platform.python_version(), sqlite3.sqlite_version
    return f"{os.cpu_count()} cores, Python {python}, SQLite {sqlite}"
