"""Where tests keep what need not outlive them: in memory where the machine has room for it, else on its disk."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

ROOM = 4 * 2**30  # bytes: two workers' databases, a server's log and browsers' profiles, with plenty to spare


def scratch() -> Path:
    """An existing folder: that of shared memory, or the usual one for temporary files."""
    shared = Path("/dev/shm")
    is_roomy = shared.is_dir() and os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > ROOM
    return shared if is_roomy else Path(tempfile.gettempdir())
