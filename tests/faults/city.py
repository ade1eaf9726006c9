"""A whole installation in processes of its own: PostgreSQL, web, workers; its people, and what they were told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import psutil
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import and_, func, or_, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from engine.engine import Engine
from engine.invariants import check_invariants
from engine.model import InstanceState, Job, JobKind, JobState, ProcessInstance, UserTask, UserTaskState
from records.clock import SystemClock
from records.db import Database
from records.journal import JournalEntry
from records.migrations import upgrade
from records.people import SYSTEM, User
from records.registry import Product
from records.settings import DEVELOPMENT_SECRET
from records.store import Store
from records.submissions import Submission
from records.verification import verify_store
from tests.conftest import seeded
from tests.factories import PEOPLE, Cast
from tests.faults.errands import BUNDLES, PROCESSES
from tests.faults.person import Ledger, Person
from tests.faults.postgres import Postgres
from tests.own_redis import free_port

ROOT = Path(__file__).parents[2]
LEASE = 2  # seconds
PATIENCE = 60.0
#: who does which step
GROUPS = {"left": "inspector", "right": "lead", "check": "lead", "work": "inspector", "talk": "lead"}


class City:
    """The installation. ``environment`` is added to that of its processes."""

    def __init__(
        self,
        postgres: Postgres,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        restored: Path | None = None,
    ) -> None:
        self.postgres, self.folder, self.ledger = postgres, folder, Ledger()
        self.name = f"city_{uuid.uuid4().hex[:8]}"
        self.postgres.run("createdb", self.name)
        self.database = Database(postgres.url(self.name), pool_size=30)
        self.engine = Engine(PROCESSES, SystemClock())
        self.port = free_port()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._environment = {
            **os.environ, "DATABASE_URL": postgres.url(self.name), "PYTHONPATH": str(ROOT),
            "FAULTS_FOLDER": str(folder), "BLOB_DIR": str(folder / "blobs"),
            "JOB_LEASE_SECONDS": str(LEASE), "LOG_LEVEL": "WARNING",
            **(environment or {}),
        }  # fmt: skip
        if restored is None:
            self._found()
        else:
            postgres.run("pg_restore", "--no-owner", f"--dbname={self.name}", str(restored))
        with self.database.reading() as session:
            self.cast = Cast.load(session)
            self.names = {getattr(self.cast, name).id: name for name in PEOPLE}
            self.cookies = {user.username: _cookie(user) for user in session.scalars(select(User))}

    def _found(self) -> None:
        upgrade(self.database)
        with self.database.unit_of_work() as session:
            seeded(Store(session, SystemClock(), SYSTEM))
        with self.database.unit_of_work() as session:
            self.engine.deploy_all(session, BUNDLES, SYSTEM)

    # -- its processes ------------------------------------------------------------------------------------------------

    def open_web(self, workers: int = 2, **environment: str) -> None:
        """Start serving, and wait until it does."""
        command = ["gunicorn", "--preload", "--workers", str(workers), "--threads", "12", "--log-level", "error",
                   "--bind", f"127.0.0.1:{self.port}", "tests.faults.program:application()"]  # fmt: skip
        self._launch("web", ["-m", *command], FAULTS_ROLE="web", **environment)
        self.until(lambda: self.person("lead").get("/health").status == 200)

    def open_worker(self, number: int = 1, name: str = "worker", **environment: str) -> None:
        """Start so many workers."""
        self._launch(name, ["-m", "tests.faults.program", str(number)], FAULTS_ROLE=name, **environment)

    def open_celery(self, **environment: str) -> None:
        """Start a worker as production does, with beat inside."""
        command = ["celery", "--quiet", "-A", "tests.faults.program:celery", "worker", "--beat", "--pool", "solo",
                   "--schedule", str(self.folder / "beat")]  # fmt: skip
        self._launch("worker", ["-m", *command], FAULTS_ROLE="worker", **environment)

    def _launch(self, name: str, command: list[str], **environment: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *command], cwd=self.folder, env=self._environment | environment,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def children(self, name: str) -> list[psutil.Process]:
        """The processes that do the work of one."""
        return psutil.Process(self.processes[name].pid).children()

    def kill(self, name: str) -> None:
        """SIGKILL to all processes of one."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)

    def close(self) -> None:
        """End everything."""
        for name in list(self.processes):
            self.kill(name)
        self.database.engine.dispose()
        self.postgres.run("dropdb", "--force", "--if-exists", self.name)

    def rest(self) -> None:
        """Wait until no work of earlier cases is under way, so that the next plan strikes the work of the test."""
        soon = SystemClock().now() + timedelta(minutes=2)
        waiting = and_(Job.state == JobState.WAITING, Job.due_at <= soon)

        def at_rest() -> bool:
            with self.database.reading() as session:
                return not session.scalar(select(func.count()).where(or_(waiting, Job.state == JobState.RUNNING)))

        self.until(at_rest)

    def plan(self, role: str, point: str, sent: signal.Signals = signal.SIGKILL) -> Path:
        """The next process of that role that passes the point gets the signal; gives the mark it leaves."""
        name = f"{role}.{point}.{int(sent)}"
        mark = self.folder / f"struck.{name}"
        mark.unlink(missing_ok=True)
        (self.folder / name).touch()
        return mark

    # -- its people ---------------------------------------------------------------------------------------------------

    def person(self, username: str) -> Person:
        """Somebody with a connection of their own."""
        return Person(self.port, self.cookies[username], self.ledger)

    def case(self, key: str = "errand", note: str = "") -> str:
        """A case that was begun through the web, surely."""
        return self.person("lead").surely_start(
            key, {"establishment": self.cast.business.establishment_id, "note": note}
        )

    def open_tasks(self, case: str | None = None) -> list[tuple[str, str, str]]:
        """(id, element, who does it) of the open user tasks, of one case or of all."""
        columns = (UserTask.id, UserTask.element_id, UserTask.assignee_id)
        query = select(*columns).where(UserTask.state == UserTaskState.OPEN)
        with self.database.reading() as session:
            found = session.execute(query if case is None else query.where(UserTask.process_instance_id == case))
            return [(task, element, self.names.get(who or "", GROUPS[element])) for task, element, who in found]

    def task(self, case: str, element: str) -> str:
        """The open user task of that element, waited for."""
        found: list[str] = []

        def there() -> bool:
            found[:] = [task for task, name, _who in self.open_tasks(case) if name == element]
            return bool(found)

        self.until(there)
        return found[0]

    def until(self, holds: Callable[[], bool], patience: float = PATIENCE) -> None:
        """Wait until something is so; whatever fails meanwhile is asked again."""
        end = time.monotonic() + patience
        while True:
            try:
                if holds():
                    return
            except (OSError, OperationalError):
                pass
            if time.monotonic() > end:
                logs = {path.name: path.read_text()[-3000:] for path in self.folder.glob("*.log")}
                raise AssertionError(json.dumps(logs, indent=1).replace("\\n", "\n"))
            time.sleep(0.05)

    def finish(self) -> None:
        """Let people and workers do everything that is open until every case has ended."""

        def ended() -> bool:
            for task, _element, who in self.open_tasks():
                self.person(who).surely_complete(task)
            with self.database.reading() as session:
                active = select(func.count()).where(ProcessInstance.state == InstanceState.ACTIVE)
                due = select(func.count()).where(Job.state.in_((JobState.WAITING, JobState.RUNNING)))
                return not session.scalar(active) and not session.scalar(due)

        self.until(ended, 120)

    # -- what must be so ----------------------------------------------------------------------------------------------

    def check(self, now: datetime | None = None) -> None:
        """Nobody was told what is not so, and every promise holds."""
        with self.database.reading() as session:
            broken = [str(each) for each in check_invariants(session, now or SystemClock().now())]
            assert broken + [str(each) for each in verify_store(session)] == []
            self._check_what_was_told(session)
            self._check_orders(session)

    def _check_what_was_told(self, session: Session) -> None:
        assert set(self.ledger.started) <= set(session.scalars(select(ProcessInstance.id)))
        kept = {submission.user_task_id: submission for submission in session.scalars(select(Submission))}
        for task, submission in self.ledger.completed.items():
            assert kept[task].id == submission, f"told {submission}, kept {kept[task].id}"
        told_no = {submission.idempotency_key for submission in kept.values()} & self.ledger.refused
        assert told_no == set(), "told no, but kept"
        taken = JournalEntry.verb.in_(("user_task.claimed", "user_task.assigned"))
        handed = [(entry.subject_id, entry.after) for entry in session.scalars(select(JournalEntry).where(taken))]
        owners = {(task, self.names[after["assignee_id"]]) for task, after in handed if after}
        assert set(self.ledger.claimed) <= owners

    def _check_orders(self, session: Session) -> None:
        """Each case that came to its order wrote its fact once; what was done outside was done at least once."""
        orders = session.scalars(select(Job).where(Job.kind == JobKind.NOTIFICATION)).all()
        facts = Counter(session.scalars(select(Product.name).where(Product.name.startswith("差-"))))
        assert set(facts.values()) <= {1} and len(facts) == len(orders)
        effects = Counter(self.effects())
        assert [job.id for job in orders if job.state is JobState.DONE and not effects[job.idempotency_key]] == []

    def effects(self) -> list[str]:
        """The keys of the effects outside, one for each time."""
        path = self.folder / "effects"
        return path.read_text().split() if path.exists() else []


def _cookie(user: User) -> str:
    app = Flask("city")
    app.secret_key = DEVELOPMENT_SECRET
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    kept = {"_user_id": user.fs_uniquifier, "_fresh": True, "fs_cc": "set", "fs_paa": time.time()}
    return str(serializer.dumps(kept))


@contextmanager
def city(
    postgres: Postgres, folder: Path, environment: Mapping[str, str] | None = None, restored: Path | None = None
) -> Iterator[City]:
    """An installation, new or restored from a dump, closed at the end."""
    folder.mkdir(exist_ok=True)
    made = City(postgres, folder, environment, restored)
    try:
        yield made
    finally:
        made.close()
