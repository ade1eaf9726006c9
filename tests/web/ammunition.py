"""What careless, curious and malicious people send."""

from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser
from pathlib import Path

BLNS = Path(__file__).parents[3] / "shared" / "conformance" / "blns.json"
SCRIPT = "<xss-probe src=x onerror=alert(1)>"
QUOTED = "\" onfocus=alert(1) autofocus x=\"' onmouseover=alert(2) y='"
TEXTS = (
    SCRIPT,
    QUOTED,
    "</textarea></script><script>alert(1)</script><xss-probe>",
    "{{ 1913 * 1931 }}${1913*1931}<%= 1913*1931 %>",
    "' OR 1=1; DROP TABLE user; --",
    '=HYPERLINK("http://example.invalid")',
    "a\x00b\x07\x1b[31m\x7f\u202e\ufeff\u200b",
    "\U0001f600 \U0010ffff ﷽ Z͑ͫ̓ͪ̂",
    "%s %(x)s %n {0} {x!r}",
    "٣٤ Ⅷ ² 1e400 -0 0x10 1_000 ９",
    "NaN",
    "9" * 400,
    "../../../../etc/passwd\r\nSet-Cookie: a=b",
    "javascript:alert(1)//",
    "9999-12-31T23:59:59.9999999+99:99",
    "0000-00-00",
)
#: what only JSON can say
VALUES: tuple[object, ...] = (
    None, True, 0, -1, 2**70, 1.5e308, [], {}, [[]], [None], [{}], {"": ""}, {"a": {"b": {"c": [1, {"d": 2}]}}},
    [SCRIPT, 1, None], {"latitude": "north", "longitude": [], "accuracy": {}}, {"latitude": 1e9, "longitude": -1e9},
    {"1-1": {"result": SCRIPT, "photos": "x", "measured": "NaN", "lots": {"a": 1}}, SCRIPT: 1}, ["\ud800"], "\udfff",
    {"\ud800": "\ud800"}, [0] * 300, [{"cause": SCRIPT, "photos": {"x": 1}}] * 250,
)  # fmt: skip
IDS = ("'", "null", "%00", "%2e%2e%2f%2e%2e%2f", "１２", "%F0%9F%98%80", "x" * 3000, "%3Cxss-probe%3E", "%ff%fe")


def cursors() -> list[str]:
    """Places in lists that never were."""
    keys: list[object] = [
        [], {}, "x", None, ["n"], ["n", "x"], ["n", 1, 2], ["p", None, None], ["n", "2026-01-01T00:00:00", "x"],
        ["n", "0001-01-01T00:00:00+14:00", "x"], ["p", "9999-12-31T23:59:59-14:00", "x"], ["n", "2026-01-01", "\x00"],
        ["n", [], {}], ["n", 2**63, 2**200], ["z", "a", "b"], ["n", "a\x00", "b\x00"], ["n", SCRIPT, SCRIPT],
    ]  # fmt: skip
    made = [base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=") for key in keys]
    deep = base64.urlsafe_b64encode(b"[" * 5000).decode()
    return [*made, deep, "%%%", "=", "====", "é", "²", "٣", "9" * 30, "-1", "x" * 5000, "\x00", "\U0001f600"]


#: a link that runs something; Flask-Admin's own ``javascript:void(0)`` does nothing and the policy stops it anyway
_SCRIPT_LINK = re.compile(r"\s*(javascript:(?!void\(0\))|vbscript:|data:text)", re.IGNORECASE)


class _Tags(HTMLParser):
    """Collects what a browser would take for markup of ours."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "xss-probe" or any(name.startswith("on") and "alert" in (value or "") for name, value in attrs):
            self.bad.append(f"<{tag} {attrs}>")
        links = [value or "" for name, value in attrs if name in ("href", "src", "action", "formaction")]
        if any(_SCRIPT_LINK.match(link) for link in links):
            self.bad.append(f"<{tag} {attrs}>")


def injected(page: str) -> list[str]:
    """Markup in the page that nobody of us wrote; also templates that were computed."""
    tags = _Tags()
    tags.feed(page)
    return tags.bad + (["a template was computed"] if "3694003" in page else [])


def says_something_chinese(text: str) -> bool:
    """Whether there is a sentence for people in it."""
    return len(re.findall(r"[\u4e00-\u9fff]", text)) >= 4
