"""Decision models as XML: read safely, and walked without caring which DMN version it is."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from feel.errors import DecisionModelError

SIZE_LIMIT = 2_000_000
DEPTH_LIMIT = 60
_NAMESPACES = frozenset(
    {
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
        "https://www.omg.org/spec/DMN/20240513/MODEL/",
    }
)


class Element:
    """An element of the model, seen through DMN's eyes: other namespaces do not exist."""

    __slots__ = ("_node", "namespace", "tag")

    def __init__(self, node: etree._Element, namespace: str) -> None:
        """Wrap a node of the given DMN namespace."""
        self._node = node
        self.namespace = namespace
        self.tag = etree.QName(node).localname

    @property
    def line(self) -> int | None:
        """The line it begins on."""
        return self._node.sourceline if isinstance(self._node.sourceline, int) else None

    @property
    def id(self) -> str | None:
        """Its id."""
        return self.get("id")

    def get(self, name: str) -> str | None:
        """Read an attribute."""
        value = self._node.get(name)
        return None if value is None else str(value)

    def children(self, *tags: str) -> Iterator[Element]:
        """Give the child elements, all of them or those with these tags."""
        for node in self._node.iterchildren(tag=etree.Element):
            name = etree.QName(node)
            if name.namespace == self.namespace and (not tags or name.localname in tags):
                yield Element(node, self.namespace)

    def child(self, *tags: str) -> Element | None:
        """Return the first child with one of these tags."""
        return next(self.children(*tags), None)

    def text_of(self, tag: str) -> str | None:
        """Read the text of a child element."""
        child = self.child(tag)
        return None if child is None else child.text

    @property
    def text(self) -> str:
        """Its text, without that of its children."""
        return "".join(part for part in (self._node.text, *(child.tail for child in self._node)) if part)

    def descendants(self) -> Iterator[Element]:
        """Give every element below."""
        for node in self._node.iterdescendants(tag=etree.Element):
            if etree.QName(node).namespace == self.namespace:
                yield Element(node, self.namespace)

    def prefixes(self) -> dict[str | None, str]:
        """Return the namespace prefixes in force here."""
        return dict(self._node.nsmap)


def _too_deep(root: etree._Element) -> bool:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > DEPTH_LIMIT:
            return True
    return False


def read_xml(xml: bytes) -> Element:
    """Parse a model; no DOCTYPE, no entities, no network, no more than 2 MB."""
    if len(xml) > SIZE_LIMIT:
        raise DecisionModelError(f"a decision model may have {SIZE_LIMIT} bytes at most")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, strip_cdata=True)
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise DecisionModelError(f"the model is not well-formed XML: {error}", line=line) from error
    document = root.getroottree().docinfo
    if document.internalDTD is not None or document.doctype:
        raise DecisionModelError("a decision model must not have a DOCTYPE", line=1)
    name = etree.QName(root)
    if name.localname != "definitions" or name.namespace not in _NAMESPACES:
        raise DecisionModelError("the root is not a DMN <definitions>", line=1)
    if _too_deep(root):
        raise DecisionModelError(f"elements are nested more than {DEPTH_LIMIT} deep", line=1)
    return Element(root, str(name.namespace))
