"""The worker: Celery as doorbell and pool of hands, never as memory. What is to be done stands in the job table.

``celery -A workflows.worker worker --beat`` serves the embedded installation; in production workers and beat run apart.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

from engine.engine import Engine
from engine.jobs import Handlers, run_due
from engine.watchdog import watch as look_for_stranded
from records.blobs import BlobStore
from records.clock import Clock, SystemClock
from records.db import Database
from records.seals import seal_journal
from records.settings import Settings
from records.signing import SigningKey
from workflows import load
from workflows.handlers import handlers

NICE = 5
SWEEP_SECONDS, WATCH_SECONDS = 3.0, 300.0
SEAL_SECONDS = 60.0
JOBS_A_ROUND, ROUNDS_A_SWEEP = 20, 10
MAILBOX = Path("var/broker")


@dataclass(frozen=True)
class Hands:
    """What a worker process works with."""

    database: Database
    engine: Engine
    handlers: Handlers
    clock: Clock
    lease: timedelta
    journal_key: Path


@cache
def hands() -> Hands:
    """Put together once per process, at its first sweep."""
    settings, clock = Settings.from_environment(os.environ), SystemClock()
    engine = Engine(load(), clock)
    made = handlers(settings, BlobStore(settings.blob_dir), clock)
    lease = timedelta(seconds=settings.job_lease_seconds)
    database = Database(settings.database_url, idle_limit=settings.job_lease_seconds, sealing_key=settings.sealing_key)
    database.keep_statistics()
    return Hands(database, engine, made, clock, lease, settings.journal_key)


def configuration(settings: Settings) -> dict[str, Any]:
    """Celery's settings: JSON only, acknowledged late, one message at a time; Redis, or a folder without it."""
    soft, hard = limits(settings)
    common: dict[str, Any] = {
        "broker_url": settings.broker_url,
        "broker_connection_retry_on_startup": True,
        "accept_content": ["json"],
        "task_serializer": "json",
        "result_serializer": "json",
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "task_soft_time_limit": soft,
        "task_time_limit": hard,
        "timezone": "Asia/Shanghai",
        "enable_utc": True,
        "beat_schedule": {
            "sweep": {"task": "sweep", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
            "seal": {"task": "seal", "schedule": SEAL_SECONDS, "options": {"expires": SEAL_SECONDS}},
            "watch": {"task": "watch", "schedule": WATCH_SECONDS, "options": {"expires": WATCH_SECONDS}},
        },
    }
    return common | (_over_redis(hard) if settings.redis_url else _through_a_folder(MAILBOX))


def limits(settings: Settings) -> tuple[int, int]:
    """Seconds after which a sweep is asked to end, and is ended: both below the lease of a job."""
    lease = settings.job_lease_seconds
    return max(1, lease * 4 // 5), max(1, lease * 14 // 15)


def _over_redis(hard_limit: int) -> dict[str, Any]:
    return {"broker_transport_options": {"visibility_timeout": hard_limit + 20}}


def _through_a_folder(folder: Path) -> dict[str, Any]:
    messages, control = folder / "messages", folder / "control"
    for each in (messages, control):
        each.mkdir(parents=True, exist_ok=True)
    options = {"data_folder_in": str(messages), "data_folder_out": str(messages), "control_folder": str(control)}
    return {"broker_transport_options": options, "worker_enable_remote_control": False}


app = Celery("sujian", set_as_current=False)
app.conf.update(configuration(Settings.from_environment(os.environ)))


@worker_process_init.connect
def step_aside(**_given: Any) -> None:
    """Let whoever waits for a page go first: a worker takes what time is left."""
    os.nice(NICE)


@app.task(name="sweep")
def sweep() -> int:
    """Do what is due; gives how many jobs were taken."""
    own = hands()
    taken = 0
    for _round in range(ROUNDS_A_SWEEP):
        count = run_due(own.database, own.engine, own.handlers, own.clock, JOBS_A_ROUND, own.lease)
        taken += count
        if not count:
            break
    return taken


@app.task(name="seal")
def seal() -> int:
    """Seal what is new in the journal; gives the number of chains. What this round misses, the next one seals."""
    own = hands()
    return seal_journal(own.database, SigningKey.of_file(own.journal_key), own.clock)


@app.task(name="watch")
def watch() -> int:
    """Open an incident for each live case that waits for nothing; gives how many."""
    own = hands()
    with own.database.unit_of_work() as session:
        return look_for_stranded(session, own.clock)
