"""Secrets at rest: text that only those may read who have a reason, kept as ciphertext wherever it is kept."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy.orm import Session

from records.errors import DomainError

PREFIX = "sealed:"
#: key in ``Session.info``: what seals and opens in this installation
SEALER = "sealer"


class UnsealableError(DomainError):
    """The text was sealed with another key, or is damaged."""

    slug = "unsealable"
    sentence = "密存内容无法解密，请联系系统管理员核对密钥"


class Sealer:
    """Seals and opens text with one key (AES-128-CBC with HMAC-SHA256, Fernet). The key is any long secret text."""

    def __init__(self, key: str) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()))

    def seal(self, text: str) -> str:
        """The ciphertext, another one each time: ``sealed:…``."""
        return PREFIX + self._fernet.encrypt(text.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """The text. Raises UnsealableError."""
        try:
            return self._fernet.decrypt(sealed.removeprefix(PREFIX).encode()).decode()
        except (InvalidToken, ValueError) as error:
            raise UnsealableError from error


def sealer_of(session: Session) -> Sealer:
    """What seals in the session's installation."""
    found: Sealer = session.info[SEALER]
    return found


def is_sealed(value: object) -> bool:
    """Whether a value is ciphertext."""
    return isinstance(value, str) and value.startswith(PREFIX)
