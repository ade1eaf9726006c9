"""Words that stand on a page, and which of them are in the wrong language."""

from __future__ import annotations

import re

from babel.messages.pofile import read_po
from playwright.sync_api import Page

from tests.browser.site import ROOT

CATALOGUE = ROOT / "web/translations/en/LC_MESSAGES/messages.po"
HAN = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]{3,}")
#: names of formats and codes of rules, which are the same in Chinese, and addresses
KNOWN = re.compile(r"\b(PDF|SHA-256|CSV|Excel|sujian-demo|R(-[A-Z0-9]+)+)\b|\S+ · \S+@\S+")
#: what is drawn (names of the model), typed (user names, numbers, hashes) or the other language's own name
APART = "script, style, template, noscript, .djs-container, .bpmn-list, .mono, [lang=en], [lang=zh-CN]:not(html)"
TEXTS = """apart => {
  const said = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) if (!walk.currentNode.parentElement.closest(apart)) said.push(walk.currentNode.data.trim());
  for (const each of document.body.querySelectorAll("[aria-label], [placeholder]"))
    if (!each.closest(apart)) said.push(each.ariaLabel ?? "", each.getAttribute("placeholder") ?? "");
  return [...new Set(said.filter(Boolean))];
}"""


def english_left(page: Page) -> list[str]:
    """English words on a Chinese page."""
    return [text for text in _texts(page) if LATIN.search(KNOWN.sub("", text))]


def chinese_left(page: Page) -> list[str]:
    """Chinese sentences of ours on an English page; names and other data stay as they are."""
    with CATALOGUE.open("rb") as file:
        ours = {message.id for message in read_po(file) if isinstance(message.id, str)}
    return [text for text in _texts(page) if HAN.search(text) and text in ours]


def _texts(page: Page) -> list[str]:
    texts: list[str] = page.evaluate(TEXTS, APART)
    return texts
