"""Instants as the store keeps them, in whole Unix milliseconds, and as it answers TIME."""

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
# Counted by its parts, since dividing one duration by another takes longer.
_DAY_MS: Final = 86_400_000


LATEST_MS: Final = 253_370_764_800_000
"""The year 9999: a number that another program wrote may lie behind it, and is no instant then."""


def to_ms(instant: datetime) -> int:
    """Unix milliseconds, rounded down. Exact for deadlines, which are whole milliseconds."""
    since = instant - _EPOCH
    return since.days * _DAY_MS + since.seconds * 1000 + since.microseconds // 1000


def to_ms_up(instant: datetime) -> int:
    """Unix milliseconds, rounded up: for a timer, which must never be early."""
    since = instant - _EPOCH
    return since.days * _DAY_MS + since.seconds * 1000 - (-since.microseconds // 1000)


def to_ms_or_empty(instant: datetime | None) -> int | str:
    """Unix milliseconds, rounded up, as the script takes them: nothing for None."""
    return "" if instant is None else to_ms_up(instant)


def from_ms(ms: int) -> datetime:
    """The instant in UTC."""
    return _EPOCH + ms * _MS


def from_time(seconds: int | bytes, microseconds: int | bytes) -> datetime:
    """The instant in UTC of an answer to TIME."""
    return _EPOCH + timedelta(seconds=int(seconds), microseconds=int(microseconds))
