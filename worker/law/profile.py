"""A profile: one dated set of rules, with its limits, its court, its notices and its hand-over rule."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, time

from worker.law.arrest import ArrestKind
from worker.law.calendar import Calendar
from worker.law.court import Court
from worker.law.jurisdiction import IsViolentFelony
from worker.law.limit import Limit
from worker.law.listed_days import ListedDays
from worker.law.profile_file import Notices, Qualifications


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """One set of rules and the dates for which it was made. Dates are local, both inclusive; None is open.

    Attributes:
        limits: in the profile's order; a tie goes to the first.
        court: its calendar, closures included, and its session hours, local to `calendar.zone`.
        is_violent_felony: whether a charge, by statute and level, is on the list that the profile names.
        qualification: which words of a contact's qualification count for what.
        content: the text of the profile's file; `content_hash` is the SHA-256 of its bytes in hexadecimal.
        holidays: the court's holidays where the profile lists them in a file; empty where they are computed.
        closures: days beyond the holidays on which the court is closed.
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
    """Tells one content of rules from another, listed days included: 16 hexadecimal digits."""
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
        """The court calendar in the profile's time zone, extra closures included."""
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
        """The enabled limits for an arrest of a kind, in the profile's order; never empty.

        Those that await a finding of probable cause are left out once it has been made.
        """
        return self._applicable[kind, probable_cause_found]

    def out_of_dates(self, day: date) -> str | None:
        """One sentence if the profile cannot be relied on for a local day, and what to do; None if it can.

        It may have been made for other days, or its file of court holidays may end before that year does.
        """
        if day < self.in_force_from:
            return (
                f"Profile {self.name} is in force only from {self.in_force_from}, and {day} is before that."
            )
        if self.in_force_until is not None and day > self.in_force_until:
            after = f"its successor is {self.successor}" if self.successor else "it names no successor"
            return (
                f"Profile {self.name} was in force until {self.in_force_until}, and {day} is after that; "
                f"{after}."
            )
        last_listed = max(self.holidays.days, default=None)
        if last_listed is not None and day.year > last_listed.year:
            return (
                f"Profile {self.name} lists court holidays up to {last_listed}, and {day} is a later year: "
                "add the new ones to its calendar_file, or deadlines will be early."
            )
        return None

    def _compute_fingerprint(self) -> str:
        listed = [
            sorted((day.isoformat(), name) for day, name in days.days.items())
            for days in (self.closures, self.holidays)
        ]
        whole = f"{self.content_hash}{listed}".encode()
        return hashlib.sha256(whole).hexdigest()[:16]
