"""A real worker with beat inside, in a process of its own, over Redis and over a folder: what is due is done."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from sqlalchemy import select

from engine.model import Job, JobKind, JobState
from records.documents import Document
from tests.own_redis import redis_server
from tests.workflows.story import Story

ROOT = Path(__file__).parents[2]
PATIENCE = 90.0  # seconds; a worker needs some for its imports


@contextmanager
def worker(story: Story, folder: Path, broker: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """``celery worker --beat`` on the story's database; its mailbox and schedule lie in ``folder``."""
    url = story.database.engine.url.render_as_string(hide_password=False)
    known = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    environment = known | broker | {
        "DATABASE_URL": url, "BLOB_DIR": str(story.blobs.folder), "PYTHONPATH": str(ROOT), "LOG_LEVEL": "WARNING",
    }  # fmt: skip
    command = [
        sys.executable,
        "-m",
        "celery",
        "--quiet",
        "-A",
        "workflows.worker",
        "worker",
        "--beat",
        "--pool",
        "solo",
    ]
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--schedule", str(folder / "beat")], cwd=folder, env=environment, stdout=log, stderr=log
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


def letter_job(story: Story) -> JobState:
    with story.database.reading() as session:
        job = select(Job.state).where(Job.kind == JobKind.DOCUMENT, Job.process_instance_id == story.case)
        return session.scalars(job).one()


def wait_until_printed(story: Story, process: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + PATIENCE
    while letter_job(story) is not JobState.DONE:
        assert process.poll() is None and time.monotonic() < end, (folder / "worker.log").read_text("utf-8")[-3000:]
        time.sleep(0.3)


@pytest.fixture
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    if request.param == "folder":
        yield {}
    elif given := os.environ.get("TEST_REDIS_URL"):
        yield {"REDIS_URL": given}
    else:
        with redis_server(tmp_path) as url:
            yield {"REDIS_URL": url}


@pytest.mark.parametrize("broker", ["folder", "redis"], indirect=True)
def test_a_worker_prints_what_a_case_ordered(story: Story, broker: dict[str, str], tmp_path: Path) -> None:
    story.assign()
    assert letter_job(story) is JobState.WAITING
    with worker(story, tmp_path, broker) as process:
        wait_until_printed(story, process, tmp_path)
    with story.database.reading() as session:
        letter = session.scalars(select(Document).where(Document.kind == "task_letter")).one()
        assert letter.status == "issued"
        with story.blobs.open(letter.sha256 or "") as pdf:
            assert pdf.read(5) == b"%PDF-"


def test_a_redis_that_forgot_everything_loses_no_work(story: Story, tmp_path: Path) -> None:
    with redis_server(tmp_path) as url, worker(story, tmp_path, {"REDIS_URL": url}) as process:
        redis.Redis.from_url(url).flushall()
        story.assign()
        redis.Redis.from_url(url).flushall()
        wait_until_printed(story, process, tmp_path)
