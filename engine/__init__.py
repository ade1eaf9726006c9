"""The engine: everything durable about running processes, behind a handful of verbs."""

from engine.completion import Completion
from engine.engine import Engine

__all__ = ["Completion", "Engine"]
