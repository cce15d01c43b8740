"""Which policy decides which record: the one that it was booked under, whatever the site uses by now."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import orjson

from worker.custody.policy import Policy
from worker.custody.record import Record
from worker.law.errors import ProfileError
from worker.law.profile import Profile, restore_profile
from worker.store.connection import Client
from worker.store.keys import Keys


class Policies:
    """The policy for new bookings, and those of records booked under other rules.

    The content of each profile is kept in the store, beside the records, so that a profile file that is
    edited, moved or deleted changes no record that is running.
    """

    def __init__(self, current: Policy, client: Client, keys: Sequence[Keys]) -> None:
        self.current = current
        self._client = client
        self._keys = keys
        self._known = {current.profile.fingerprint: current}

    def keep_current(self) -> None:
        """Put the current profile's content into every shard, unless it is there."""
        profile = self.current.profile
        content = orjson.dumps(
            {
                "name": profile.name,
                "content": profile.content,
                "closures": {day.isoformat(): name for day, name in profile.closures.days.items()},
            }
        )
        for keys in self._keys:
            self._client.hsetnx(keys.profiles, profile.fingerprint, content)

    def of(self, record: Record | None) -> Policy:
        """The policy that decides this record; the current one for a booking that is new.

        Raises:
            ProfileError: the rules that the record was booked under are not to be found.
        """
        if record is None or record.state == "awaiting_booking":
            return self.current
        policy = self._known.get(record.profile.fingerprint)
        if policy is None:
            policy = replace(self.current, profile=self._restore(record))
            self._known[record.profile.fingerprint] = policy
        return policy

    def _restore(self, record: Record) -> Profile:
        for keys in self._keys:
            kept = self._client.hget(keys.profiles, record.profile.fingerprint)
            if kept:
                told = orjson.loads(kept)
                closures = {date.fromisoformat(day): name for day, name in told["closures"].items()}
                return restore_profile(told["content"], closures)
        raise ProfileError(
            f"booking {record.booking} was booked under {record.profile.name} "
            f"({record.profile.fingerprint}), whose content is not in the store: restore the store's "
            "`profiles` key, or use `custody reprofile`"
        )
