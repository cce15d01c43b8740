"""In which form a request brings its events: one, a batch, or one in headers and body (binary mode)."""

import re
from enum import Enum
from typing import Final

from starlette.datastructures import Headers

from events.envelope import BATCH, JSON_MEDIA_TYPE, MAX_EVENT_BYTES, ONE
from worker.web.refusal import RequestRefusedError

MAX_BATCH_BYTES: Final = 8 * 1024 * 1024

_CHARSET: Final = re.compile(r";\s*charset\s*=\s*\"?([^\s;\"]*)", re.IGNORECASE)
_READABLE: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_WHAT_TO_SEND: Final = f"send one event as {ONE}, or a JSON array of them as {BATCH}"


class Form(Enum):
    """A form of request."""

    ONE = "one"
    BATCH = "batch"
    BINARY = "binary"

    @property
    def max_bytes(self) -> int:
        """The most bytes that the body may have."""
        return MAX_BATCH_BYTES if self is Form.BATCH else MAX_EVENT_BYTES


def form_of(headers: Headers) -> Form:
    """The form that a request says it has.

    Raises:
        RequestRefusedError: 415.
    """
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"", "identity"}:
        raise RequestRefusedError(
            415, "Content-Encoding: send the body uncompressed", {"Accept-Encoding": "identity"}
        )
    content_type = headers.get("content-type", "")
    charset = _CHARSET.search(content_type)
    if charset and charset[1].lower() not in _READABLE:
        raise RequestRefusedError(415, "Content-Type: send the body in UTF-8")
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == ONE:
        return Form.ONE
    if media_type == BATCH:
        return Form.BATCH
    if "ce-specversion" in headers and (not media_type or re.match(JSON_MEDIA_TYPE, content_type)):
        return Form.BINARY
    raise RequestRefusedError(415, f"Content-Type: {_WHAT_TO_SEND}")
