"""People named with an @ in a remark: found, refused in words, and shown again."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from engine.model import ProcessInstance
from engine.queries.people import CasePerson, named_people
from records.errors import DomainError
from records.people import Actor

MOST, LONGEST_NAME = 20, 64
#: an @ that does not stand inside an address of mail
_MENTION = re.compile(rf"(?<![A-Za-z0-9._%+-])@(?=[^\s@])([^\n]{{1,{LONGEST_NAME}}})")
_WORD = re.compile(r"[\w.-]{1,20}|\S")
_LATIN = re.compile(r"[A-Za-z0-9_-]")


class MentionError(DomainError):
    """Who is named may not see the case, or does not exist (the two look alike)."""

    slug = "mention"
    sentence = "不能提及“%(name)s”：没有此人，或其无权查看本案件"


class AmbiguousMentionError(DomainError):
    """Several people of the case have this name."""

    slug = "ambiguous-mention"
    sentence = "有 %(count)s 位“%(name)s”，请从列表中选择，或写用户名"


class TooManyMentionsError(DomainError):
    """A remark names so many people at most."""

    slug = "too-many-mentions"
    sentence = "一条留言最多提及 %(count)s 人"


def mentions(
    session: Session, actor: Actor, case: ProcessInstance, text: str, chosen: Collection[str] = ()
) -> list[dict[str, str]]:
    """Who is named: ``{"id", "name"}``, the name as written. ``chosen`` ids tell namesakes apart.

    Raises MentionError, AmbiguousMentionError, TooManyMentionsError.
    """
    chunks = [found[1] for found in _MENTION.finditer(_apart(text))]
    if len(chunks) > MOST:
        raise TooManyMentionsError(count=MOST)
    if not chunks:
        return []
    begun = {chunk[:length].rstrip() for chunk in chunks for length in range(1, len(chunk) + 1)}
    people = named_people(session, actor, case, begun)
    named = {}
    for chunk in chunks:
        name, person = _person(chunk, people, chosen)
        named[name] = {"id": person.id, "name": name}
    return list(named.values())


def _apart(text: str) -> str:
    """Each mention on a line of its own, so that one does not run into the next."""
    return re.sub(r"(?<![A-Za-z0-9._%+-])@", "\n@", text)


def _person(chunk: str, people: Sequence[CasePerson], chosen: Collection[str]) -> tuple[str, CasePerson]:
    """The longest name or user name that the chunk begins with."""
    fitting = [(name, person) for person in people for name in (person.name, person.username) if _begins(chunk, name)]
    if not fitting:
        word = _WORD.match(chunk)
        raise MentionError(name=word[0] if word else chunk[:20])
    longest = max(len(name) for name, _person in fitting)
    best = {person.id: (name, person) for name, person in fitting if len(name) == longest}
    picked = [each for person_id, each in best.items() if len(best) == 1 or person_id in chosen]
    if len(picked) != 1:
        raise AmbiguousMentionError(count=len(best), name=next(iter(best.values()))[0])
    return picked[0]


def _begins(chunk: str, name: str) -> bool:
    """The chunk begins with the name, and a Latin name does not go on."""
    if not chunk.startswith(name):
        return False
    return not (_LATIN.match(name[-1]) and _LATIN.match(chunk[len(name) :]))


def shown_with_links(text: str, named: Sequence[Mapping[str, Any]] | None, people_page: str | None) -> Markup:
    """The remark as HTML; names are links where the reader may open people (``people_page`` ends before the id)."""
    ids = {f"@{one['name']}": str(one["id"]) for one in named or ()}
    if not ids:
        return escape(text)
    tokens = "|".join(re.escape(token) for token in sorted(ids, key=len, reverse=True))
    pieces = re.split(f"({tokens})", text)
    return Markup("").join(_link(piece, ids[piece], people_page) if piece in ids else escape(piece) for piece in pieces)


def _link(token: str, person_id: str, people_page: str | None) -> Markup:
    if people_page is None:
        return Markup('<b class="mention">{}</b>').format(token)
    return Markup('<a class="mention" href="{}{}">{}</a>').format(people_page, person_id, token)
