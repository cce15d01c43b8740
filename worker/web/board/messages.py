"""Server-sent events as they go out."""

from typing import Any, Final

import orjson

AT_ONCE_BYTES: Final = 64 * 1024
"""So much of a message is handed to the server at once: what a slow viewer has not read is copied."""


def message(name: str, document: Any) -> bytes:
    """One server-sent event; JSON has no line break, so its data is one line."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(document))
