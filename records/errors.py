"""What can be the case when something is refused.

Each error is a class, a slug and a sentence; HTTP comes once, in web/errors.py.
Sentences are Chinese message ids of the English catalogue, with ``%(name)s`` places filled from ``params``.
"""

from __future__ import annotations

from collections.abc import Mapping


class DomainError(Exception):
    """Base of every refusal. ``slug`` names it for machines, ``sentence`` says it to people (a message id)."""

    slug = "refused"
    sentence = "操作未被接受"

    def __init__(self, **params: object) -> None:
        super().__init__(self.sentence)
        self.params = params

    def __str__(self) -> str:
        """The sentence in its own language, with its places filled."""
        return self.sentence % self.params if self.params else self.sentence


class NotFoundError(DomainError):
    """The thing does not exist, or the actor may not see it (the two look alike)."""

    slug = "not-found"
    sentence = "未找到该内容，或您无权查看"


class ForbiddenError(DomainError):
    """The actor sees the thing but may not do this with it."""

    slug = "forbidden"
    sentence = "您的角色不能进行此操作"


class ConflictError(DomainError):
    """The thing changed meanwhile or is in a state that does not allow this."""

    slug = "conflict"
    sentence = "内容已被他人更新，请刷新后再试"


class InvalidAnswersError(DomainError):
    """Answers were refused. ``errors`` maps a dotted path (``lots.0.qty``) to sentences."""

    slug = "invalid-answers"
    sentence = "有 %(count)s 处需要修改"

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        super().__init__(count=len(errors))
        self.errors = dict(errors)


class UnjournaledChangeError(RuntimeError):
    """A programmer's mistake: a fact changed outside the one writer (records.store)."""
