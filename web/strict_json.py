"""JSON that comes in, read strictly: NaN, half characters, endless nesting and endless numbers are 400, not 500."""

from __future__ import annotations

from typing import Any

import orjson
from flask.json.provider import DefaultJSONProvider


class StrictJson(DefaultJSONProvider):
    """Flask's JSON, but read by a parser that refuses what databases and programs cannot keep."""

    def loads(self, s: str | bytes, **_options: Any) -> Any:
        """The value; ValueError for anything that is no JSON."""
        return orjson.loads(s)
