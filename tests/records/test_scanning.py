"""The automatic checks of announcements: personal numbers, placeholders, links, secret words."""

from __future__ import annotations

import pytest

from records.scanning import Issue, IssueKind, is_bank_card, is_identity_number, masked, scan

IDENTITY = "11010519491231002X"  # the specimen of GB 11643
CARD = "6222020200112230003"


def kinds(text: str) -> list[IssueKind]:
    return [issue.kind for issue in scan(text)]


@pytest.mark.parametrize(
    "text",
    [
        f"身份证{IDENTITY}。",
        "身份证１１０１０５１９４９１２３１００２Ｘ",
        "110105 19491231 002X",
        "110105-1949-1231-002x",
        "11010519491231\u200b002X",
    ],
)
def test_a_citizen_number_is_found_however_it_is_written(text: str) -> None:
    assert IssueKind.IDENTITY_NUMBER in kinds(text)


@pytest.mark.parametrize(
    "number", ["110105194912310021", "11010519491331002X", "01010519491231002X", "1101051949123100X2", "123"]
)
def test_what_fails_the_check_character_or_the_date_is_no_citizen_number(number: str) -> None:
    assert not is_identity_number(number)
    assert IssueKind.IDENTITY_NUMBER not in kinds(f"编号 {number} 号")


@pytest.mark.parametrize(
    "text", ["电话13800138000", "138 0013 8000", "138-0013-8000", "+86 13800138000", "１３８００１３８０００"]
)
def test_a_mobile_number_is_found(text: str) -> None:
    assert kinds(text) == [IssueKind.MOBILE_NUMBER]


@pytest.mark.parametrize("text", ["热线12315", "0772-2820000", "批次20261118001", "统一社会信用代码91450203MA5P123456"])
def test_numbers_that_belong_to_nobody_are_left_alone(text: str) -> None:
    assert kinds(text) == []


def luhn(stem: str) -> str:
    return next(stem + str(digit) for digit in range(10) if is_bank_card(stem + str(digit)))


def test_a_bank_card_is_found_by_the_luhn_check_and_its_neighbour_is_not() -> None:
    card = luhn("622202020011223000")
    assert kinds(f"账号 {card[:4]} {card[4:8]} {card[8:]}") == [IssueKind.BANK_CARD]
    wrong = card[:-1] + str((int(card[-1]) + 1) % 10)
    assert kinds(f"账号 {wrong}") == []
    assert not is_bank_card("0" * 16)


@pytest.mark.parametrize(
    "text", ["{{企业名称}}", "{establishment.name}", "【待补充】", "XXX公司", "日期____", "（待补充）"]
)
def test_a_placeholder_is_found(text: str) -> None:
    assert IssueKind.PLACEHOLDER in kinds(text)


def test_links_are_named_by_host_and_block_nothing() -> None:
    found = scan("详见 https://www.example.org/a?b=1 和 http://[bad")
    assert found[0] == Issue(IssueKind.LINK, "www.example.org")
    assert not any(issue.blocks(True) for issue in found)


def test_secret_words_are_found_across_blanks() -> None:
    assert kinds("本件为内 部\n资料") == [IssueKind.SECRET_WORD]
    assert scan("甲乙", ["甲乙"]) == [Issue(IssueKind.SECRET_WORD, "甲乙")]


def test_personal_numbers_block_only_what_is_public_and_are_shown_masked() -> None:
    (issue,) = scan(f"身份证{IDENTITY}")
    assert (issue.blocks(True), issue.blocks(False)) == (True, False)
    assert issue.excerpt == masked(IDENTITY) == "110*************2X"
    assert scan("见附件____")[0].blocks(False)
