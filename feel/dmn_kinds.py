"""Item definitions: the types a decision model declares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from feel.dmn_xml import Element
from feel.expression import UnaryTests
from feel.kinds import ANY, Kind, named, resolve

ReadTests = Callable[[Element | None], UnaryTests | None]


def _prefixed(element: Element, text: str) -> str:
    """Drop a prefix that only says `this is FEEL's` or `this is ours`."""
    prefix, separator, name = text.partition(":")
    return name.strip() if separator and (prefix in element.prefixes() or prefix == "feel") else text.strip()


def kind_named(element: Element, text: str | None) -> Kind:
    """Read a type reference."""
    return ANY if not text or not text.strip() else named(" ".join(_prefixed(element, text).split()))


def type_of(element: Element | None) -> Kind:
    """Read the type reference of a variable, parameter or expression, attribute or (DMN 1.1) element."""
    if element is None:
        return ANY
    return kind_named(element, element.get("typeRef") or element.text_of("typeRef"))


class KindReader:
    """Reads all item definitions, in whatever order they refer to each other."""

    def __init__(self, definitions: Element, read_tests: ReadTests) -> None:
        """Find the definitions."""
        self._elements = {name: e for e in definitions.children("itemDefinition") if (name := e.get("name"))}
        self._read_tests = read_tests
        self._building: set[str] = set()
        self.kinds: dict[str, Kind] = {}

    def read(self) -> dict[str, Kind]:
        """Return every declared type by its name."""
        for name in self._elements:
            self._named(name)
        return self.kinds

    def _named(self, name: str) -> None:
        if name in self.kinds or name in self._building or name not in self._elements:
            return
        self._building.add(name)
        self.kinds[name] = self._kind(self._elements[name])
        self._building.discard(name)

    def _kind(self, element: Element) -> Kind:
        kind = self._restricted(element, self._shape(element))
        return Kind("list", (kind,)) if element.get("isCollection") == "true" else kind

    def _shape(self, element: Element) -> Kind:
        parts = list(element.children("itemComponent"))
        if parts:
            return Kind("context", fields={part.get("name") or "": self._kind(part) for part in parts})
        function = element.child("functionItem")
        if function is not None:
            kinds = tuple(map(type_of, function.children("parameters")))
            return Kind("function", kinds, result=kind_named(function, function.get("outputTypeRef")))
        return type_of(element)

    def _restricted(self, element: Element, kind: Kind) -> Kind:
        tests = self._read_tests(element.child("allowedValues"))
        if tests is None:
            return kind
        self._named(kind.name)
        known = resolve(kind, self.kinds) or kind
        inherited = known.accepts

        def accepts(value: object) -> bool:
            return tests.matches(value, {}) is True and (inherited is None or inherited(value))

        return replace(known, accepts=accepts)
