"""The profiles that records were booked under, kept beside the records: a hash from fingerprint to content.

Content that does not have the fingerprint of its key is damaged, and counts as missing: no deadline, and no
notice to ICE, is decided by what it says.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson
from redis.exceptions import ResponseError

from worker.law.listed_days import ListedDays
from worker.law.profile import Profile
from worker.law.profiles import restore_profile
from worker.store.connection import Client
from worker.store.keys import Keys


def keep(client: Client, keys: Keys, profile: Profile) -> None:
    """Store a profile, unless it is there; in place of a damaged copy."""
    if load(client, keys, profile.fingerprint) is not None:
        return
    if client.type(keys.profiles) not in {b"hash", b"none"}:
        client.delete(keys.profiles)
    client.hset(keys.profiles, profile.fingerprint, _write(profile))


def load(client: Client, keys: Keys, fingerprint: str) -> Profile | None:
    """The profile with this fingerprint; None if it is missing or damaged."""
    try:
        kept: Any = client.hget(keys.profiles, fingerprint)
    except ResponseError as error:
        _refuse_any_but_a_wrong_type(error)
        return None
    return None if kept is None else _read(kept, fingerprint)


def fingerprints(client: Client, keys: Keys) -> list[str]:
    """The fingerprints under which something is stored, whole or not."""
    try:
        names: Any = client.hkeys(keys.profiles)
    except ResponseError as error:
        _refuse_any_but_a_wrong_type(error)
        return []
    return [name.decode("utf-8", "backslashreplace") for name in names]


def damaged(client: Client, keys: Keys) -> list[str]:
    """The fingerprints whose content is not theirs."""
    return [found for found in fingerprints(client, keys) if load(client, keys, found) is None]


def _refuse_any_but_a_wrong_type(error: ResponseError) -> None:
    """A key of the wrong type holds no profile. Any other error says nothing about what is stored."""
    if not str(error).startswith("WRONGTYPE"):
        raise error


def _write(profile: Profile) -> bytes:
    return orjson.dumps(
        {
            "name": profile.name,
            "content": profile.content,
            "closures": _by_date(profile.closures),
            "holidays": _by_date(profile.holidays),
        }
    )


def _read(kept: bytes, fingerprint: str) -> Profile | None:
    try:
        document = orjson.loads(kept)
        closures, holidays = _days(document["closures"]), _days(document["holidays"])
        profile = restore_profile(document["content"], closures, holidays)
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    return profile if profile.fingerprint == fingerprint else None


def _by_date(listed: ListedDays) -> dict[str, str]:
    return {day.isoformat(): name for day, name in listed.days.items()}


def _days(by_date: Mapping[str, str]) -> dict[date, str]:
    return {date.fromisoformat(day): name for day, name in by_date.items()}
