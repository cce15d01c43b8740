"""Which rules decide which record: those it was booked under, whatever the site uses now."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from worker.custody.record import Record
from worker.custody.rules import Rules, missing_profile
from worker.law.profile import Profile
from worker.store import kept_profiles
from worker.store.connection import Client
from worker.store.keys import Keys

_ASK_AGAIN_SECONDS: Final = 1.0
"""Thousands of records may be due that were booked under a profile that is missing."""


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
        self._missed_at: dict[str, float] = {}
        """When a profile was last looked for in vain, by fingerprint, on the monotonic clock."""

    def keep_current(self) -> None:
        """Store the current profile's content in every shard, unless it is there whole."""
        self._keep(self.current.profile)

    def use(self, profile: Profile) -> Rules:
        """The site's rules under another profile, whose content is stored as well."""
        self._keep(profile)
        return self._learn(profile)

    def known(self, fingerprint: str) -> Rules:
        """The rules under a profile that is in use here.

        Raises:
            KeyError: it is not.
        """
        return self._known[fingerprint]

    def of(self, record: Record | None) -> Rules:
        """The rules that decide this record; the current ones for a new booking.

        They are without a profile if the one that the record was booked under is missing.
        """
        if record is None or record.state == "awaiting_booking":
            return self.current
        rules = self._known.get(record.profile.fingerprint) or self._find(record.profile.fingerprint)
        return rules or replace(self.current, known_profile=None)

    def profile_of(self, record: Record) -> Profile:
        """The profile that decides this record.

        Raises:
            worker.custody.rules.MissingProfileError: it cannot be found.
        """
        profile = self.of(record).known_profile
        if profile is None:
            raise missing_profile(record)
        return profile

    def mend(self) -> list[str]:
        """Store again what is known here and missing or damaged there, and learn what is known there alone.

        Returns:
            The fingerprints of profiles that are damaged, or were looked for in vain, and are known nowhere.
        """
        wanted = set(self._missed_at)
        for keys in self._keys:
            wanted |= set(kept_profiles.fingerprints(self._client, keys))
        lost = [found for found in sorted(wanted - self._known.keys()) if self._find(found) is None]
        for rules in list(self._known.values()):
            self._keep(rules.profile)
        return lost

    def _find(self, fingerprint: str) -> Rules | None:
        now = time.monotonic()
        if now - self._missed_at.get(fingerprint, now - _ASK_AGAIN_SECONDS) < _ASK_AGAIN_SECONDS:
            return None
        for keys in self._keys:
            profile = kept_profiles.load(self._client, keys, fingerprint)
            if profile is not None:
                self._missed_at.pop(fingerprint, None)
                return self._learn(profile)
        self._missed_at[fingerprint] = now
        return None

    def _learn(self, profile: Profile) -> Rules:
        return self._known.setdefault(profile.fingerprint, replace(self.current, known_profile=profile))

    def _keep(self, profile: Profile) -> None:
        for keys in self._keys:
            kept_profiles.keep(self._client, keys, profile)
