"""LAPD open-data arrests (the CSV export of data.lacity.org) as `custody.booking.created.v1` events.

Pure: text lines in, outcomes out; no store, no settings, no clock. A row yields:

- the booking number `LAPD-<Report ID>`, and an event id from the same number, so that importing a file twice
  adds only duplicates;
- `arrested_at` and `booked_at`, from wall-clock times in Los Angeles. A time that occurs twice when daylight
  saving ends is read as the earlier one (for a booking: the earlier one that is not before the arrest);
- one charge: the statute without blanks, its description, its level from the arrest type code;
- `arrest_kind`: `warrant` where the charge description says WARRANT (a traffic, parole or revocation
  warrant), else `warrantless`. The export has no column for it, and most arrests on a warrant show only the
  offense; read as warrantless they have one more limit, so custody is never longer for it.

Adults only: other law governs juveniles. The age is read for that rule alone and is not passed on; sex,
descent, place of arrest and disposition are never read.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from events.importers.lapd_cells import as_local
from events.importers.lapd_outcomes import (
    AGENCY,
    Imported,
    LeftOut,
    OmissionReason,
    Outcome,
    RefusalReason,
    Refused,
)
from events.importers.lapd_row import COLUMNS, decide, readable_report_id

__all__ = [
    "SOURCE",
    "Imported",
    "LeftOut",
    "NotAnArrestFileError",
    "OmissionReason",
    "Outcome",
    "RefusalReason",
    "Refused",
    "read_arrests",
    "shift_latest_to",
    "to_event",
    "to_json_line",
]

SOURCE: Final = "urn:lapd:open-data:arrests"


class NotAnArrestFileError(ValueError):
    """The first line is not the header of an LAPD arrest export."""


def read_arrests(lines: Iterable[str]) -> Iterator[Outcome]:
    """Read an arrest export: one outcome per row, in the order of the file.

    Args:
        lines: the lines of text, as an open file yields them; a leading byte-order mark is skipped.

    Raises:
        NotAnArrestFileError: the first line lacks a column that is needed; raised before any row is read.
    """
    numbered_lines = _Numbered(lines)
    rows = csv.reader(numbered_lines)
    try:
        header = [name.strip() for name in next(rows, [])]
    except csv.Error:
        header = []
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise NotAnArrestFileError(
            f"not an LAPD arrest file: no column {', '.join(missing)}; "
            "give the CSV export of the arrest data set with its header line"
        )
    return _decide_each(rows, header, numbered_lines)


def shift_latest_to(
    imported: Sequence[Imported], target: datetime, now: datetime
) -> list[Imported | LeftOut]:
    """Shift all instants by the same amount, so that the newest arrest is at `target`.

    The shift is a whole number of weeks plus a remainder: weekdays and times of day move by the remainder
    alone, and the time between any two instants of the file stays the same.

    A booking that would then be after `now` is left out as not yet booked, since the clock takes no fact from
    the future. Its arrest still counts when the newest is chosen.
    """
    if not imported:
        return []
    shift = target - max(booking.arrested_at for booking in imported)
    moved = (
        replace(booking, arrested_at=booking.arrested_at + shift, booked_at=booking.booked_at + shift)
        for booking in imported
    )
    return [
        LeftOut(booking.line, booking.report_id, OmissionReason.NOT_YET_BOOKED)
        if booking.booked_at > now
        else booking
        for booking in moved
    ]


def to_event(imported: Imported) -> dict[str, Any]:
    """The booking as a CloudEvents 1.0 event, with instants at the Los Angeles offset."""
    charge = {"statute": imported.statute, "level": imported.level}
    if imported.description:
        charge["description"] = imported.description
    return {
        "specversion": "1.0",
        "id": f"arrest-{imported.report_id}",
        "source": SOURCE,
        "type": "custody.booking.created.v1",
        "subject": imported.booking,
        "time": as_local(imported.booked_at),
        "datacontenttype": "application/json",
        "data": {
            "agency": AGENCY,
            "facility": imported.facility,
            "arrested_at": as_local(imported.arrested_at),
            "booked_at": as_local(imported.booked_at),
            "arrest_kind": imported.arrest_kind,
            "charges": [charge],
        },
    }


def to_json_line(imported: Imported) -> bytes:
    """The event as one line of JSON in UTF-8, with its line feed."""
    return json.dumps(to_event(imported), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


class _Numbered:
    """Counts lines, so that a row can be named by the line it starts on; drops the byte-order mark."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.count = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.count += 1
        return line.removeprefix("\ufeff") if self.count == 1 else line


def _decide_each(rows: Iterator[list[str]], header: list[str], lines: _Numbered) -> Iterator[Outcome]:
    first_seen: dict[str, tuple[str, ...]] = {}
    while True:
        line = lines.count + 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error:
            cells = [""]
        if cells:
            yield _decide_cells(line, cells, header, first_seen)


def _decide_cells(
    line: int, cells: list[str], header: list[str], first_seen: dict[str, tuple[str, ...]]
) -> Outcome:
    if len(cells) != len(header):
        return Refused(line, "", RefusalReason.MALFORMED_ROW)
    by_name = dict(zip(header, cells, strict=True))
    row = {name: " ".join(by_name[name].split()) for name in COLUMNS}
    report_id = row["Report ID"]
    if not readable_report_id(report_id):
        return Refused(line, "", RefusalReason.UNREADABLE_REPORT_ID)
    content = tuple(row.values())
    if report_id not in first_seen:
        first_seen[report_id] = content
        return decide(line, row)
    if first_seen[report_id] == content:
        return LeftOut(line, report_id, OmissionReason.DUPLICATE_ROW)
    return Refused(line, report_id, RefusalReason.REPEATED_REPORT_ID)
