"""The outcome of one row of an LAPD arrest export: imported, refused, or left out."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal, TypeAlias

AGENCY: Final = "LAPD"


class RefusalReason(StrEnum):
    """Why a row that reports a booking cannot start a clock."""

    MALFORMED_ROW = "malformed_row"
    UNREADABLE_REPORT_ID = "unreadable_report_id"
    REPEATED_REPORT_ID = "repeated_report_id"
    """The report id of an earlier row, with other content: the earlier row is kept."""
    UNKNOWN_REPORT_TYPE = "unknown_report_type"
    UNKNOWN_ARREST_TYPE = "unknown_arrest_type"
    UNREADABLE_ARREST_TIME = "unreadable_arrest_time"
    MISSING_BOOKING_TIME = "missing_booking_time"
    UNREADABLE_BOOKING_TIME = "unreadable_booking_time"
    NONEXISTENT_LOCAL_TIME = "nonexistent_local_time"
    """In the hour that is skipped when daylight saving begins."""
    IMPOSSIBLE_TIMES = "impossible_times"
    """Booked before arrested."""
    UNREADABLE_AGE = "unreadable_age"
    """Missing, or not a number: the person may not be an adult."""
    JUVENILE = "juvenile"
    MISSING_CHARGE = "missing_charge"
    MISSING_BOOKING_LOCATION = "missing_booking_location"


class OmissionReason(StrEnum):
    """Why a valid row is not imported."""

    RELEASED_IN_FIELD = "released_in_field"
    """Report type RFC: released where the arrest was made, never in custody."""
    DUPLICATE_ROW = "duplicate_row"
    NOT_YET_BOOKED = "not_yet_booked"
    """In a rehearsal only: after the shift the booking would be in the future."""


@dataclass(frozen=True, slots=True)
class Imported:
    """The booking of an adult. Instants are in UTC; `description` is empty where the row has none."""

    line: int
    report_id: str
    facility: str
    arrested_at: datetime
    booked_at: datetime
    arrest_kind: Literal["warrantless", "warrant"]
    statute: str
    level: str
    description: str

    @property
    def booking(self) -> str:
        """The booking number for the clock."""
        return f"{AGENCY}-{self.report_id}"


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that cannot start a clock. `report_id` is empty where it could not be read."""

    line: int
    report_id: str
    reason: RefusalReason


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A valid row that starts no clock."""

    line: int
    report_id: str
    reason: OmissionReason


Outcome: TypeAlias = Imported | Refused | LeftOut
