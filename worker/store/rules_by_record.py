"""Which rules decide which record: those it was booked under, whatever the site uses now."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import orjson

from worker.custody.record import Record
from worker.custody.rules import Rules
from worker.law.errors import ProfileError
from worker.law.listed_days import ListedDays
from worker.law.profile import Profile
from worker.law.profiles import restore_profile
from worker.store.connection import Client
from worker.store.keys import Keys


class RulesByRecord:
    """The rules for new bookings, and those of records booked under others.

    The content of each profile is kept in the store, beside the records, so that editing, moving or deleting
    a profile file changes no running record.
    """

    def __init__(self, current: Rules, client: Client, keys: Sequence[Keys]) -> None:
        self.current = current
        self._client = client
        self._keys = keys
        self._known = {current.profile.fingerprint: current}

    def keep_current(self) -> None:
        """Store the current profile's content in every shard, unless it is there."""
        self._keep(self.current.profile)

    def use(self, profile: Profile) -> Rules:
        """The site's rules under another profile, whose content is stored as well."""
        self._keep(profile)
        return self._known.setdefault(profile.fingerprint, replace(self.current, profile=profile))

    def known(self, fingerprint: str) -> Rules:
        """The rules under a profile that is in use here.

        Raises:
            KeyError: it is not.
        """
        return self._known[fingerprint]

    def of(self, record: Record | None) -> Rules:
        """The rules that decide this record; the current ones for a new booking.

        Raises:
            ProfileError: the rules that the record was booked under cannot be found.
        """
        if record is None or record.state == "awaiting_booking":
            return self.current
        rules = self._known.get(record.profile.fingerprint)
        if rules is None:
            rules = replace(self.current, profile=self._restore(record))
            self._known[record.profile.fingerprint] = rules
        return rules

    def _keep(self, profile: Profile) -> None:
        content = orjson.dumps(
            {
                "name": profile.name,
                "content": profile.content,
                "closures": _by_date(profile.closures),
                "holidays": _by_date(profile.holidays),
            }
        )
        for keys in self._keys:
            self._client.hsetnx(keys.profiles, profile.fingerprint, content)

    def _restore(self, record: Record) -> Profile:
        for keys in self._keys:
            kept = self._client.hget(keys.profiles, record.profile.fingerprint)
            if kept:
                document = orjson.loads(kept)
                closures, holidays = _days(document["closures"]), _days(document["holidays"])
                return restore_profile(document["content"], closures, holidays)
        raise ProfileError(
            f"booking {record.booking} was booked under {record.profile.name} "
            f"({record.profile.fingerprint}), whose content is not in the store: restore the store's "
            "`profiles` key, or give the record another profile with `custody reprofile`"
        )


def _by_date(listed: ListedDays) -> dict[str, str]:
    return {day.isoformat(): name for day, name in listed.days.items()}


def _days(by_date: Mapping[str, str]) -> dict[date, str]:
    return {date.fromisoformat(day): name for day, name in by_date.items()}
