"""The instant of a commit that has not happened yet: only the store can say when it is.

Decisions carry `AT_COMMIT` in its place. What is sent to the store carries `COMMIT_MARK`, which the commit
script replaces with its own time.
"""

import re
import secrets
from datetime import UTC, datetime
from typing import Final

AT_COMMIT: Final = datetime.max.replace(tzinfo=UTC)

COMMIT_MARK: Final = f"<at_commit_{secrets.token_hex(8)}>"
"""Random, so that no text in an event can imitate it."""

# A quotation mark within a text is escaped, so no text can imitate the end of a field's name and the value.
_AT_COMMIT_IN_JSON: Final = re.compile(rb'((?:_at|"time)":")9999-12-31T23:59:59\.999999Z"')
_MARKED: Final = rb"\1" + COMMIT_MARK.encode() + b'"'


def marked(document: bytes) -> bytes:
    """A JSON document with the mark wherever it has `AT_COMMIT` as the value of `time` or of an `…_at`."""
    return _AT_COMMIT_IN_JSON.sub(_MARKED, document)


def settled(instant: datetime, now: datetime) -> datetime:
    """An instant to compute with: one that only the commit will know is taken as now."""
    return now if instant == AT_COMMIT else instant
