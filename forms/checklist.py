"""The inspection checklist: every item of the pinned template, each by its rules (SAMR Order 49 art. 13, 27)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError

from forms.component import Component
from forms.context import Scope
from forms.fields import LONGEST_TEXT, Number, Text, Tick
from forms.files import MOST_FILES, check_files, file_ids
from forms.question import Question, listed, refuse
from forms.sentences import Sentence, say
from forms.texts import clean_line, clean_text, number_text, read_number
from records.checklists import ChecklistItem, ChecklistTemplate, ItemAnswer
from records.clock import is_id
from records.inspections import ItemResult

PARTS = ("result", "note", "measured", "photos", "severity", "affects_safety", "fixed_on_spot", "lots")
RESULTS = {
    ItemResult.CONFORM: say("符合"),
    ItemResult.NONCONFORM: say("不符合"),
    ItemResult.NOT_APPLICABLE: say("不适用"),
}
SEVERITIES = {"minor": say("一般"), "serious": say("严重")}
SHORTEST_REASON, LONGEST_NOTE, LONGEST_LOT, MOST_LOTS = 2, 2000, 80, 100
LARGEST_MEASURED, MEASURED_DECIMALS = Decimal(10) ** 9, 3
_TICK, _NUMBER, _TEXT = Tick(), Number(), Text()


def template_of(component: Component, scope: Scope) -> ChecklistTemplate | None:
    """The template that the case pinned."""
    template_id = scope.value(component.condition("template"))
    return scope.context.session.get(ChecklistTemplate, template_id) if isinstance(template_id, str) else None


def limits_text(item: ChecklistItem) -> str:
    """The limits of a measurement with its unit: ``0–8 ℃``, ``≥ 60 ℃``."""
    low, high = _bound(item.minimum), _bound(item.maximum)
    if low is not None and high is not None:
        text = f"{number_text(low)}–{number_text(high)}"
    else:
        text = f"≥ {number_text(low)}" if low is not None else f"≤ {number_text(high)}" if high is not None else ""
    return f"{text} {item.unit or ''}".strip()


def within_limits(item: ChecklistItem, measured: Decimal) -> bool:
    """Whether a measured value keeps the item's limits."""
    low, high = _bound(item.minimum), _bound(item.maximum)
    return (low is None or measured >= low) and (high is None or measured <= high)


def _bound(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


class Checklist(Question):
    """Answers by item code."""

    def empty(self) -> Any:
        """No item answered."""
        return {}

    def is_blank(self, value: object) -> bool:
        """Never: what is missing is said item by item."""
        return False

    def wanted(self, component: Component) -> Sentence:
        """Answer the checklist."""
        return say("请填写检查表")

    def clean(self, component: Component, value: object, scope: Scope) -> dict[str, Any]:
        """Every item of the template answered (of a flight inspection, at least one) and nothing else."""
        template = template_of(component, scope)
        if template is None:
            refuse(say("未找到本案件的检查表，请联系管理员"))
        if not isinstance(value, Mapping):
            refuse(self.wanted(component))
        items = {item.code: item for item in template.items}
        given = {str(code): answer for code, answer in value.items() if not blank_item(answer)}
        errors: dict[str, Any] = {code: [say("检查表中没有该项")] for code in given if code not in items}
        scope.context.attachments.fetch(_photo_ids(given))
        partial = scope.holds(component.condition("partial"))
        cleaned: dict[str, Any] = {}
        for code, item in items.items():
            if code in given:
                _clean_into(cleaned, errors, item, given[code], scope)
            elif not partial:
                errors[code] = {"result": [_unanswered(item)]}
        if partial and not given and component.is_required:
            refuse(say("请至少检查一项"))
        if errors:
            raise ValidationError(errors, valid_data=cleaned)
        return cleaned

    def keep(self, component: Component, value: object) -> Any:
        """Known parts of items with proper codes, capped."""
        if not isinstance(value, Mapping):
            return {}
        return {
            clean_line(str(code))[:20]: _keep_item(answer, component)
            for code, answer in list(value.items())[:500]
            if isinstance(answer, Mapping)
        }

    def display(self, component: Component, value: object, scope: Scope) -> str:
        """How many items, how many of them nonconform."""
        answers = (
            [answer for answer in value.values() if isinstance(answer, Mapping)] if isinstance(value, Mapping) else []
        )
        failed = sum(1 for answer in answers if answer.get("result") == ItemResult.NONCONFORM)
        return say("已检查 %(count)s 项，其中 %(failed)s 项不符合", count=len(answers), failed=failed)


def blank_item(answer: object) -> bool:
    """Whether nothing was answered for an item: a bare severity, which a page pre-selects, is no answer."""
    if not isinstance(answer, Mapping):
        return answer is None or answer == ""
    said = [answer.get(part) for part in PARTS if part != "severity"]
    unknown = set(answer) - set(PARTS)
    return not unknown and all(each in (None, "", [], {}, False, "false") for each in said)


def _unanswered(item: ChecklistItem) -> Sentence:
    if item.answer is ItemAnswer.MEASUREMENT:
        return say("第 %(code)s 项须填写测量值", code=item.code)
    return say("第 %(code)s 项须选择检查结果", code=item.code)


def _photo_ids(given: Mapping[str, Any]) -> list[str]:
    return [each for answer in given.values() if isinstance(answer, Mapping) for each in file_ids(answer.get("photos"))]


def _clean_into(
    cleaned: dict[str, Any], errors: dict[str, Any], item: ChecklistItem, answer: object, scope: Scope
) -> None:
    if not isinstance(answer, Mapping):
        errors[item.code] = {"result": [_unanswered(item)]}
        return
    checked = ItemCheck(item, answer, scope)
    cleaned[item.code] = checked.cleaned()
    if checked.errors:
        errors[item.code] = checked.errors


class ItemCheck:
    """One item's answer, read and judged."""

    def __init__(self, item: ChecklistItem, answer: Mapping[str, Any], scope: Scope) -> None:
        self.item, self.answer, self.scope = item, answer, scope
        self.errors: dict[str, list[Sentence]] = {}
        for unknown in sorted(set(map(str, answer)) - set(PARTS)):
            self.errors[unknown] = [say("表单中没有该问题")]
        self.note = clean_text(str(answer.get("note") or ""))
        self.photos = file_ids(answer.get("photos"))
        self.measured = self._measured()
        self.result = self._result()

    def cleaned(self) -> dict[str, Any]:
        """The answer with its parts in their types; what belongs to a nonconformity only with one."""
        self._judge_note()
        self._judge_photos()
        cleaned: dict[str, Any] = {
            "result": self.result.value if self.result else None,
            "note": self.note or None,
            "measured": self.measured,
            "photos": self.photos,
            "lots": self._lots(),
        }
        if self.result is ItemResult.NONCONFORM:
            cleaned["severity"] = self._severity()
            for part in ("affects_safety", "fixed_on_spot"):
                cleaned[part] = self.answer.get(part) in _TICK.yes
        return cleaned

    def _say(self, part: str, sentence: Sentence) -> None:
        self.errors.setdefault(part, []).append(sentence)

    def _measured(self) -> Decimal | None:
        if self.item.answer is not ItemAnswer.MEASUREMENT or self.answer.get("result") == ItemResult.NOT_APPLICABLE:
            return None
        given = self.answer.get("measured")
        number = read_number(given)
        if given in (None, ""):
            self._say("measured", say("第 %(code)s 项须填写测量值", code=self.item.code))
        elif number is None or abs(number) >= LARGEST_MEASURED:
            self._say("measured", say("请填写数字"))
            return None
        elif number != round(number, MEASURED_DECIMALS):
            self._say("measured", say("测量值最多 %(count)s 位小数", count=MEASURED_DECIMALS))
        return number

    def _result(self) -> ItemResult | None:
        given = self.answer.get("result")
        if self.measured is not None:
            return self._judged_by_measure(given, self.measured)
        if given in (None, "") and "measured" in self.errors:
            return None
        if given not in [each.value for each in ItemResult]:
            self._say("result", _unanswered(self.item) if given in (None, "") else say("请从选项中选择"))
            return None
        return ItemResult(given)

    def _judged_by_measure(self, given: object, measured: Decimal) -> ItemResult:
        fits = within_limits(self.item, measured)
        if given == ItemResult.CONFORM and not fits:
            self._say("result", say("测量值超出限值（%(limits)s），结果不能为“符合”", limits=limits_text(self.item)))
        if given == ItemResult.NONCONFORM or not fits:
            return ItemResult.NONCONFORM
        return ItemResult.CONFORM

    def _judge_note(self) -> None:
        if len(self.note) > LONGEST_NOTE:
            self._say("note", say("不能超过 %(count)s 个字", count=LONGEST_NOTE))
        if self.result is ItemResult.NOT_APPLICABLE and len(self.note) < SHORTEST_REASON:
            self._say("note", say("不适用须说明理由"))
        if self.result is ItemResult.NONCONFORM and not self.note:
            self._say("note", say("不符合须写明情况"))

    def _judge_photos(self) -> None:
        if self.result is ItemResult.NONCONFORM and not self.photos:
            self._say("photos", say("不符合须至少拍摄 1 张照片"))
        if len(self.photos) > MOST_FILES:
            self._say("photos", say("照片不能超过 %(count)s 张", count=MOST_FILES))
            return
        try:
            check_files(self.photos, "photo", self.scope)
        except ValidationError as refusal:
            self._say("photos", next(iter(refusal.messages)))

    def _severity(self) -> str:
        given = self.answer.get("severity") or "minor"
        if given not in SEVERITIES:
            self._say("severity", say("请从选项中选择"))
            return "minor"
        return str(given)

    def _lots(self) -> list[str]:
        lots = [clean_line(str(each))[:LONGEST_LOT] for each in listed(self.answer.get("lots"))[:MOST_LOTS]]
        return [each for each in lots if each]


def _keep_item(answer: Mapping[str, Any], component: Component) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for part in PARTS:
        value = answer.get(part)
        if value is None:
            continue
        if part == "photos":
            kept[part] = list(filter(is_id, file_ids(value)))[:MOST_FILES]
        elif part == "lots":
            kept[part] = [clean_line(str(each))[:LONGEST_LOT] for each in listed(value)[:MOST_LOTS]]
        elif part == "note":
            kept[part] = clean_text(str(value))[:LONGEST_TEXT]
        else:
            kept[part] = _NUMBER.keep(component, value)
    return {part: value for part, value in kept.items() if value is not None}
