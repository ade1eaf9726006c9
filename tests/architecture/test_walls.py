"""What cannot be linted: each wall of the house, read from the source itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("feel", "records", "forms", "engine", "workflows", "web")
LINE_LIMIT = 300
HTTP_LIBRARIES = ("flask", "werkzeug", "flask_admin", "flask_security", "flask_smorest", "flask_wtf", "flask_babel",
                  "flask_limiter", "flask_talisman", "flask_login", "requests", "httpx", "urllib3")  # fmt: skip


def sources(*packages: str) -> Iterator[Path]:
    for package in packages or PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if not {"versions", "node_modules"} & set(path.relative_to(ROOT).parts):
                yield path


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            yield node.module, node.lineno


def importers(*libraries: str) -> set[str]:
    return {place(path) for path in sources() for module, _line in imported(path) if module.split(".")[0] in libraries}


def test_only_the_unit_of_work_ends_a_transaction() -> None:
    found = [
        f"{place(path)}:{node.lineno}"
        for path in sources()
        if place(path) != "records/db.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("commit", "rollback", "begin_nested")
    ]
    assert found == []


def test_spiffworkflow_lives_behind_engine_bpmn() -> None:
    found = importers("SpiffWorkflow")
    assert found and all(name.startswith("engine/bpmn") for name in found)


def test_celery_lives_in_the_worker() -> None:
    assert importers("celery", "kombu") <= {"workflows/worker.py"}


def test_reportlab_lives_in_the_pdf_package() -> None:
    assert all(name.startswith("forms/pdf") for name in importers("reportlab"))


def test_http_lives_in_web() -> None:
    assert {name for name in importers(*HTTP_LIBRARIES) if not name.startswith("web/")} == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_what_stands_to_its_right(package: str) -> None:
    lower = PACKAGES[: PACKAGES.index(package) + 1]
    found = [
        f"{place(path)}:{line} {module}"
        for path in sources(package)
        for module, line in imported(path)
        if module.split(".")[0] in PACKAGES and module.split(".")[0] not in lower
    ]
    assert found == []


def test_no_import_hides_in_a_function() -> None:
    found = [
        f"{place(path)}:{node.lineno}"
        for path in sources()
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert found == []


def test_files_stay_small() -> None:
    long = {
        place(path): n for path in sources() if (n := len(path.read_text(encoding="utf-8").splitlines())) > LINE_LIMIT
    }
    assert long == {}


def test_no_python_is_evaluated() -> None:
    found = [
        f"{place(path)}:{node.lineno}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("eval", "exec", "compile")
    ]
    assert found == []


def test_no_drawers_for_odds_and_ends() -> None:
    names = {"utils.py", "helpers.py", "common.py", "misc.py"}
    assert [place(path) for path in sources() if path.name in names] == []


def test_any_exception_is_caught_only_at_the_two_outer_edges() -> None:
    edges = {"engine/jobs.py", "web/errors.py"}
    found = {
        place(path)
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")))
    }
    assert found <= edges | {"records/db.py"}
