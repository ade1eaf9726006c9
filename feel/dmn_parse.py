"""From the XML of a decision model to decisions that can be evaluated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from feel.dmn_kinds import type_of
from feel.dmn_run import (
    Box,
    ConditionalBox,
    ContextBox,
    EmptyBox,
    FilterBox,
    FunctionBox,
    InvocationBox,
    IterationBox,
    ListBox,
    LiteralBox,
)
from feel.dmn_table import AGGREGATIONS, HitPolicy, Input, Output, Rule, TableBox
from feel.dmn_xml import Element
from feel.errors import FeelError
from feel.expression import Expression, UnaryTests, expression_of, unary_tests_of
from feel.kinds import ANY, Kind

_NAMED = frozenset(
    {
        "inputData",
        "decision",
        "businessKnowledgeModel",
        "decisionService",
        "variable",
        "itemComponent",
        "formalParameter",
        "parameter",
        "parameters",
        "column",
        "output",
        "informationItem",
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a model that cannot be read."""

    slug: str
    element_id: str | None
    line: int | None
    message: str


def names_in(definitions: Element) -> frozenset[str]:
    """Collect every name a model gives, so that expressions can use it whatever characters it has."""
    named = (e.get("name") for e in definitions.descendants() if e.tag in _NAMED)
    iterators = (e.get("iteratorVariable") for e in definitions.descendants())
    return frozenset(name for name in (*named, *iterators) if name)


class BoxReader:
    """Reads boxed expressions; what cannot be read becomes an empty box and a problem."""

    def __init__(self, names: frozenset[str]) -> None:
        """Know the names of the model."""
        self.names = names
        self.problems: list[Problem] = []

    def problem(self, slug: str, element: Element, message: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(slug, element.id, element.line, message))

    def expression(self, element: Element | None) -> Expression | None:
        """Compile the text of an element; None when it has none."""
        text = None if element is None else element.text_of("text") or ""
        if element is None or not text or not text.strip():
            return None
        try:
            return expression_of(text, self.names)
        except FeelError as error:
            self.problem("syntax", element, f"{text.strip()[:120]!r}: {error}")
            return None

    def tests(self, element: Element | None) -> UnaryTests | None:
        """Compile the text of an element as unary tests; None when it has none."""
        text = None if element is None else element.text_of("text")
        if element is None or not text or not text.strip():
            return None
        try:
            return unary_tests_of(text, self.names)
        except FeelError as error:
            self.problem("syntax", element, f"{text.strip()[:120]!r}: {error}")
            return None

    def box_in(self, parent: Element | None, owner: str) -> Box:
        """Read the boxed expression inside an element."""
        if parent is None:
            return EmptyBox()
        for child in parent.children():
            read = _READERS.get(child.tag)
            if read is not None:
                return read(self, child, owner)
        return EmptyBox(id=parent.id or "")

    def literal(self, element: Element, owner: str) -> Box:
        """Read a literal expression."""
        expression = self.expression(element)
        if expression is None:
            return EmptyBox(id=element.id or "")
        return LiteralBox(id=element.id or "", kind=type_of(element), expression=expression)

    def context(self, element: Element, owner: str) -> Box:
        """Read a boxed context."""
        entries: list[tuple[str | None, Box]] = []
        for entry in element.children("contextEntry"):
            variable = entry.child("variable")
            box = self.box_in(entry, owner)
            entries.append((None if variable is None else variable.get("name"), typed(box, type_of(variable))))
        return ContextBox(id=element.id or "", kind=type_of(element), entries=tuple(entries))

    def list(self, element: Element, owner: str) -> Box:
        """Read a boxed list."""
        items = (_READERS[child.tag](self, child, owner) for child in element.children() if child.tag in _READERS)
        return ListBox(id=element.id or "", kind=type_of(element), items=tuple(items))

    def relation(self, element: Element, owner: str) -> Box:
        """Read a relation as the list of contexts it stands for."""
        columns = [column.get("name") or "" for column in element.children("column")]
        rows: list[Box] = []
        for row in element.children("row"):
            cells = [_READERS[cell.tag](self, cell, owner) for cell in row.children() if cell.tag in _READERS]
            rows.append(ContextBox(id=row.id or "", entries=tuple(zip(columns, cells, strict=False))))
        return ListBox(id=element.id or "", kind=type_of(element), items=tuple(rows))

    def invocation(self, element: Element, owner: str) -> Box:
        """Read a boxed invocation."""
        callee = self.expression(element.child("literalExpression"))
        if callee is None:
            return EmptyBox(id=element.id or "")
        bindings: list[tuple[str, Box]] = []
        for binding in element.children("binding"):
            parameter = binding.child("parameter")
            bindings.append(("" if parameter is None else parameter.get("name") or "", self.box_in(binding, owner)))
        return InvocationBox(id=element.id or "", kind=type_of(element), callee=callee, bindings=tuple(bindings))

    def function(self, element: Element, owner: str) -> Box:
        """Read a function definition, or the logic of a business knowledge model."""
        parameters = tuple((p.get("name") or "", type_of(p)) for p in element.children("formalParameter"))
        feel = element.get("kind") in (None, "FEEL")
        body = self.box_in(element, owner) if feel else EmptyBox()
        return FunctionBox(id=element.id or "", parameters=parameters, body=body, feel=feel)

    def conditional(self, element: Element, owner: str) -> Box:
        """Read a boxed `if`."""
        return ConditionalBox(
            id=element.id or "",
            kind=type_of(element),
            condition=self.box_in(element.child("if"), owner),
            yes=self.box_in(element.child("then"), owner),
            no=self.box_in(element.child("else"), owner),
        )

    def filter(self, element: Element, owner: str) -> Box:
        """Read a boxed filter."""
        source, match = self.box_in(element.child("in"), owner), self.box_in(element.child("match"), owner)
        return FilterBox(id=element.id or "", kind=type_of(element), source=source, match=match)

    def iteration(self, element: Element, owner: str) -> Box:
        """Read a boxed `for`, `some` or `every`."""
        return IterationBox(
            id=element.id or "",
            kind=type_of(element),
            quantifier=element.tag,
            variable=element.get("iteratorVariable") or "",
            source=self.box_in(element.child("in"), owner),
            body=self.box_in(element.child("return", "satisfies"), owner),
        )

    def table(self, element: Element, owner: str) -> Box:
        """Read a decision table."""
        policy = element.get("hitPolicy") or "UNIQUE"
        if policy not in set(HitPolicy):
            self.problem("hit-policy", element, f"there is no hit policy {policy!r}")
            return EmptyBox(id=element.id or "")
        aggregation = element.get("aggregation")
        if aggregation is not None and aggregation not in AGGREGATIONS:
            self.problem("aggregation", element, f"there is no aggregation {aggregation!r}")
            return EmptyBox(id=element.id or "")
        inputs = tuple(map(self._input, element.children("input")))
        outputs = tuple(map(self._output, element.children("output")))
        rules = tuple(self._rule(e, n, len(inputs), len(outputs)) for n, e in enumerate(element.children("rule"), 1))
        return TableBox(
            id=element.id or "",
            kind=type_of(element),
            decision_id=owner,
            hit_policy=HitPolicy(policy),
            aggregation=aggregation,
            inputs=inputs,
            outputs=outputs,
            rules=rules,
        )

    def _input(self, element: Element) -> Input:
        source = element.child("inputExpression")
        expression = self.expression(source)
        label = element.get("label") or (expression.text.strip() if expression else "")
        return Input(element.id or "", label, expression, type_of(source), self.tests(element.child("inputValues")))

    def _output(self, element: Element) -> Output:
        name = element.get("name") or element.get("label") or ""
        default = self.expression(element.child("defaultOutputEntry"))
        tests = self.tests(element.child("outputValues"))
        order = () if tests is None else tuple(UnaryTests(tests.text, part) for part in tests.parts())
        return Output(element.id or "", name, type_of(element), order, default)

    def _rule(self, element: Element, number: int, inputs: int, outputs: int) -> Rule:
        tests = tuple(map(self._cell, element.children("inputEntry")))
        answers = tuple(map(self.expression, element.children("outputEntry")))
        if len(tests) != inputs or len(answers) != outputs:
            self.problem("rule-shape", element, f"rule {number} does not have one entry per column")
        return Rule(element.id or f"rule-{number}", element.line, tests, answers)

    def _cell(self, element: Element) -> UnaryTests | None:
        before = len(self.problems)
        tests = self.tests(element)
        return unary_tests_of("-") if tests is None and len(self.problems) == before else tests


def typed(box: Box, kind: Kind) -> Box:
    """Fit the value of a box to the type of the variable it is for."""
    return box if kind is ANY else ContextBox(id=box.id, kind=kind, entries=((None, box),))


_READERS: dict[str, Callable[[BoxReader, Element, str], Box]] = {
    "literalExpression": BoxReader.literal,
    "context": BoxReader.context,
    "list": BoxReader.list,
    "relation": BoxReader.relation,
    "invocation": BoxReader.invocation,
    "functionDefinition": BoxReader.function,
    "conditional": BoxReader.conditional,
    "filter": BoxReader.filter,
    "for": BoxReader.iteration,
    "some": BoxReader.iteration,
    "every": BoxReader.iteration,
    "decisionTable": BoxReader.table,
}
