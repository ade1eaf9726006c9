"""The simple questions: one small class per type - its marshmallow field, its empty value, how it prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from forms.columns import column_of, record_type
from forms.component import Choice, Component
from forms.context import Scope
from forms.question import Question, asked, listed, refuse
from forms.sentences import Sentence, say
from forms.texts import clean_line, clean_text, number_text, read_day, read_moment, read_number, read_time
from records.clock import ZONE, today
from records.sealing import is_sealed, sealer_of

#: how far a phone's clock may run ahead before "not in the future" speaks
CLOCK_SKEW = timedelta(minutes=5)
LONGEST_LINE, LONGEST_TEXT, MOST_VALUES = 500, 5000, 200


class Line(Question):
    """A line of text."""

    longest = LONGEST_LINE

    def clean(self, component: Component, value: object, scope: Scope) -> str:
        """Text within its lengths and pattern."""
        if not isinstance(value, str):
            refuse(say("请填写文字"))
        text, limits = self.tidy(value), component.limits
        longest = limits.max_length or self.longest
        if len(text) > longest:
            refuse(say("不能超过 %(count)s 个字", count=longest))
        if limits.min_length and len(text) < limits.min_length:
            refuse(say("至少填写 %(count)s 个字", count=limits.min_length))
        if limits.pattern and not limits.pattern.search(text):
            own = component.option("patternMessage")
            refuse(say(own) if own else say("格式不正确，请检查"))
        if component.properties.get("unique") is True and is_known(component, text, scope):
            refuse(say("%(label)s“%(text)s”已被使用，请检查", label=asked(component), text=text))
        return text

    def tidy(self, text: str) -> str:
        """Without what has no place in a line."""
        return clean_line(text)

    def keep(self, component: Component, value: object) -> Any:
        """Text, capped."""
        text = value if isinstance(value, str) else super().keep(component, value)
        return None if text is None else self.tidy(str(text))[: component.limits.max_length or self.longest].rstrip()


def is_known(component: Component, text: str, scope: Scope) -> bool:
    """Whether a living record has this text already, in the column that the question feeds."""
    model, column = record_type(component.feeds), column_of(component.feeds, component.maps_to)
    if model is None or column is None:
        return False
    found = select(model.id).where(column.columns[0] == text, model.deleted_at.is_(None)).limit(1)
    return scope.context.session.scalar(found) is not None


class Text(Line):
    """Several lines of text."""

    longest = LONGEST_TEXT

    def tidy(self, text: str) -> str:
        """Without control characters."""
        return clean_text(text)


class Sealed(Line):
    """A line that is kept as ciphertext only: in answers, data and records, and in no draft."""

    def clean(self, component: Component, value: object, scope: Scope) -> str:
        """Ciphertext. Refused when another answer (``apartFrom``) repeats the text in clear."""
        text = super().clean(component, value, scope)
        others = scope.layers[0] if scope.layers else {}
        if any(text in str(others.get(key) or "") for key in listed(component.properties.get("apartFrom"))):
            refuse(say("其他栏目写有此项内容，请删去：%(label)s只在此处密存", label=asked(component)))
        return sealer_of(scope.context.session).seal(text)

    def keep(self, component: Component, value: object) -> Any:
        """Nothing."""
        return None

    def control(self, component: Component, value: object) -> Any:
        """What was just typed; never what is sealed."""
        return "" if is_sealed(value) else super().control(component, value)

    def display(self, component: Component, value: object, scope: Scope) -> str:
        """That there is something."""
        return say("已密存")


class Number(Question):
    """A number, perhaps with a unit."""

    def clean(self, component: Component, value: object, scope: Scope) -> Decimal:
        """A number within its range and digits."""
        number = read_number(value)
        if number is None:
            refuse(say("请填写数字"))
        check_number(component, number)
        return number

    def typed(self, component: Component, value: object) -> Any:
        """The number, if it is one."""
        return read_number(value)

    def control(self, component: Component, value: object) -> Any:
        """The number as typed."""
        number = read_number(value)
        return number_text(number) if number is not None else super().control(component, value)

    def display(self, component: Component, value: object, scope: Scope) -> str:
        """The number with its unit."""
        return f"{self.control(component, value)} {component.option('unit') or ''}".strip()


def check_number(component: Component, number: Decimal) -> None:
    """Refuse a number outside its component's range."""
    limits, label = component.limits, asked(component)
    low, high = limits.minimum, limits.maximum
    smallest = Decimal(1).scaleb(-limits.decimals) if limits.decimals is not None else Decimal(0)
    above = limits.above if limits.above is not None or low is None or not 0 < low <= smallest else Decimal(0)
    if above is not None and number <= above:
        refuse(say("%(label)s必须大于 %(limit)s", label=label, limit=number_text(above)))
    if low is not None and number < low:
        refuse(say("%(label)s不能小于 %(limit)s", label=label, limit=number_text(low)))
    if high is not None and number > high:
        refuse(say("%(label)s不能大于 %(limit)s", label=label, limit=number_text(high)))
    if limits.below is not None and abs(number) >= limits.below:
        refuse(say("%(label)s过大，请检查", label=label))
    if limits.decimals is not None and number != round(number, limits.decimals):
        refuse(
            say("%(label)s须为整数", label=label)
            if limits.decimals == 0
            else say("%(label)s最多 %(count)s 位小数", label=label, count=limits.decimals)
        )


class Moment(Question):
    """A day, a time of day, or both."""

    readers = {"date": read_day, "time": read_time, "datetime": read_moment}
    invalid = {
        "date": say("请填写有效的日期，如 2026-11-18"),
        "time": say("请填写有效的时间，如 09:30"),
        "datetime": say("请填写有效的日期和时间，如 2026-11-18 09:30"),
    }

    def clean(self, component: Component, value: object, scope: Scope) -> Any:
        """A moment that exists, not in the future where that is forbidden."""
        moment = self.typed(component, value)
        if moment is None:
            refuse(self.invalid[component.subtype])
        clock = scope.context.clock
        if component.not_future and component.subtype == "date" and moment > today(clock):
            refuse(say("%(label)s不能晚于今天", label=asked(component)))
        if component.not_future and component.subtype == "datetime" and moment > clock.now() + CLOCK_SKEW:
            refuse(say("%(label)s不能晚于现在", label=asked(component)))
        return moment

    def typed(self, component: Component, value: object) -> Any:
        """The moment, if it is one."""
        return self.readers[component.subtype](value)

    def control(self, component: Component, value: object) -> Any:
        """As native date and time inputs want it, in Asia/Shanghai."""
        moment = self.typed(component, value)
        if moment is None:
            return super().control(component, value)
        if component.subtype == "datetime":
            return str(moment.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M"))
        return str(moment.isoformat() if component.subtype == "date" else moment.isoformat("minutes"))

    def display(self, component: Component, value: object, scope: Scope) -> str:
        """As the control has it, with a blank between day and time."""
        return str(self.control(component, value)).replace("T", " ")


class Tick(Question):
    """One box to tick."""

    yes = (True, 1, "true", "on", "1", "yes")
    no = (False, 0, "false", "off", "0", "no", "")

    def empty(self) -> Any:
        """Not ticked."""
        return False

    def is_blank(self, value: object) -> bool:
        """An unticked box answers nothing."""
        return value is None or value == [] or (isinstance(value, bool | int | str) and value in self.no)

    def wanted(self, component: Component) -> Sentence:
        """Tick it."""
        return say("请勾选“%(label)s”", label=asked(component))

    def clean(self, component: Component, value: object, scope: Scope) -> bool:
        """Ticked."""
        if not self.typed(component, value):
            refuse(say("请勾选或取消勾选"))
        return True

    def typed(self, component: Component, value: object) -> Any:
        """Whether it is ticked."""
        return isinstance(value, bool | int | str) and value in self.yes

    def control(self, component: Component, value: object) -> Any:
        """``true`` or nothing."""
        return "true" if self.typed(component, value) else ""

    def display(self, component: Component, value: object, scope: Scope) -> str:
        """是 or 否."""
        return say("是") if self.typed(component, value) else say("否")


class OneOf(Question):
    """One of several values."""

    def wanted(self, component: Component) -> Sentence:
        """Choose."""
        return say("请选择%(label)s", label=asked(component))

    def choices(self, component: Component, scope: Scope) -> Sequence[Choice]:
        """The values to choose from, those of the file or those that FEEL gives."""
        if component.choices_from is None:
            return component.choices
        found = scope.value(component.choices_from)
        return [_choice(each) for each in found] if isinstance(found, list) else []

    def clean(self, component: Component, value: object, scope: Scope) -> Any:
        """A value that is among the choices."""
        chosen = {choice.value for choice in self.choices(component, scope)}
        given = self.control(component, value)
        if given not in chosen:
            refuse(say("请从选项中选择"))
        return given

    def control(self, component: Component, value: object) -> Any:
        """The value; a lone ``true`` or ``false`` of JSON as its text."""
        return str(value).lower() if isinstance(value, bool) else super().control(component, value)

    def display(self, component: Component, value: object, scope: Scope) -> str:
        """The label of the choice."""
        given = self.control(component, value)
        return next((each.label for each in self.choices(component, scope) if each.value == given), given)


class SeveralOf(OneOf):
    """Any of several values."""

    def empty(self) -> Any:
        """None of them."""
        return []

    def clean(self, component: Component, value: object, scope: Scope) -> list[str]:
        """Values that are among the choices, each once."""
        given = list(dict.fromkeys(str(each) for each in listed(value)))
        if not {choice.value for choice in self.choices(component, scope)}.issuperset(given):
            refuse(say("请从选项中选择"))
        limits = component.limits
        if limits.min_count and len(given) < limits.min_count:
            refuse(say("请至少选择 %(count)s 项", count=limits.min_count))
        if limits.max_count and len(given) > limits.max_count:
            refuse(say("最多选择 %(count)s 项", count=limits.max_count))
        return given

    def keep(self, component: Component, value: object) -> Any:
        """Values, capped."""
        return [Question.keep(self, component, each) for each in listed(value)[:MOST_VALUES]]

    def control(self, component: Component, value: object) -> Any:
        """The values."""
        return [str(each) for each in listed(value)]

    def display(self, component: Component, value: object, scope: Scope) -> str:
        """The labels."""
        labels = {each.value: each.label for each in self.choices(component, scope)}
        return "、".join(labels.get(each, each) for each in self.control(component, value))


def _choice(value: object) -> Choice:
    if isinstance(value, Mapping):
        return Choice(str(value.get("value")), str(value.get("label") or value.get("value")))
    return Choice(str(value), str(value))
