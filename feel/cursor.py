"""A place in a list of tokens: looking, taking, going back, and complaining about what stands there."""

from __future__ import annotations

from dataclasses import dataclass

from feel.errors import FeelLimitError, FeelSyntaxError
from feel.tokens import Names, Token, syntax_error, tokenize

DEPTH_LIMIT = 100
CHAIN_LIMIT = 150


@dataclass(frozen=True, slots=True)
class Mark:
    """A place to go back to."""

    index: int
    depth: int
    token: Token


class Cursor:
    """Moves over the tokens of one text."""

    def __init__(self, text: str, names: Names) -> None:
        """Split the text and stand on its first token."""
        self.text = text
        self.tokens = tokenize(text, names)
        self.index = 0
        self.token = self.tokens[0]
        self.depth = 0
        self.closing: set[int] = set()
        self.grouping: set[int] = set()

    def advance(self) -> Token:
        """Take the token at hand."""
        token = self.token
        if token.kind != "end":
            self.index += 1
            self.token = self.tokens[self.index]
        return token

    def peek(self) -> Token:
        """Look at the token after the one at hand."""
        return self.tokens[min(self.index + 1, len(self.tokens) - 1)]

    def at(self, text: str) -> bool:
        """Tell whether this operator or keyword is at hand."""
        return self.token.text == text and self.token.kind in ("operator", "keyword")

    def accept(self, text: str) -> bool:
        """Take this operator or keyword if it is at hand."""
        if self.at(text):
            self.advance()
            return True
        return False

    def expect(self, text: str) -> None:
        """Take this operator or keyword, which must be at hand."""
        if not self.accept(text):
            raise self.error(f"expected {text!r}")

    def expect_name(self) -> str:
        """Take a name, which must be at hand."""
        if self.token.kind != "name":
            raise self.error("expected a name")
        return self.advance().text

    def expect_word(self) -> str:
        """Take a name or a keyword that serves as one."""
        if self.token.kind not in ("name", "keyword"):
            raise self.error("expected a name")
        return self.advance().text

    def expect_end(self) -> None:
        """Be at the end of the text."""
        if self.token.kind != "end":
            raise self.error(f"unexpected {self.token.text!r}")

    def entry_name(self) -> str:
        """Take the key of a context entry and its colon: a string, or anything name-like up to the colon."""
        first = self.token
        if first.kind == "string" and self.peek().text == ":":
            self.advance()
            self.advance()
            return first.text
        last = None
        while not self.at(":"):
            if self.token.kind == "end" or self.token.text in set("{}[](),") or self.token.kind == "string":
                raise self.error("expected a key and ':'")
            last = self.advance()
        self.advance()
        if last is None:
            raise self.error_at("expected a key", first)
        if first is last and first.kind == "name":
            return first.text
        return " ".join(self.text[first.start : last.end].split())

    def at_negated_tests(self) -> bool:
        """Tell whether the whole text is `not( … )`."""
        if self.token.text != "not" or self.token.kind != "name" or self.peek().text != "(":
            return False
        depth = 0
        for index in range(self.index + 1, len(self.tokens)):
            token = self.tokens[index]
            if token.kind == "operator":
                depth += (token.text == "(") - (token.text == ")")
            if depth == 0:
                return self.tokens[index + 1].kind == "end"
        return False

    def mark(self) -> Mark:
        """Remember this place."""
        return Mark(self.index, self.depth, self.token)

    def reset(self, mark: Mark) -> None:
        """Go back to a place."""
        self.index, self.depth, self.token = mark.index, mark.depth, mark.token

    def in_range(self, mark: Mark) -> bool:
        """Tell whether a `..` stands before the mark, so that a bracket there may close a range."""
        return any(token.text == ".." for token in self.tokens[: mark.index])

    def enter(self) -> None:
        """Go one level deeper."""
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise FeelLimitError("nested expressions", DEPTH_LIMIT)

    def leave(self) -> None:
        """Come back up."""
        self.depth -= 1

    @staticmethod
    def check_chain(length: int) -> None:
        """Refuse chains of operators that would nest too deeply."""
        if length > CHAIN_LIMIT:
            raise FeelLimitError("operators in a row", CHAIN_LIMIT)

    def error(self, message: str) -> FeelSyntaxError:
        """Complain about the token at hand."""
        return self.error_at(message, self.token)

    def error_at(self, message: str, token: Token) -> FeelSyntaxError:
        """Complain about a token."""
        return syntax_error(message, self.text, token.start)
