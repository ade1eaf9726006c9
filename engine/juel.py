"""The expression language of Camunda 7, Flowable and Activiti (``${…}``, ``#{…}``), translated to FEEL.

Operators, comparisons, ``empty``, the conditional operator, property paths, literal indexes and literals have a meaning
in FEEL. Calls of methods and functions, assignments and computed indexes have none and are refused with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from feel import compile_expression
from feel.errors import FeelError

LENGTH_LIMIT = 2_000
DEPTH_LIMIT = 40

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>\d+(?:\.\d+)?) | (?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*") | (?P<name>[^\W\d]\w*)
    | (?P<operator>&&|\|\||==|!=|<=|>=|[-+*/%!<>?:.,()\[\]}=$#{|&;]) )""",
    re.VERBOSE,
)
_OPENING = re.compile(r"[$#]\{")
_WORDS = {
    "and": "&&", "or": "||", "not": "!", "eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=",
    "div": "/", "mod": "%",
}  # fmt: skip
_LEVELS: tuple[dict[str, str], ...] = (
    {"||": "or"}, {"&&": "and"}, {"==": "=", "!=": "!="}, {"<": "<", ">": ">", "<=": "<=", ">=": ">="},
    {"+": "+", "-": "-"}, {"*": "*", "/": "/", "%": "%"},
)  # fmt: skip


class JuelError(Exception):
    """The text has no translation; ``zh`` and the message say why."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh


def is_juel(text: str) -> bool:
    """True when a text holds ``${…}`` or ``#{…}``."""
    return _OPENING.search(text) is not None


def to_feel(text: str) -> str:
    """A text with ``${…}`` as FEEL; what stands around the braces becomes part of a string. Raises JuelError."""
    if len(text) > LENGTH_LIMIT:
        raise JuelError(f"表达式超过 {LENGTH_LIMIT} 个字符", f"longer than {LENGTH_LIMIT} characters")
    parts: list[str] = []
    place = 0
    text = text.strip()
    while opening := _OPENING.search(text, place):
        if opening.start() > place:
            parts.append(_quoted(text[place : opening.start()]))
        parser = _Parser(text, opening.end())
        parts.append(parser.expression())
        place = parser.place
    if place < len(text):
        parts.append(_quoted(text[place:]))
    feel = parts[0] if len(parts) == 1 else " + ".join(p if p.startswith('"') else f"string({p})" for p in parts)
    try:
        compile_expression(feel)
    except FeelError as error:
        raise JuelError(f"不能译为 FEEL：{error}", f"cannot be said in FEEL: {error}") from None
    return feel


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


class _Parser:
    """Reads one expression up to its closing brace; every method gives FEEL."""

    def __init__(self, text: str, place: int) -> None:
        self.text, self.place, self.depth = text, place, 0
        self.kind, self.value = "", ""
        self._next()

    def expression(self) -> str:
        """The whole expression."""
        feel = self._conditional()
        if self.value != "}" or self.kind != "operator":
            raise self._unexpected()
        return feel

    def _next(self) -> None:
        """The next token; after the closing brace nothing is read."""
        found = _TOKEN.match(self.text, self.place)
        if found is None:
            if self.text[self.place :].strip():
                raise JuelError(f"第 {self.place + 1} 个字符有误", f"unexpected character at {self.place + 1}")
            raise JuelError("花括号没有闭合", "the brace is not closed")
        self.kind, self.value = str(found.lastgroup), str(found.group(str(found.lastgroup)))
        if self.kind == "name" and self.value in _WORDS:
            self.kind, self.value = "operator", _WORDS[self.value]
        self.place = found.end()

    def _take(self, operator: str) -> bool:
        if self.kind == "operator" and self.value == operator:
            self._next()
            return True
        return False

    def _expect(self, operator: str) -> None:
        if not self._take(operator):
            raise self._unexpected()

    def _unexpected(self) -> JuelError:
        return JuelError(f"此处不应有“{self.value}”", f"unexpected {self.value!r}")

    def _conditional(self) -> str:
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise JuelError(f"嵌套超过 {DEPTH_LIMIT} 层", f"nested deeper than {DEPTH_LIMIT}")
        condition = self._level(0)
        if self._take("?"):
            yes = self._conditional()
            self._expect(":")
            condition = f"(if {condition} then {yes} else {self._conditional()})"
        self.depth -= 1
        return condition

    def _level(self, level: int) -> str:
        """Binary operators of one precedence, from the left."""
        below: Callable[[], str] = self._unary if level == len(_LEVELS) - 1 else lambda: self._level(level + 1)
        left, count = below(), 0
        while self.kind == "operator" and self.value in _LEVELS[level]:
            operator = _LEVELS[level][self.value]
            self._next()
            right = below()
            left = f"modulo({left}, {right})" if operator == "%" else f"{left} {operator} {right}"
            count += 1
        return f"({left})" if count and level else left

    def _unary(self) -> str:
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise JuelError(f"嵌套超过 {DEPTH_LIMIT} 层", f"nested deeper than {DEPTH_LIMIT}")
        if self._take("!"):
            feel = f"not(({self._unary()}) = true)"  # what is null counts as false
        elif self._take("-"):
            feel = f"-{self._unary()}"
        elif self.kind == "name" and self.value == "empty":
            self._next()
            feel = _empty(self._unary())
        else:
            feel = self._path()
        self.depth -= 1
        return feel

    def _path(self) -> str:
        feel = self._primary()
        while self.kind == "operator" and self.value in (".", "[", "("):
            if self.value == "(":
                raise JuelError("不能调用方法或函数", "calls of methods and functions have no meaning in FEEL")
            if self._take("."):
                if self.kind != "name":
                    raise self._unexpected()
                feel = f"{feel}.{self.value}"
                self._next()
            else:
                self._next()
                feel += self._index()
        return feel

    def _index(self) -> str:
        kind, value = self.kind, self.value
        self._next()
        self._expect("]")
        if kind == "number" and value.isdigit():
            return f"[{int(value) + 1}]"  # counted from 0 there, from 1 here
        if kind == "string" and value[1:-1].isidentifier():
            return f".{value[1:-1]}"
        raise JuelError("下标须为数字或名称", "an index must be a literal number or name")

    def _primary(self) -> str:
        kind, value = self.kind, self.value
        if self._take("("):
            feel = f"({self._conditional()})"
            self._expect(")")
            return feel
        if kind == "operator":
            raise self._unexpected()
        self._next()
        return _quoted(re.sub(r"\\(.)", r"\1", value[1:-1])) if kind == "string" else value


def _empty(feel: str) -> str:
    """JUEL's ``empty``: null, an empty text or an empty list."""
    return (
        f'(if {feel} = null then true else if {feel} instance of string then {feel} = ""'
        f" else if {feel} instance of list<Any> then count({feel}) = 0 else false)"
    )
