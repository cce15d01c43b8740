"""What makes an installation safe to rely on, checked against the running store and broker."""

import re
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final, Literal, TypeAlias

from kombu import Connection
from redis.exceptions import RedisError

from worker import runtime
from worker.law.errors import LawError
from worker.law.profile import load_profile
from worker.settings import Settings
from worker.site import Site, open_site
from worker.store import records, rejects, timers
from worker.store.connection import connect

Verdict: TypeAlias = Literal["ok", "warning", "unsafe"]

_SKEW_LIMIT: Final = timedelta(seconds=2)
_OLDEST_REDIS: Final = (7, 2)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked, and what to do about it if it is not right."""

    check: str
    verdict: Verdict
    told: str

    def to_document(self) -> dict[str, str]:
        """For a program."""
        return asdict(self)


def check(settings: Settings, store_url: str) -> list[Finding]:
    """Every finding, in the order in which they matter.

    Raises:
        redis.exceptions.RedisError: the store does not answer at all.
    """
    client: Any = connect(store_url)
    client.ping()
    findings = [*_store(client), _broker(settings), _routes(settings), *_profile(settings)]
    if all(finding.check != "profile" or finding.verdict != "unsafe" for finding in findings):
        site = open_site(settings, store_url)
        findings += [_skew(site), *_records(site)]
    return findings


def _store(client: Any) -> Iterator[Finding]:
    server = client.info("server")
    if "valkey_version" in server:
        yield Finding("store", "ok", f"Valkey {server['valkey_version']}")
    else:
        version = server["redis_version"]
        old = tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < _OLDEST_REDIS
        yield Finding(
            "store", "unsafe" if old else "ok", f"Redis {version}" + (": needs 7.2 or later" if old else "")
        )
    yield _configured(
        client, "persistence", "appendonly", "yes", "a restart would lose records: set appendonly yes"
    )
    yield _configured(
        client,
        "durability",
        "appendfsync",
        "always",
        "a crash may lose the last second: set appendfsync always",
    )
    yield _configured(
        client,
        "eviction",
        "maxmemory-policy",
        "noeviction",
        "timers could be evicted: set maxmemory-policy noeviction",
    )


def _configured(client: Any, name: str, setting: str, wanted: str, otherwise: str) -> Finding:
    try:
        value = client.config_get(setting).get(setting)
    except RedisError:
        return Finding(
            name, "warning", f"may not read the store's {setting}: check it by hand, it must be {wanted}"
        )
    if value == wanted:
        return Finding(name, "ok", f"{setting} {value}")
    return Finding(name, "unsafe", f"{setting} is {value}: {otherwise}")


def _broker(settings: Settings) -> Finding:
    try:
        with Connection(
            runtime.broker_url(settings), transport_options={"socket_connect_timeout": 2}
        ) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=3)
    except Exception as error:
        problem = type(error).__name__
        return Finding("broker", "unsafe", f"does not answer ({problem}): check CUSTODY_BROKER_URL")
    return Finding("broker", "ok", "answers")


def _routes(settings: Settings) -> Finding:
    if settings.routes is None:
        return Finding("routes", "ok", f"none set: notices go to {settings.data_dir / runtime.NOTICES_FILE}")
    if not settings.routes.is_file():
        return Finding("routes", "unsafe", f"{settings.routes} is no file: check CUSTODY_ROUTES")
    return Finding("routes", "ok", str(settings.routes))


def _profile(settings: Settings) -> Iterator[Finding]:
    try:
        profile = load_profile(settings.profile)
    except LawError as error:
        yield Finding("profile", "unsafe", str(error))
        return
    from worker.clock import SystemClock

    warning = profile.out_of_dates(SystemClock().now().date())
    yield Finding("profile", "warning" if warning else "ok", warning or f"{profile.name} is in force")


def _skew(site: Site) -> Finding:
    if site.simulated:
        return Finding("clock", "warning", "this store runs on made-up time: it must not hold real records")
    asked = time.monotonic()
    skew = site.store_now() - site.clock.now()
    took = timedelta(seconds=time.monotonic() - asked)
    told = f"{abs(skew).total_seconds():.3f} s between this machine and the store"
    if abs(skew) > _SKEW_LIMIT + took:
        return Finding("clock", "unsafe", f"{told}: set both by NTP")
    return Finding("clock", "ok", told)


def _records(site: Site) -> Iterator[Finding]:
    held = without = refused = waiting = unreadable = 0
    for shard in site.shards:
        waiting += shard.inbox.waiting()
        refused += rejects.count_not_replayed(shard.client, shard.keys)
        for loaded in records.every(shard.client, shard.keys):
            unreadable += len(loaded.unreadable)
            bookings = [booking for booking, record in loaded.records.items() if record.state == "held"]
            held += len(bookings)
            without += sum(
                timer is None for timer in timers.of_all(shard.client, shard.keys, bookings).values()
            )
    broken = without + unreadable
    told = f"{held} held, {without} without a timer, {unreadable} unreadable"
    yield Finding("timers", "unsafe" if broken else "ok", told + (": call for help now" if broken else ""))
    yield Finding("inbox", "ok", f"{waiting} events wait")
    yield Finding(
        "rejects",
        "warning" if refused else "ok",
        f"{refused} events refused: see `custody rejects list`" if refused else "none",
    )
