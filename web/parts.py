"""What a request works with: settings, database, engine, clock, blobs. The only door to Flask's application."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app  # noqa: TID251 - the one accessor of the parts

from engine.engine import Engine
from records.blobs import BlobStore
from records.clock import Clock
from records.db import Database
from records.settings import Settings


@dataclass(frozen=True)
class Parts:
    """Everything ``create_app`` puts together; handed to pages, never global."""

    settings: Settings
    database: Database
    engine: Engine
    clock: Clock
    blobs: BlobStore


def parts() -> Parts:
    """The parts of the application that answers this request."""
    found: Parts = current_app.extensions["sujian"]
    return found
