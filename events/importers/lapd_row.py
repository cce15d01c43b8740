"""Decides the outcome of one row of an LAPD arrest export."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final, TypeAlias

from events.importers.lapd_cells import (
    instants_of,
    read_wall_clock,
    read_whole_number,
    says_warrant,
    statute_of,
)
from events.importers.lapd_outcomes import Imported, LeftOut, OmissionReason, Outcome, RefusalReason, Refused

AGE_OF_MAJORITY: Final = 18

COLUMNS: Final = (
    "Report ID",
    "Report Type",
    "Arrest Date",
    "Time",
    "Age",
    "Arrest Type Code",
    "Charge",
    "Charge Description",
    "Booking Date",
    "Booking Time",
    "Booking Location",
)
"""The columns that are read; no other is."""

LEVELS: Final[Mapping[str, str]] = {"F": "felony", "M": "misdemeanor", "I": "infraction", "O": "other"}
DEPENDENT: Final = "D"
"""The arrest type of a child taken into protective custody (Cal. Welf. & Inst. Code § 300)."""

Row: TypeAlias = Mapping[str, str]
"""The cells of COLUMNS, stripped of blanks."""

readable_report_id = re.compile(r"[A-Za-z0-9]{1,32}").fullmatch


def decide(line: int, row: Row) -> Outcome:
    """The outcome of a row whose report id is readable and new."""
    report_id = row["Report ID"]
    if row["Report Type"] == "RFC":
        return LeftOut(line, report_id, OmissionReason.RELEASED_IN_FIELD)
    if row["Report Type"] != "BOOKING":
        return Refused(line, report_id, RefusalReason.UNKNOWN_REPORT_TYPE)
    times = _read_times(row)
    if isinstance(times, RefusalReason):
        return Refused(line, report_id, times)
    unfit = _why_not_an_adult(row) or _what_is_missing(row)
    if unfit is not None:
        return Refused(line, report_id, unfit)
    arrested_at, booked_at = times
    return Imported(
        line=line,
        report_id=report_id,
        facility=row["Booking Location"],
        arrested_at=arrested_at,
        booked_at=booked_at,
        arrest_kind="warrant" if says_warrant(row["Charge Description"]) else "warrantless",
        statute=statute_of(row["Charge"]),
        level=LEVELS[row["Arrest Type Code"]],
        description=row["Charge Description"],
    )


def _read_times(row: Row) -> tuple[datetime, datetime] | RefusalReason:
    """Arrest and booking: the earliest reading of each that lets the booking follow the arrest."""
    if not row["Booking Date"] or not row["Booking Time"]:
        return RefusalReason.MISSING_BOOKING_TIME
    try:
        arrest_readings = instants_of(read_wall_clock(row["Arrest Date"], row["Time"]))
    except ValueError:
        return RefusalReason.UNREADABLE_ARREST_TIME
    try:
        booking_readings = instants_of(read_wall_clock(row["Booking Date"], row["Booking Time"]))
    except ValueError:
        return RefusalReason.UNREADABLE_BOOKING_TIME
    if not arrest_readings or not booking_readings:
        return RefusalReason.NONEXISTENT_LOCAL_TIME
    arrested_at = arrest_readings[0]
    possible = [instant for instant in booking_readings if instant >= arrested_at]
    return (arrested_at, possible[0]) if possible else RefusalReason.IMPOSSIBLE_TIMES


def _why_not_an_adult(row: Row) -> RefusalReason | None:
    if row["Arrest Type Code"] == DEPENDENT:
        return RefusalReason.JUVENILE
    try:
        age = read_whole_number(row["Age"])
    except ValueError:
        return RefusalReason.UNREADABLE_AGE
    return RefusalReason.JUVENILE if age < AGE_OF_MAJORITY else None


def _what_is_missing(row: Row) -> RefusalReason | None:
    if row["Arrest Type Code"] not in LEVELS:
        return RefusalReason.UNKNOWN_ARREST_TYPE
    if not row["Charge"]:
        return RefusalReason.MISSING_CHARGE
    if not row["Booking Location"]:
        return RefusalReason.MISSING_BOOKING_LOCATION
    return None
