"""Why a lot, a voucher or a trace event is refused, by a person at a page, a program or a row of a file alike."""

from __future__ import annotations

from enum import StrEnum

from records.errors import DomainError


class Refusal(StrEnum):
    """What is wrong with it."""

    NO_CODE = "no-code"
    NOT_POSITIVE = "not-positive"
    ENDS_BEFORE = "ends-before"
    MADE_LATER = "made-later"
    CODE_TAKEN = "code-taken"
    NO_PRODUCT = "no-product"
    NO_SOURCE = "no-source"
    NO_LOTS = "no-lots"
    IN_FUTURE = "in-future"
    INTO_ITSELF = "into-itself"
    NO_PLACE = "no-place"
    SAME_ENDS = "same-ends"
    WRONG_BOOKS = "wrong-books"
    TOO_LARGE = "too-large"


REFUSAL_SENTENCES = {
    Refusal.NO_CODE: "没有追溯批次代码",
    Refusal.NOT_POSITIVE: "数量必须大于0",
    Refusal.ENDS_BEFORE: "生产日期晚于保质期届满日期",
    Refusal.MADE_LATER: "生产日期晚于今天",
    Refusal.CODE_TAKEN: "该来源主体已有同一批次代码",
    Refusal.NO_PRODUCT: "产品不存在",
    Refusal.NO_SOURCE: "主体不存在",
    Refusal.NO_LOTS: "没有批次明细",
    Refusal.IN_FUTURE: "发生日期晚于现在",
    Refusal.INTO_ITSELF: "同一批次不能既是投入又是产出",
    Refusal.NO_PLACE: "没有发生主体",
    Refusal.SAME_ENDS: "供货方与购货方相同",
    Refusal.TOO_LARGE: "数字过大",
    Refusal.WRONG_BOOKS: "进货凭证由购货方登记，销售凭证由供货方登记",
}


class RecordRefusedError(DomainError):
    """The record cannot be as it is told; ``why`` says what is wrong."""

    slug = "record-refused"

    def __init__(self, why: Refusal) -> None:
        super().__init__()
        self.why, self.sentence = why, REFUSAL_SENTENCES[why]


class LotRefusedError(RecordRefusedError):
    """The lot cannot be as it is told."""

    slug = "lot-refused"


class EventRefusedError(RecordRefusedError):
    """The trace event cannot be as it is told."""

    slug = "event-refused"


class VoucherRefusedError(RecordRefusedError):
    """The voucher cannot be as it is told."""

    slug = "voucher-refused"
