"""``python -m bench NAME [--db sqlite|postgresql] [--quick] [--write]``: a table, then one JSON line.

Exits 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path

from bench import table
from bench.result import Result

NAMES = sorted(
    path.stem for path in Path(__file__).parent.glob("[a-z]*.py") if "def run(" in path.read_text(encoding="utf-8")
)


def main() -> int:
    """Measure, print, and say by the exit code whether every bar holds."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("name", choices=[*NAMES, "all"])
    parser.add_argument("--db", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--quick", action="store_true", help="a smaller run of the same shape, under 50 s")
    parser.add_argument("--write", action="store_true", help="keep the figures in docs/performance.md")
    options = parser.parse_args()
    names = NAMES if options.name == "all" else [options.name]
    return max(measure(name, options.db, quick=options.quick, keep=options.write) for name in names)


def measure(name: str, db: str, *, quick: bool, keep: bool) -> int:
    """Run one benchmark, and keep its figures if wanted; 1 when a bar is missed."""
    results: list[Result] = importlib.import_module(f"bench.{name}").run(db, quick)
    for r in results:
        mark = "✓" if r["holds"] else "✗"
        reference = "" if r["reference"] is None else f"reference {r['reference']:g}"
        print(f"{mark} {r['name']:<44} {r['value']:>12g} {r['unit']:<8} bar {r['bar']:<12} {reference}")
    if keep:
        table.write(name, results, quick=quick)
    print(json.dumps({"bench": name, "results": results}, ensure_ascii=False))
    return 0 if all(r["holds"] for r in results) else 1


if __name__ == "__main__":
    sys.exit(main())
