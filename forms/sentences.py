"""Sentences for people: the Chinese message id with its places filled, and the id kept for the English catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Sentence(str):
    """A filled Chinese sentence that remembers its ``message_id`` and ``params``: a page can say it in English."""

    __slots__ = ("message_id", "params")

    message_id: str
    params: Mapping[str, object]

    def __new__(cls, message_id: str, params: Mapping[str, object]) -> Sentence:
        """Fill the places of ``message_id``."""
        sentence = super().__new__(cls, message_id % params if params else message_id)
        sentence.message_id = message_id
        sentence.params = params
        return sentence


def say(message_id: str, **params: object) -> Sentence:
    """The sentence with this id (a Babel keyword)."""
    return Sentence(message_id, params)


def dotted(messages: Any, path: str = "") -> dict[str, list[str]]:
    """Marshmallow's nested messages as dotted paths."""
    if not isinstance(messages, Mapping):
        return {path: list(messages) if isinstance(messages, list) else [messages]}
    flat: dict[str, list[str]] = {}
    for key, inner in messages.items():
        below = path if key == "_schema" else f"{path}.{key}" if path else str(key)
        for found, sentences in dotted(inner, below).items():
            flat.setdefault(found, []).extend(sentences)
    return flat
