"""The key that signs the journal's seals: made on first use, in a file that its owner alone may read."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class SigningKeyError(Exception):
    """The key file cannot be used; the message says why."""


class SigningKey:
    """An Ed25519 key. Public keys are written as 64 hexadecimal digits."""

    def __init__(self, secret: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(secret)
        self.public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    @classmethod
    def of_file(cls, path: Path) -> SigningKey:
        """The key in the file; made with mode 600 when there is none, its public half listed beside it.

        Raises SigningKeyError when others may read the file or when it holds no key.
        """
        if not path.exists():
            _make(path)
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise SigningKeyError(f"{path} must be readable by its owner alone (chmod 600)")
        try:
            key = cls(bytes.fromhex(path.read_text(encoding="ascii").strip()))
        except ValueError as error:
            raise SigningKeyError(f"{path} holds no Ed25519 key") from error
        if key.public not in public_keys(path):
            with _list_of(path).open("a", encoding="ascii") as listed:
                listed.write(f"{key.public}\n")
        return key

    def sign(self, message: bytes) -> str:
        """The signature, as 128 hexadecimal digits."""
        return self._key.sign(message).hex()


def public_keys(path: Path) -> frozenset[str]:
    """The public keys that have belonged to this key file, earlier ones included; none where it was never used."""
    listed = _list_of(path)
    return frozenset(listed.read_text(encoding="ascii").split()) if listed.exists() else frozenset()


def is_signed(public: str, signature: str, message: bytes) -> bool:
    """True when the signature over the message was made with the key that belongs to this public key."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _list_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.pub")


def _make(path: Path) -> None:
    """Write a new key whole or not at all; when two processes make one at once, the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    secret = Ed25519PrivateKey.generate().private_bytes_raw().hex()
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{secret}\n")
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        Path(draft).unlink()
