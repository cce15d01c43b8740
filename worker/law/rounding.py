"""Whole milliseconds: a deadline is rounded up, so that none fires early; what is only shown is cut off."""

from datetime import datetime, timedelta


def whole_milliseconds_up(instant: datetime) -> datetime:
    """The first whole millisecond that is not before an instant.

    Raises:
        OverflowError: that millisecond is past the year 9999.
    """
    over = instant.microsecond % 1000
    return instant + timedelta(microseconds=1000 - over) if over else instant


def cut_off_to_millisecond(instant: datetime) -> datetime:
    """The last whole millisecond that is not after an instant: as precise as the store's own time."""
    over = instant.microsecond % 1000
    return instant - timedelta(microseconds=over) if over else instant
