"""The rules of a site as the core needs them: its profile, and how it watches releases."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from worker.custody.record import Record
from worker.law.errors import ProfileError
from worker.law.profile import Profile

UNKNOWN_BOOKING_AFTER: Final = timedelta(minutes=15)
"""How long an event may wait for its booking before the watch is alarmed."""

WARN_BEFORE: Final = (timedelta(hours=12), timedelta(hours=4), timedelta(hours=1))
"""How long before a deadline the watch is warned, longest first."""

CUSTODY_REQUEST_LASTS: Final = timedelta(minutes=15)

OVERDUE_AFTER: Final = (
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(hours=24),
)
"""How long after a release a person who has not departed is reported, soonest first."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The profile, and the site's settings that the core needs.

    Attributes:
        known_profile: None if the one that the record was booked under is missing. A release needs none:
            the record has the deadline and the limit that governs. Who is sent what depends on it.
        departures_expected: whether upstream reports departures; if not, nobody is reported as still in the
            building; late releases still are.
        late_after: a release later than this after the entitlement is reported as late.
        late_grace: how long a booking that is past its deadline when it arrives waits for the rest of
            upstream's report.
        custody_request_lasts: an older request by ICE at the counter is a contact only: whoever asked may
            have left.
    """

    known_profile: Profile | None
    departures_expected: bool = True
    late_after: timedelta = timedelta(seconds=60)
    late_grace: timedelta = timedelta(seconds=60)
    custody_request_lasts: timedelta = CUSTODY_REQUEST_LASTS

    @property
    def profile(self) -> Profile:
        """The profile, for what cannot be decided without.

        Raises:
            MissingProfileError: it is missing.
        """
        if self.known_profile is None:
            raise MissingProfileError("the rules that the record was booked under are missing")
        return self.known_profile


class MissingProfileError(ProfileError):
    """The profile that a record was booked under is not known, and nothing else may decide in its place."""


def missing_profile(record: Record) -> MissingProfileError:
    """What to do about it, with the booking number."""
    return MissingProfileError(
        f"booking {record.booking} was booked under {record.profile.name} "
        f"({record.profile.fingerprint}), whose content is not in the store: restore the store's "
        "`profiles` key, or give the record another profile with `custody reprofile`"
    )
