"""Is this installation safe to rely on? Checked against the running store and broker."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from redis.exceptions import RedisError

from worker.clock import SystemClock
from worker.law.errors import LawError
from worker.law.profiles import load_profile
from worker.store import records, rejects, timers
from worker.store.awake import AWAKE_SECONDS, is_awake
from worker.store.connection import Client
from worker.store.context import Context

Verdict: TypeAlias = Literal["ok", "warning", "unsafe"]

_SKEW_LIMIT: Final = timedelta(seconds=2)
_OLDEST_REDIS: Final = (7, 2)
_LONGEST_LATE: Final = timedelta(seconds=5)
_LONGEST_WAIT: Final = timedelta(seconds=10)

STORE_SETTINGS: Final = (
    ("persistence", "appendonly", "yes", "a restart would lose records"),
    ("durability", "appendfsync", "always", "a crash may lose the last second"),
    ("eviction", "maxmemory-policy", "noeviction", "timers could be evicted"),
)
"""Check, setting, the value it must have, and what happens otherwise."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What there is to examine.

    Attributes:
        client: of the store, before anything is known of it.
        profile: the name of the site's profile, or its path.
        routes: the routing file, if one is set; checked, otherwise unused: notices go to `notices_file`.
        probe_broker: returns if the broker answers, raises otherwise.
        open_context: connects in full, once the profile is known to be usable.
    """

    client: Client
    profile: str
    routes: Path | None
    notices_file: Path
    probe_broker: Callable[[], None]
    open_context: Callable[[], Context]


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check, with what to do where it is not `ok`."""

    check: str
    verdict: Verdict
    detail: str

    def to_document(self) -> dict[str, str]:
        """For a program."""
        return asdict(self)


def examine(installation: Installation) -> list[Finding]:
    """Every finding, the most important first.

    Raises:
        redis.exceptions.RedisError: the store does not answer at all.
    """
    client: Any = installation.client
    client.ping()
    profile = _profile(installation.profile)
    findings = [
        *_store(client),
        _broker(installation.probe_broker),
        _routes(installation.routes, installation.notices_file),
        profile,
    ]
    if profile.verdict != "unsafe":
        context = installation.open_context()
        findings += [_worker(context), _skew(context), *_records(context)]
    return findings


def _store(client: Any) -> Iterator[Finding]:
    server = client.info("server")
    if "valkey_version" in server:
        yield Finding("store", "ok", f"Valkey {server['valkey_version']}")
    else:
        version = server["redis_version"]
        old = tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < _OLDEST_REDIS
        needs = ": needs 7.2 or later" if old else ""
        yield Finding("store", "unsafe" if old else "ok", f"Redis {version}{needs}")
    for check, setting, wanted, otherwise in STORE_SETTINGS:
        yield _configured(client, check, setting, wanted, otherwise)


def _configured(client: Any, check: str, setting: str, wanted: str, otherwise: str) -> Finding:
    try:
        value = client.config_get(setting).get(setting)
    except RedisError:
        detail = f"may not read the store's {setting}: check it by hand, it must be {wanted}"
        return Finding(check, "warning", detail)
    if value == wanted:
        return Finding(check, "ok", f"{setting} {value}")
    return Finding(check, "unsafe", f"{setting} is {value}, so {otherwise}: set {setting} {wanted}")


def _broker(probe: Callable[[], None]) -> Finding:
    try:
        probe()
    except Exception as error:
        problem = type(error).__name__
        return Finding("broker", "unsafe", f"does not answer ({problem}): check CUSTODY_BROKER_URL")
    return Finding("broker", "ok", "answers")


def _routes(routes: Path | None, notices_file: Path) -> Finding:
    if routes is None:
        return Finding("routes", "ok", f"none set: notices go to {notices_file}")
    if not routes.is_file():
        return Finding("routes", "unsafe", f"{routes} is no file: check CUSTODY_ROUTES")
    return Finding("routes", "ok", str(routes))


def _profile(name_or_path: str) -> Finding:
    try:
        profile = load_profile(name_or_path)
    except LawError as error:
        return Finding("profile", "unsafe", str(error))
    warning = profile.out_of_dates_at(SystemClock().now())
    return Finding("profile", "warning" if warning else "ok", warning or f"{profile.name} is in force")


def _worker(context: Context) -> Finding:
    asleep = [shard.keys.shard for shard in context.shards if not is_awake(shard.client, shard.keys)]
    if not asleep:
        return Finding("worker", "ok", "at work")
    which = f" of shard {', '.join(map(str, asleep))}" if len(context.shards) > 1 else ""
    detail = f"none has been seen for {AWAKE_SECONDS} s, so nobody{which} is released: start `custody run`"
    return Finding("worker", "unsafe", detail)


def _skew(context: Context) -> Finding:
    if context.simulated:
        return Finding(
            "clock", "warning", "the time of this store is simulated: it must not hold real records"
        )
    asked = time.monotonic()
    skew = context.store_now() - context.clock.now()
    took = timedelta(seconds=time.monotonic() - asked)
    detail = f"{abs(skew).total_seconds():.3f} s between this machine and the store"
    if abs(skew) > _SKEW_LIMIT + took:
        return Finding("clock", "unsafe", f"{detail}: set both by NTP")
    return Finding("clock", "ok", detail)


def _records(context: Context) -> Iterator[Finding]:
    held = without = rejected = waiting = unreadable = overdue = 0
    oldest = timedelta(0)
    now = context.store_now()
    for shard in context.shards:
        waiting += shard.inbox.waiting()
        if (oldest_id := shard.inbox.oldest_id()) is not None:
            oldest = max(oldest, now - context.arrived_at(oldest_id))
        overdue += timers.count_due(shard.client, shard.keys, now - _LONGEST_LATE)
        rejected += rejects.count_not_replayed(shard.client, shard.keys)
        for loaded in records.every(shard.client, shard.keys):
            unreadable += len(loaded.unreadable)
            bookings = [booking for booking, record in loaded.records.items() if record.state == "held"]
            held += len(bookings)
            timed = timers.of_all(shard.client, shard.keys, bookings)
            without += sum(timer is None for timer in timed.values())
    broken = without + unreadable
    detail = f"{held} held, {without} without a timer, {unreadable} unreadable"
    yield Finding("timers", "unsafe" if broken else "ok", detail + (": call for help now" if broken else ""))
    late = f"{overdue} bookings have been due for more than {_LONGEST_LATE.total_seconds():.0f} s"
    yield Finding(
        "releases", "unsafe" if overdue else "ok", f"{late}: call for help now" if overdue else "none is late"
    )
    detail = f"{waiting} events wait"
    if oldest > _LONGEST_WAIT:
        detail += f", the oldest for {oldest.total_seconds():.0f} s: nobody takes them in"
    yield Finding("inbox", "unsafe" if oldest > _LONGEST_WAIT else "ok", detail)
    detail = f"{rejected} events rejected: see `custody rejects list`" if rejected else "none"
    yield Finding("rejects", "warning" if rejected else "ok", detail)
