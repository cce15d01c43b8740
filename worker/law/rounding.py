"""Whole milliseconds: deadlines are rounded up, so that none fires early; others are truncated to display."""

from datetime import datetime, timedelta


def whole_milliseconds_up(instant: datetime) -> datetime:
    """The instant, rounded up to a whole millisecond.

    Raises:
        OverflowError: the result is past the year 9999.
    """
    over = instant.microsecond % 1000
    return instant + timedelta(microseconds=1000 - over) if over else instant


def cut_off_to_millisecond(instant: datetime) -> datetime:
    """The instant, truncated to a whole millisecond, the resolution of the store's time."""
    over = instant.microsecond % 1000
    return instant - timedelta(microseconds=over) if over else instant
