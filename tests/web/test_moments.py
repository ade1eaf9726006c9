from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask

from records.clock import ZONE
from web.moments import ago, due, minute, short

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=ZONE)  # a Wednesday


@pytest.mark.parametrize(
    ("moment", "tone", "words"),
    [
        (datetime(2026, 11, 18, 18, 0, tzinfo=ZONE), "warn", "今天 18:00"),
        (datetime(2026, 11, 19, 0, 0, tzinfo=ZONE), "warn", "今天 24:00"),
        (datetime(2026, 11, 20, 0, 0, tzinfo=ZONE), "warn", "明天 24:00"),
        (datetime(2026, 11, 21, 0, 0, tzinfo=ZONE), "warn", "剩 2 个工作日"),
        (datetime(2026, 11, 24, 0, 0, tzinfo=ZONE), "plain", "剩 3 个工作日"),  # over the weekend
        (datetime(2026, 12, 19, 0, 0, tzinfo=ZONE), "plain", "2026-12-18 到期"),
        (datetime(2026, 11, 18, 8, 59, 30, tzinfo=ZONE), "bad", "刚刚逾期"),
        (datetime(2026, 11, 18, 6, 0, tzinfo=ZONE), "bad", "逾期 3 小时"),
        (datetime(2026, 11, 17, 0, 0, tzinfo=ZONE), "bad", "逾期 2 个工作日"),
        (datetime(2026, 11, 14, 0, 0, tzinfo=ZONE), "bad", "逾期 3 个工作日"),  # the weekend does not count
    ],
)
def test_a_deadline_is_told_in_working_days(app: Flask, moment: datetime, tone: str, words: str) -> None:
    with app.test_request_context():
        told = due(moment)
    assert told is not None
    assert (told.tone, told.words) == (tone, words)


def test_no_deadline_is_told_by_silence(app: Flask) -> None:
    with app.test_request_context():
        assert due(None) is None


def test_the_end_of_a_day_is_told_as_that_day() -> None:
    assert minute(datetime(2026, 12, 19, 0, 0, tzinfo=ZONE)) == "2026-12-18 24:00"


def test_what_just_happened_is_told_by_its_distance(app: Flask) -> None:
    with app.test_request_context():
        assert ago(NOW) == "刚刚"
        assert ago(NOW - timedelta(minutes=5)) == "5 分钟前"
        assert ago(NOW - timedelta(hours=3)) == "3 小时前"
        assert ago(NOW - timedelta(days=1)) == "11-17 09:00"
        assert short(NOW - timedelta(days=400)) == "2025-10-14"
