"""Deadlines are whole milliseconds, rounded up, so that none fires early."""

from datetime import datetime, timedelta


def whole_milliseconds_up(instant: datetime) -> datetime:
    """The first whole millisecond that is not before an instant.

    Raises:
        OverflowError: that millisecond is past the year 9999.
    """
    over = instant.microsecond % 1000
    return instant + timedelta(microseconds=1000 - over) if over else instant
