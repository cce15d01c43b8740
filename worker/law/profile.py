"""A profile: one dated set of rules, with its limits, its court, its notices and its hand-over rule."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Final

from worker.law.arrest import ArrestKind
from worker.law.calendar import Calendar
from worker.law.court import Court
from worker.law.jurisdiction import IsViolentFelony
from worker.law.limit import Limit
from worker.law.listed_days import ListedDays
from worker.law.profile_file import Notices, Qualifications

_LONGEST_LIMIT_DAYS: Final = 14
"""A margin that covers every limit, with the weekends and holidays that it may run through."""


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """One set of rules and the dates between which it is in force: local, inclusive, None if open.

    Attributes:
        limits: in the profile's order; of limits that expire together, the first governs.
        court: its calendar, closures included, and its session hours, local to `calendar.zone`.
        is_violent_felony: whether a charge, by statute and level, is on the list that the profile names.
        qualification: which values of a contact's `qualification` count, and for what.
        content: the text of the profile's file.
        content_hash: the SHA-256 of the file's bytes, in hexadecimal.
        holidays: the court's holidays as listed in the profile's `calendar_file`; empty if they are computed.
        closures: days other than holidays on which the court is closed.
    """

    name: str
    version: int
    source: str
    in_force_from: date
    in_force_until: date | None
    successor: str | None
    limits: tuple[Limit, ...]
    court: Court
    release_dates_public: bool
    is_violent_felony: IsViolentFelony
    qualification: Qualifications
    notices: Notices
    content: str
    content_hash: str
    holidays: ListedDays
    closures: ListedDays
    fingerprint: str = field(init=False, repr=False)
    """16 hexadecimal digits that identify these rules: the file's content, listed days included."""
    _applicable: dict[tuple[ArrestKind, bool], tuple[Limit, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        kinds: tuple[ArrestKind, ...] = ("warrantless", "warrant")
        applicable = {
            (kind, found): tuple(
                limit
                for limit in self.limits
                if limit.applies(kind) and not (found and limit.awaits_probable_cause)
            )
            for kind in kinds
            for found in (False, True)
        }
        object.__setattr__(self, "_applicable", applicable)
        object.__setattr__(self, "fingerprint", self._compute_fingerprint())

    @property
    def calendar(self) -> Calendar:
        """The court calendar in the profile's time zone, closures included."""
        return self.court.calendar

    @property
    def session_opens(self) -> time:
        """The local time at which the court's session begins."""
        return self.court.opens

    @property
    def session_closes(self) -> time:
        """The local time at which the court's session ends."""
        return self.court.closes

    def applicable(self, kind: ArrestKind, *, probable_cause_found: bool) -> tuple[Limit, ...]:
        """The enabled limits that apply to an arrest of a kind, in the profile's order; never empty.

        Once probable cause has been found, the limits that await that finding no longer apply.
        """
        return self._applicable[kind, probable_cause_found]

    def out_of_dates(self, day: date) -> str | None:
        """A warning, in one sentence, if the profile is not good for an arrest on a local day; else None.

        The day may be outside the dates between which the profile is in force, or its `calendar_file` may
        list no holidays for a year that a limit may reach.
        """
        if day < self.in_force_from:
            return f"Profile {self.name} is in force from {self.in_force_from}, and {day} is before that."
        if self.in_force_until is not None and day > self.in_force_until:
            after = f"its successor is {self.successor}" if self.successor else "it names no successor"
            return (
                f"Profile {self.name} was in force until {self.in_force_until}, and {day} is after that; "
                f"{after}."
            )
        return self._unlisted_year(day)

    def out_of_dates_at(self, instant: datetime) -> str | None:
        """The same warning for the local day that contains an aware instant."""
        return self.out_of_dates(self.calendar.day_of(instant).date)

    def _unlisted_year(self, day: date) -> str | None:
        listed = {holiday.year for holiday in self.holidays.days}
        last_day = date.fromordinal(min(day.toordinal() + _LONGEST_LIMIT_DAYS, date.max.toordinal()))
        unlisted = {day.year, last_day.year} - listed
        if not listed or not unlisted:
            return None
        return (
            f"Profile {self.name} lists no court holidays for {min(unlisted)}: "
            "add them to its calendar_file, or deadlines that run into that year may be too early."
        )

    def _compute_fingerprint(self) -> str:
        listed = [
            sorted((day.isoformat(), name) for day, name in days.days.items())
            for days in (self.closures, self.holidays)
        ]
        whole = f"{self.content_hash}{listed}".encode()
        return hashlib.sha256(whole).hexdigest()[:16]
