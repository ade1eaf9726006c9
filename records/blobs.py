"""Bytes under their SHA-256: the same bytes are kept once, and a half-written file never carries a name."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import BinaryIO

from records.errors import NotFoundError

_NAME = re.compile(r"[0-9a-f]{64}")


class BlobStore:
    """A folder of blobs, two characters of the hash a sub-folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes) -> str:
        """Keep the bytes; returns their SHA-256."""
        sha256 = hashlib.sha256(content).hexdigest()
        self._write(self.path(sha256), content)
        return sha256

    def put_thumbnail(self, sha256: str, jpeg: bytes) -> None:
        """Keep a small picture beside the blob it shows."""
        self._write(self.thumbnail_path(sha256), jpeg)

    def open(self, sha256: str) -> BinaryIO:
        """The blob, open for reading. Raises NotFoundError."""
        return self._open(self.path(sha256))

    def open_thumbnail(self, sha256: str) -> BinaryIO:
        """The blob's small picture, open for reading. Raises NotFoundError when it has none."""
        return self._open(self.thumbnail_path(sha256))

    def path(self, sha256: str) -> Path:
        """Where the blob lies or would lie."""
        if not _NAME.fullmatch(sha256):
            raise NotFoundError
        return self.folder / sha256[:2] / sha256

    def thumbnail_path(self, sha256: str) -> Path:
        """Where the blob's small picture lies or would lie."""
        return self.path(sha256).with_suffix(".thumb.jpg")

    @staticmethod
    def _open(path: Path) -> BinaryIO:
        try:
            return path.open("rb")
        except FileNotFoundError as error:
            raise NotFoundError from error

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
