"""The processes. A module of this folder that ends in ``PROCESS = process(…)`` is one; nothing is registered."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

from engine.process import Process

FOLDER = Path(__file__).parent
_MARK = re.compile(r"^PROCESS\b[^=\n]*=", re.MULTILINE)


class UnreadableProcessError(ImportError):
    """A process module does not say what it should."""


def load(folder: Path = FOLDER) -> dict[str, Process]:
    """The processes of a folder by key. Modules without a PROCESS (such as the worker) are not even imported."""
    found = {path.stem: _process(path) for path in sorted(folder.glob("*.py")) if _MARK.search(path.read_text("utf-8"))}
    for stem, process in found.items():
        if process.key != stem:
            raise UnreadableProcessError(f"{stem}.py describes the process {process.key!r}; the names must agree")
    return found


def _process(path: Path) -> Process:
    process = getattr(_module(path), "PROCESS", None)
    if not isinstance(process, Process):
        raise UnreadableProcessError(f"PROCESS in {path.name} is not made by engine.process.process()")
    return process


def _module(path: Path) -> ModuleType:
    if path.parent == FOLDER:
        return importlib.import_module(f"{__name__}.{path.stem}")
    name = f"workflow_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UnreadableProcessError(str(path))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
