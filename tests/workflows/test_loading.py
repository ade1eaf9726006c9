"""Processes are found by their names; the worker is configured to lose nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from records.documents import Document
from records.seal_verification import unsealed_entries, verify_seals
from records.settings import Settings
from records.signing import public_keys
from tests.workflows.story import Story
from workflows import UnreadableProcessError, load, worker
from workflows.worker import configuration, hands, seal, sweep


def test_the_products_processes_are_found() -> None:
    found = {key: process.prefix for key, process in load().items()}
    assert found.items() >= {"inspection": "检", "rectification": "整"}.items()
    own = [prefix for prefix in found.values() if prefix != "案"]  # a process that is only called numbers no cases
    assert len(own) == len(set(own))


def test_a_folders_processes_are_found_and_other_modules_left_alone(tmp_path: Path) -> None:
    (tmp_path / "greeting.py").write_text(
        "from engine.process import process\n\ndef greet(step): ...\n\nPROCESS = process('greeting', greet)\n"
    )
    (tmp_path / "worker.py").write_text("raise RuntimeError('imported')\n")
    assert set(load(tmp_path)["greeting"].services) == {"greet"}


@pytest.mark.parametrize("says", ["PROCESS = process('another')", "PROCESS = 7"])
def test_a_module_that_does_not_agree_with_its_name_is_refused(tmp_path: Path, says: str) -> None:
    (tmp_path / "strange.py").write_text(f"from engine.process import process\n\n{says}\n")
    with pytest.raises(UnreadableProcessError):
        load(tmp_path)


def test_messages_are_acknowledged_late_and_taken_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = configuration(Settings())
    assert said["broker_url"] == "filesystem://"
    assert Path(said["broker_transport_options"]["data_folder_in"]).is_dir()
    assert (said["task_acks_late"], said["worker_prefetch_multiplier"], said["accept_content"]) == (True, 1, ["json"])


def test_redis_is_the_broker_where_there_is_one() -> None:
    said = configuration(Settings(redis_url="redis://cache:6379/0"))
    assert said["broker_url"] == "redis://cache:6379/0"
    assert said["broker_transport_options"]["visibility_timeout"] > said["task_time_limit"]


def test_the_worker_seals_the_journal_every_minute(
    story: Story, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    beat = configuration(Settings())["beat_schedule"]["seal"]
    assert (beat["task"], beat["schedule"]) == ("seal", 60.0)
    url = story.database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", url.replace("postgresql+psycopg", "postgresql"))
    monkeypatch.setenv("JOURNAL_KEY_FILE", str(tmp_path / "keys" / "journal.key"))
    monkeypatch.setattr(worker, "SystemClock", lambda: story.clock)
    hands.cache_clear()
    try:
        assert seal() > 0
        assert seal() == 0
    finally:
        hands().database.engine.dispose()
        hands.cache_clear()
    with story.database.reading() as session:
        assert list(verify_seals(session, public_keys(tmp_path / "keys" / "journal.key"))) == []
        assert unsealed_entries(session) == 0


def test_a_sweep_does_what_is_due(story: Story, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    story.assign()
    url = story.database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", url.replace("postgresql+psycopg", "postgresql"))
    monkeypatch.setenv("BLOB_DIR", str(tmp_path / "blobs"))
    monkeypatch.setattr(worker, "SystemClock", lambda: story.clock)
    hands.cache_clear()
    try:
        assert sweep() >= 1
        assert sweep() == 0
    finally:
        hands().database.engine.dispose()
        hands.cache_clear()
    with story.database.reading() as session:
        assert session.scalars(select(Document.status)).all() == ["issued"]
