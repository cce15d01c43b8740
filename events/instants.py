"""Instants on the wire: read as RFC 3339 with any offset, written in UTC."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated

import orjson
from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,6}(\d*))?(?:[Zz]|[+-]\d\d:[0-5]\d)", re.ASCII
).fullmatch


def parse_instant(value: object) -> datetime:
    """Read RFC 3339 with an offset, or take an aware datetime; return it in UTC, to the microsecond.

    Digits beyond the microsecond are rounded up, so that a deadline computed from it is never early.

    Raises:
        ValueError: not RFC 3339, no offset, or outside the years 1 to 9999 in UTC.
    """
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("an instant needs an offset, as in 2016-11-15T10:00:00-08:00")
        return value if value.tzinfo is UTC else value.astimezone(UTC)
    match = _RFC_3339(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("not an RFC 3339 instant with an offset, as in 2016-11-15T10:00:00-08:00")
    finer = (match[1] or "").strip("0")
    try:
        text = match[0].upper()
        is_leap_second = text[17:19] == "60"
        instant = datetime.fromisoformat(f"{text[:17]}59{text[19:]}" if is_leap_second else text)
        if instant.tzinfo is not UTC:
            instant = instant.astimezone(UTC)
        if finer:
            instant += timedelta(microseconds=1)
        if is_leap_second:
            instant += timedelta(seconds=1)
    except (ValueError, OverflowError) as error:
        raise ValueError("no such date, time or offset, as in 2016-11-15T10:00:00-08:00") from error
    return instant


@lru_cache(maxsize=4096)
def format_instant(instant: datetime) -> str:
    """Write an instant as RFC 3339 in UTC with milliseconds (microseconds where it has them).

    Cached: a transition writes the same few instants many times.
    """
    # orjson takes half the time of isoformat.
    text = orjson.dumps(instant if instant.tzinfo is UTC else instant.astimezone(UTC)).decode()
    if not instant.microsecond:
        return f"{text[1:20]}.000Z"
    return f"{text[1:27]}Z" if instant.microsecond % 1000 else f"{text[1:24]}Z"


Instant = Annotated[
    datetime,
    PlainValidator(parse_instant),
    PlainSerializer(format_instant, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""An aware datetime in UTC; on the wire RFC 3339 with an offset."""
