"""Instants as the store keeps them: whole Unix milliseconds; and as it tells the time."""

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
# Counted by its parts, since dividing one duration by another takes longer.
_DAY_MS: Final = 86_400_000


def to_ms(instant: datetime) -> int:
    """Unix milliseconds, rounded down. Exact for deadlines, which are whole milliseconds."""
    since = instant - _EPOCH
    return since.days * _DAY_MS + since.seconds * 1000 + since.microseconds // 1000


def to_ms_up(instant: datetime) -> int:
    """Unix milliseconds, rounded up: for a timer, which must never be early."""
    since = instant - _EPOCH
    return since.days * _DAY_MS + since.seconds * 1000 - (-since.microseconds // 1000)


def from_ms(ms: int) -> datetime:
    """The instant in UTC."""
    return _EPOCH + ms * _MS


def from_time(seconds: int | bytes, microseconds: int | bytes) -> datetime:
    """The instant in UTC that an answer to TIME tells."""
    return _EPOCH + timedelta(seconds=int(seconds), microseconds=int(microseconds))
