"""Reads a jail's roster: one row a person held."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from events.instants import parse_instant
from worker.desk.roster.columns import RosterFormat

_ISO_LOCAL = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M")


class RosterError(ValueError):
    """The roster cannot be read at all; the message says what to do."""


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One person on the roster.

    Attributes:
        line: in the file; a quoted cell may make a row longer than a line.
        arrested_at: in UTC; None if the roster does not say, or not so that it is understood.
        is_time_unread: whether the roster has a time of arrest that is not understood.
        person: only to be compared.
    """

    line: int
    booking: str
    arrested_at: datetime | None
    is_time_unread: bool
    facility: str | None
    person: str | None


def read_roster(path: Path, how: RosterFormat, zone: ZoneInfo) -> list[RosterRow]:
    """Every row with a booking number. Times are local to `zone`.

    Raises:
        RosterError: no such file, another encoding, or the columns are not there.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig" if how.encoding == "utf-8" else how.encoding)
    except OSError as error:
        raise RosterError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeError:
        raise RosterError(f"{path} is not {how.encoding}: set `encoding` in the file of columns") from None
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=how.delimiter, skipinitialspace=True)
    headings = [heading.strip() for heading in reader.fieldnames or ()]
    _check_headings(path, how, headings)
    reader.fieldnames = headings
    return list(_rows(reader, how, zone))


def _check_headings(path: Path, how: RosterFormat, headings: list[str]) -> None:
    wanted = [heading for heading in how.columns.model_dump().values() if heading is not None]
    missing = [heading for heading in wanted if heading not in headings]
    # Only the booking number must be there where no file says what there is.
    if missing and (
        how.columns.booking in missing or how.columns.model_fields_set != {"arrested_at", "facility"}
    ):
        raise RosterError(
            f"{path} has no column {missing[0]!r}; it has {', '.join(map(repr, headings)) or 'none'}: "
            "name the columns with --columns FILE"
        )


def _rows(reader: "csv.DictReader[str]", how: RosterFormat, zone: ZoneInfo) -> Iterator[RosterRow]:
    columns = how.columns
    for row in reader:
        booking = _cell(row, columns.booking)
        if not booking:
            continue
        time_text = " ".join(
            filter(None, (_cell(row, columns.arrested_at), _cell(row, columns.arrested_time)))
        )
        arrested_at = _instant(time_text, how, zone)
        yield RosterRow(
            reader.line_num,
            how.numbers.prefix + booking.lstrip(how.numbers.strip or " "),
            arrested_at,
            bool(time_text) and arrested_at is None,
            _cell(row, columns.facility) or None,
            _cell(row, columns.person) or None,
        )


def _cell(row: dict[str, str], heading: str | None) -> str:
    return (row.get(heading) or "").strip() if heading is not None else ""


def _instant(text: str, how: RosterFormat, zone: ZoneInfo) -> datetime | None:
    for form in (*how.instants, *_ISO_LOCAL):
        try:
            return datetime.strptime(text, form).replace(tzinfo=zone).astimezone(UTC)
        except ValueError:
            continue
    try:
        return parse_instant(text)
    except ValueError:
        return None
