"""Does the store keep what it acknowledges, and is it one that may be written to?"""

import re
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from redis.exceptions import NoPermissionError, ResponseError

from worker.clock import SystemClock
from worker.desk.doctor.finding import Result, ok, unsafe, warning
from worker.desk.doctor.installation import Installation
from worker.store.awake import SET_BACK_LIMIT, clock_behind, describe
from worker.store.connection import Client
from worker.store.keys import Keys

OLDEST_REDIS: Final = (7, 2)

_SKEW_LIMIT: Final = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class StoreSetting:
    """A setting of the store, the value it must have, and what happens otherwise."""

    check: str
    name: str
    wanted: str
    otherwise: str

    def examine(self, installation: Installation) -> Result:
        """Compare it. A store that may not be asked is not unsafe for that."""
        client: Any = installation.client
        try:
            value = client.config_get(self.name).get(self.name)
        except ResponseError as error:
            return _unasked(error, f"{self.name}: check by hand that it is {self.wanted}")
        if value is None:
            return warning(
                f"this store has no {self.name}: check by hand that {self.otherwise} is impossible"
            )
        if value == self.wanted:
            return ok(f"{self.name} {value}")
        return unsafe(f"{self.name} is {value}, so {self.otherwise}: set {self.name} {self.wanted}")


SETTINGS: Final = (
    StoreSetting("persistence", "appendonly", "yes", "a restart would lose records"),
    StoreSetting("durability", "appendfsync", "always", "a crash may lose the last second"),
    StoreSetting("eviction", "maxmemory-policy", "noeviction", "timers could be evicted"),
)


def is_on_disk(client: Client) -> bool | None:
    """Whether the store writes every change to disk before it answers; None if it may not be asked."""
    kept = {setting.name: setting.wanted for setting in SETTINGS[:2]}
    asked: Any = client
    try:
        found = asked.config_get(*kept)
    except ResponseError:
        return None
    return bool(found == kept) if found.keys() == kept.keys() else None


def version(installation: Installation) -> Result:
    """Valkey, or a Redis that has what the scripts need."""
    client: Any = installation.client
    try:
        server = client.info("server")
    except ResponseError as error:
        return _unasked(error, "version: check by hand that it is Valkey, or Redis 7.2 or later")
    if "valkey_version" in server:
        return ok(f"Valkey {server['valkey_version']}")
    found = str(server["redis_version"])
    if tuple(int(part) for part in re.findall(r"\d+", found)[:2]) < OLDEST_REDIS:
        return unsafe(f"Redis {found} is too old: use Valkey, or Redis 7.2 or later")
    return ok(f"Redis {found}")


def role(installation: Installation) -> Result:
    """A replica takes no write, so nobody would be released by it."""
    client: Any = installation.client
    try:
        replication = client.info("replication")
    except ResponseError as error:
        return _unasked(error, "role: check by hand that it is no replica")
    if replication["role"] == "master":
        return ok("primary")
    where = f"{replication.get('master_host')}:{replication.get('master_port')}"
    return unsafe(f"a replica of {where}, which takes no writes: set CUSTODY_STORE_URL to the primary")


def writes(installation: Installation) -> Result:
    """A store may answer and refuse every write: a full memory or disk, too few replicas."""
    try:
        # Of nothing, into a key that is not there: refused as any write is, and without effect.
        installation.client.setrange(Keys(0).probe, 0, "")
    except NoPermissionError:
        return warning("may not be tried as this user of the store: ask as `operator`")
    except ResponseError as error:
        return unsafe(f"refuses writes ({error}), so nobody is released until it takes them")
    return ok("taken")


def clock(installation: Installation) -> Result:
    """The clocks of this machine and of the store."""
    store = installation.store
    if store.simulated:
        return warning("the time of this store is simulated: it must not hold real records")
    behind = max(clock_behind(shard.client, shard.keys) for shard in store.shards)
    if behind > SET_BACK_LIMIT:
        return unsafe(describe(behind))
    asked = time.monotonic()
    skew = store.store_now() - SystemClock().now()
    took = timedelta(seconds=time.monotonic() - asked)
    detail = f"{abs(skew).total_seconds():.3f} s between this machine and the store"
    return unsafe(f"{detail}: set both by NTP") if abs(skew) > _SKEW_LIMIT + took else ok(detail)


def _unasked(error: ResponseError, what: str) -> Result:
    """The command is forbidden, renamed or not offered: each service says so in its own words."""
    return warning(f"cannot ask the store ({error}) for its {what}")
