"""The markup that announcements may contain: a small subset of HTML, made safe by nh3 before it is kept."""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser

import nh3

LONGEST = 20_000
TAGS = frozenset(
    {"p", "br", "h2", "h3", "h4", "strong", "b", "em", "i", "u", "ul", "ol", "li", "blockquote", "hr"}
    | {"table", "thead", "tbody", "tr", "th", "td", "a"}
)
ATTRIBUTES = {"a": {"href", "title"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan", "scope"}}
RELATION = "nofollow noopener noreferrer"  # what every link gets
SCHEMES = frozenset({"http", "https", "mailto"})
_BLOCKS = frozenset({"p", "h2", "h3", "h4", "li", "blockquote", "tr", "table", "br", "hr"})


class _Reader(HTMLParser):
    """Reads markup as text: what it contains that may not be there, and its words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.words: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag begins."""
        if tag not in TAGS:
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            if (tag, name, value) == ("a", "rel", RELATION):
                continue
            if name not in ATTRIBUTES.get(tag, set()):
                self.faults.append(f"{tag} {name}")
            elif name == "href":
                self._link(value or "")
        if tag in _BLOCKS:
            self.words.append("\n")

    def _link(self, target: str) -> None:
        self.links.append(target)
        if not _leads_out(target):
            self.faults.append(f"href {target[:40]}")

    def handle_endtag(self, tag: str) -> None:
        """A tag ends."""
        if tag in _BLOCKS:
            self.words.append("\n")
        elif tag in ("td", "th"):
            self.words.append(" ")

    def handle_data(self, data: str) -> None:
        """Text."""
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        """A comment: nobody would see it, so it may not be there."""
        self.faults.append("<!-- -->")

    def handle_decl(self, decl: str) -> None:
        """A declaration."""
        self.faults.append("<!>")

    def handle_pi(self, data: str) -> None:
        """A processing instruction."""
        self.faults.append("<?>")

    def unknown_decl(self, data: str) -> None:
        """A marked section."""
        self.faults.append("<![]>")


def _leads_out(target: str) -> bool:
    """Whether a link names one of the schemes, plainly."""
    scheme, colon, _rest = target.strip().partition(":")
    return bool(colon) and scheme.lower() in SCHEMES


def _kept(tag: str, attribute: str, value: str) -> str | None:
    return None if attribute == "href" and not _leads_out(value) else value


def _read(markup: str) -> _Reader:
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return reader


def markup_faults(markup: str) -> list[str]:
    """The tags, attributes and link targets that may not be there, each once; nothing when the markup is right."""
    return list(dict.fromkeys(_read(markup).faults))


def clean_markup(markup: str) -> str:
    """Safe markup of the subset, whatever was given. Cleaning twice changes nothing."""
    safe = nh3.clean(
        markup,
        tags=set(TAGS),
        attributes=ATTRIBUTES,
        attribute_filter=_kept,
        url_schemes=set(SCHEMES),
        link_rel=RELATION,
    )
    return safe.strip()


def plain_text(markup: str) -> str:
    """The words of markup, a line for each block."""
    lines = "".join(_read(markup).words).split("\n")
    return "\n".join(" ".join(line.split()) for line in lines if line.strip())


def links_of(markup: str) -> list[str]:
    """The link targets, in order."""
    return _read(markup).links


def as_paragraphs(text: str) -> str:
    """Markup of plain text: a paragraph for each line that says something."""
    return "".join(f"<p>{escape(line.strip(), quote=False)}</p>" for line in text.splitlines() if line.strip())
