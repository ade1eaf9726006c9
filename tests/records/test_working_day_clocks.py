"""Every working-day clock over Golden Week and its make-up days.

The days are counted by hand here: 1 to 7 October 2026 are holidays, Sunday 20 September and Saturday 10 October are
worked. A deadline is the end of its last working day, the day of the event not counted.
"""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from records import rules
from records.clock import ZONE
from records.deadlines import deadline
from tests.factories import DISTRICT

SEED = Path(rules.__file__).parent / "seeds" / "rules.csv"
OURS = (
    "R-INS",
    "R-RECT",
    "R-TALK",
    "R-TST",
    "R-PAT",
    "R-PUB",
    "R-CMP",
    "R-ANN",
    "R-ASM",
    "R-ESC",
    "R-PRB",
    "R-PEN",
    "R-REC",
)
#: Monday, the last working week before the holidays
BEGUN = datetime(2026, 9, 28, 15, 30, tzinfo=ZONE)
#: the working days after it, as the State Council's notice has them
WORKED = [
    *(date(2026, 9, day) for day in (29, 30)),
    *(date(2026, 10, day) for day in (8, 9, 10, 12, 13, 14, 15, 16, 19, 20, 21, 22, 23, 26, 27, 28, 29, 30)),
    *(date(2026, 11, day) for day in (2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20, 23, 24, 25, 26, 27, 30)),
    *(date(2026, 12, day) for day in (1, 2, 3, 4)),
]


def clocks() -> list[tuple[str, int]]:
    with SEED.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["unit"] == "wd" and row["code"].startswith(OURS)]
    return [(row["code"], int(row["value"])) for row in rows]


def last_day(session: Session, code: str, begun: datetime = BEGUN) -> date:
    due = deadline(session, code, begun, DISTRICT).due_at.astimezone(ZONE)
    assert (due.hour, due.minute) == (0, 0)  # 24:00 of the day before
    return due.date() - timedelta(days=1)


@pytest.mark.parametrize(("code", "days"), clocks(), ids=[code for code, _days in clocks()])
def test_every_working_day_clock_ends_with_its_last_working_day(session: Session, code: str, days: int) -> None:
    assert last_day(session, code) == WORKED[days - 1]


def test_r_ins_13_results_are_public_within_twenty_working_days(session: Session) -> None:
    assert last_day(session, "R-INS-13") == date(2026, 10, 30)


def test_r_pub_01_active_disclosure_within_twenty_working_days(session: Session) -> None:
    assert last_day(session, "R-PUB-01") == date(2026, 10, 30)


def test_r_pub_03_third_parties_answer_within_fifteen_working_days(session: Session) -> None:
    assert last_day(session, "R-PUB-03") == date(2026, 10, 23)


def test_r_pub_05_penalties_twenty_across_provinces_ten_withdrawn_within_three(session: Session) -> None:
    ends = [last_day(session, code) for code in ("R-PUB-05", "R-PUB-05-CROSS", "R-PUB-05-WITHDRAW")]
    assert ends == [date(2026, 10, 30), date(2026, 10, 16), date(2026, 10, 8)]


def test_r_tst_01_samples_reach_the_laboratory_in_five_and_reports_in_twenty(session: Session) -> None:
    ends = [last_day(session, code) for code in ("R-TST-01-DELIVER", "R-TST-01-REPORT")]
    assert ends == [date(2026, 10, 10), date(2026, 10, 30)]  # the fifth is the make-up Saturday


def test_r_tst_02_a_re_test_is_asked_for_within_seven_working_days(session: Session) -> None:
    assert last_day(session, "R-TST-02") == date(2026, 10, 13)


def test_r_tst_04_farm_produce_is_objected_to_within_five_and_re_tested_within_seven(session: Session) -> None:
    ends = [last_day(session, code) for code in ("R-TST-04-OBJECT", "R-TST-04-RETEST")]
    assert ends == [date(2026, 10, 10), date(2026, 10, 13)]


def test_r_cmp_01_seven_to_accept_fifteen_to_verify_forty_five_to_mediate_five_to_reply(session: Session) -> None:
    codes = ("R-CMP-01-ACCEPT", "R-CMP-01-VERIFY", "R-CMP-01-MEDIATE", "R-CMP-01-REPLY")
    assert [last_day(session, code) for code in codes] == [
        date(2026, 10, 13), date(2026, 10, 23), date(2026, 12, 4), date(2026, 10, 10),
    ]  # fmt: skip


def test_r_ann_review_times_are_one_two_and_three_working_days(session: Session) -> None:
    begun = datetime(2026, 9, 30, 17, 0, tzinfo=ZONE)  # the eve of the holidays
    codes = ("R-ANN-REVIEW", "R-ANN-APPROVE", "R-ANN-DISCLOSE", "R-ANN-FOLLOW", "R-ANN-DRAFT", "R-ANN-CORRECT")
    assert [last_day(session, code, begun).day for code in codes] == [8, 8, 9, 9, 10, 10]


def test_r_ann_remind_and_unread_are_hours_whatever_the_day(session: Session) -> None:
    begun = datetime(2026, 9, 30, 17, 0, tzinfo=ZONE)
    for code, hours in (("R-ANN-REMIND", 24), ("R-ANN-UNREAD", 72)):
        assert deadline(session, code, begun, DISTRICT).due_at == begun + timedelta(hours=hours)


def test_r_asm_self_review_appeal_panel_and_approval_times(session: Session) -> None:
    codes = ("R-ASM-SELF", "R-ASM-REVIEW", "R-ASM-PANEL", "R-ASM-APPEAL", "R-ASM-APPROVE", "R-ASM-EVIDENCE")
    assert [last_day(session, code) for code in codes] == [
        date(2026, 10, 10), date(2026, 10, 10), date(2026, 10, 10),
        date(2026, 10, 8), date(2026, 10, 8), date(2026, 9, 30),
    ]  # fmt: skip


def test_r_asm_close_improve_analysis_and_rollup_times(session: Session) -> None:
    codes = ("R-ASM-CLOSE", "R-ASM-IMPROVE", "R-ASM-ANALYSIS", "R-ASM-ROLLUP")
    assert [last_day(session, code) for code in codes] == [
        date(2026, 11, 6), date(2026, 10, 16), date(2026, 10, 10), date(2026, 11, 13),
    ]  # fmt: skip


def test_r_ins_accept_review_declare_and_plan_times(session: Session) -> None:
    codes = ("R-INS-ACCEPT", "R-INS-REVIEW", "R-INS-DECLARE", "R-INS-POOL", "R-INS-PLAN-DRAFT", "R-INS-PLAN-APPROVE")
    assert [last_day(session, code) for code in codes] == [
        date(2026, 9, 30), date(2026, 9, 30), date(2026, 9, 29), date(2026, 9, 30), date(2026, 10, 16),
        date(2026, 10, 10),
    ]  # fmt: skip


def test_r_ins_preserve_seven_days_are_calendar_days_and_control_approval_two_hours(session: Session) -> None:
    assert last_day(session, "R-INS-PRESERVE") == date(2026, 10, 5)  # in the holidays
    assert deadline(session, "R-INS-CONTROL-APPROVAL", BEGUN, DISTRICT).due_at == BEGUN + timedelta(hours=2)


def test_r_tst_03_four_hours_are_hours_even_on_the_eve_of_the_holidays(session: Session) -> None:
    begun = datetime(2026, 9, 30, 22, 0, tzinfo=ZONE)
    assert deadline(session, "R-TST-03", begun, DISTRICT).due_at == begun + timedelta(hours=4)


def test_r_pat_review_and_explanation_times(session: Session) -> None:
    begun = datetime(2026, 9, 30, 9, 0, tzinfo=ZONE)
    assert [last_day(session, code, begun).day for code in ("R-PAT-REVIEW", "R-PAT-EXPLAIN")] == [8, 9]


def test_r_rect_and_talk_times(session: Session) -> None:
    codes = ("R-RECT-DEFAULT", "R-RECT-REVIEW", "R-RECT-EXTENSION", "R-RECT-OVERDUE", "R-TALK")
    assert [last_day(session, code) for code in codes] == [
        date(2026, 10, 16), date(2026, 10, 10), date(2026, 9, 30), date(2026, 10, 8), date(2026, 10, 10),
    ]  # fmt: skip


def test_r_rec_01_02_03_finish_ten_twenty_and_thirty_working_days(session: Session) -> None:
    codes = ("R-REC-01-FINISH", "R-REC-02-FINISH", "R-REC-03-FINISH")
    assert [last_day(session, code) for code in codes] == [
        date(2026, 10, 16), date(2026, 10, 30), date(2026, 11, 13),
    ]  # fmt: skip


def test_r_rec_01_02_03_start_twenty_four_forty_eight_and_seventy_two_hours_of_holiday(session: Session) -> None:
    begun = datetime(2026, 9, 30, 22, 0, tzinfo=ZONE)
    for code, hours in (("R-REC-01-START", 24), ("R-REC-02-START", 48), ("R-REC-03-START", 72)):
        assert deadline(session, code, begun, DISTRICT).due_at == begun + timedelta(hours=hours)


def test_r_rec_evaluation_and_disposal_within_five_working_days(session: Session) -> None:
    ends = [last_day(session, code) for code in ("R-REC-EVALUATE", "R-REC-DISPOSAL")]
    assert ends == [date(2026, 10, 10), date(2026, 10, 10)]


def test_r_prb_steps_determination_and_what_follows_a_re_test(session: Session) -> None:
    ends = [last_day(session, code) for code in ("R-PRB-STEP", "R-PRB-DETERMINE", "R-PRB-OVERTURNED")]
    assert ends == [date(2026, 9, 30), date(2026, 10, 10), date(2026, 9, 30)]


def test_r_pen_filing_within_fifteen_working_days_and_reviews_within_five(session: Session) -> None:
    ends = [last_day(session, code) for code in ("R-PEN-FILE", "R-PEN-REVIEW", "R-PEN-STEP")]
    assert ends == [date(2026, 10, 23), date(2026, 10, 10), date(2026, 10, 10)]


def test_r_pen_01_ninety_days_seven_to_preserve_five_to_ask_for_a_hearing_are_calendar_days(session: Session) -> None:
    codes = ("R-PEN-01", "R-PEN-01-PRESERVE", "R-PEN-01-HEARING", "R-PEN-01-NOTICE", "R-PEN-SERVE", "R-PEN-EXECUTE")
    assert [last_day(session, code) for code in codes] == [
        date(2026, 12, 27), date(2026, 10, 5), date(2026, 10, 3), date(2026, 10, 5), date(2026, 10, 5),
        date(2026, 10, 13),
    ]  # fmt: skip


def test_a_sunday_that_is_worked_counts(session: Session) -> None:
    friday = datetime(2026, 9, 18, 9, 0, tzinfo=ZONE)
    assert last_day(session, "R-ANN-REVIEW", friday) == date(2026, 9, 20)
