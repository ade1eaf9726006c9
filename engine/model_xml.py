"""An uploaded model as text and as a tree: bounded, in whatever encoding, no DOCTYPE, no network, no entities."""

from __future__ import annotations

import codecs
import re
from typing import Any

from lxml import etree

SIZE_LIMIT = 5 * 1024 * 1024
DEPTH_LIMIT = 100

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: encodings that files may name, by Python's name for them; what is a subset is read as its superset
_ENCODINGS = {
    "utf-8": "utf-8", "ascii": "utf-8", "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5",
    "iso8859-1": "cp1252", "iso8859-2": "iso8859-2", "iso8859-15": "iso8859-15", "cp1252": "cp1252",
    "cp1251": "cp1251", "cp1250": "cp1250", "koi8-r": "koi8-r", "shift_jis": "shift_jis", "euc_jp": "euc_jp",
    "euc_kr": "euc_kr",
}  # fmt: skip
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]*?\?>")
_DECLARED = re.compile(rb"""\s*<\?xml\b[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._\-]{1,40})["']""")
_DOCTYPE = re.compile(r"(?:\s|<\?.*?\?>|<!--.*?-->)*<!DOCTYPE", re.DOTALL)


class UnreadableModelError(Exception):
    """The file is not a BPMN model that can be looked at; ``slug`` and two sentences say why."""

    def __init__(self, slug: str, zh: str, en: str, line: int | None = None) -> None:
        super().__init__(en)
        self.slug, self.zh, self.en, self.line = slug, zh, en, line


def text_of_file(content: bytes) -> str:
    """The file as text whose XML declaration names UTF-8. Raises UnreadableModelError."""
    if len(content) > SIZE_LIMIT:
        raise UnreadableModelError("file-too-large", "文件超过 5 MB", "the file is larger than 5 MB")
    mark, encoding = _encoding(content)
    try:
        text = content[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        zh, en = f"文件内容不是 {encoding} 编码", f"the file's bytes are not {encoding}"
        raise UnreadableModelError("wrong-encoding", zh, en, line) from None
    return _DECLARATION.sub('<?xml version="1.0" encoding="UTF-8"?>', text, count=1)


def _encoding(content: bytes) -> tuple[bytes, str]:
    """The byte order mark and the encoding: the mark's, else what the first bytes look like, else the declared one."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return mark, encoding
    if content[:2] == b"<\x00":
        return b"", "utf-16-le"
    if content[:2] == b"\x00<":
        return b"", "utf-16-be"
    declared = _DECLARED.match(content[:300])
    return b"", "utf-8" if declared is None else _known(declared.group(1).decode())


def _known(name: str) -> str:
    try:
        official = codecs.lookup(name).name
    except LookupError:
        official = ""
    if official.startswith(("utf-16", "utf-32")):  # one byte a character is plainly not that, whatever was declared
        return "utf-8"
    if official not in _ENCODINGS:
        zh, en = f"不支持的编码“{name}”", f"the encoding {name!r} is not supported"
        raise UnreadableModelError("unknown-encoding", zh, en, 1)
    return _ENCODINGS[official]


def parse_xml(content: bytes) -> Any:
    """The element tree of an untrusted file. Raises UnreadableModelError."""
    text = text_of_file(content)
    if _DOCTYPE.match(text):
        raise UnreadableModelError("doctype", "文件不得含有 DOCTYPE", "a DOCTYPE is not allowed", 1)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True, encoding="utf-8"
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or None
        message = str(error.msg)[:200]
        raise UnreadableModelError("not-well-formed", f"不是格式正确的 XML：{message}", message, line) from None
    _bounded(root)
    return root


def _bounded(root: Any) -> None:
    depth = 0
    for event, node in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > DEPTH_LIMIT:
            zh, en = f"XML 嵌套超过 {DEPTH_LIMIT} 层", f"the XML is nested deeper than {DEPTH_LIMIT}"
            raise UnreadableModelError("too-deep", zh, en, node.sourceline)
