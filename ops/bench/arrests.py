"""Finds the arrest whose lawful deadline is a given instant, by searching with `worker.law`."""

from datetime import datetime, timedelta
from typing import Final

from worker.law.arrest import Arrest
from worker.law.deadline import governing
from worker.law.profile import Profile
from worker.store.unix_ms import from_ms, to_ms

_LONGEST: Final = timedelta(days=14)


class NoSuchArrestError(LookupError):
    """No arrest has its deadline at this instant; under the 2016 policy, none ends on a Sunday."""


class ArrestFinder:
    """Finds arrests under one profile, trying first the distance that fitted the previous deadline."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._last_length = timedelta()

    def arrested_at(self, deadline: datetime) -> datetime:
        """The instant of the arrest that must end at this deadline, a whole millisecond.

        Raises:
            NoSuchArrestError: there is none.
        """
        guess = deadline - self._last_length
        if self._deadline(guess) != deadline:
            guess = self._search(deadline)
            self._last_length = deadline - guess
        return guess

    def _search(self, deadline: datetime) -> datetime:
        """Bisect for the earliest arrest with this deadline: a later arrest never has an earlier one."""
        low, high = to_ms(deadline - _LONGEST), to_ms(deadline)
        while low < high:
            middle = (low + high) // 2
            if self._deadline(from_ms(middle)) < deadline:
                low = middle + 1
            else:
                high = middle
        found = from_ms(low)
        if self._deadline(found) != deadline:
            raise NoSuchArrestError(
                f"no arrest ends at {deadline.isoformat()} under {self._profile.name}: use another profile"
            )
        return found

    def _deadline(self, arrested_at: datetime) -> datetime:
        arrest = Arrest(arrested_at, arrested_at)
        return governing(arrest, self._profile, probable_cause_found=False).deadline
