"""The live diagram in the reader's language, and the called processes that a case has entered beside its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape, unescape
from typing import Any

from flask import url_for

from records.errors import NotFoundError
from web.i18n import say
from web.labels import label

#: names that stand inside a shape; those outside (gateways, flows) have too little room for another language
_NAME = re.compile(r'(<(?:\w+:)?(?:\w*Task|callActivity|subProcess|lane|participant)\b[^>]*? name=")([^"]*)"')

Drawing = dict[str, Any]


def entered(drawn: Drawing) -> Iterator[Drawing]:
    """The case's own diagram, then those of the called processes it has entered, outermost first."""
    yield drawn
    for call in drawn["entered"]:
        yield from entered(drawn["children"][call])


def innermost(drawn: Drawing) -> str:
    """The process in which something is open now, as deep as it goes; the case's own when nothing is."""
    return next((each["process"] for each in reversed(list(entered(drawn))) if each["current"]), drawn["process"])


def shown(drawn: Drawing, process: str | None, case_id: str) -> Drawing:
    """The diagram of one entered process, with its call activities linked. Raises NotFoundError for any other."""
    for each in entered(drawn):
        if each["process"] == (process or drawn["process"]):
            return _in_words(_linked(each, case_id))
    raise NotFoundError


def _linked(drawn: Drawing, case_id: str) -> Drawing:
    for call in drawn["entered"]:
        child = drawn["children"][call]
        detail = drawn["details"].setdefault(call, {"title": child["name"], "who": "", "when": "", "what": ""})
        detail["href"] = url_for("cases.detail", case_id=case_id, process=child["process"], _anchor="diagram")
    return drawn


def _in_words(drawn: Drawing) -> Drawing:
    """Names in the reader's language; nothing is told of what has no name (a gateway that only joins)."""
    drawn["details"] = {id_: detail for id_, detail in drawn["details"].items() if detail["title"] != id_}
    drawn["xml"] = _NAME.sub(lambda found: f'{found[1]}{escape(say(unescape(found[2])))}"', drawn["xml"])
    for detail in drawn["details"].values():
        detail["title"], detail["who"] = say(detail["title"]), label("role", detail["who"])
    return {key: value for key, value in drawn.items() if key != "children"}
