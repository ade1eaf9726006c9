"""A correction or withdrawal that is asked for when the announcement's own case has long ended: a case of its own.

Nothing is done here but to call what the announcement's case would have called (workflows/announcement_revision.py).
"""

from __future__ import annotations

from engine.process import process

PROCESS = process("announcement_change", prefix="更")
