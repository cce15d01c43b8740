"""A lease whose end is judged by its age as observed, never by a wall clock.

An expiry in the store follows the store's wall clock: set back by an hour, it leaves a dead holder's lease
for an hour. So a lease's value changes with every renewal, and whoever has seen the same value for the time
of the lease, by its own monotonic clock, may take it over. The expiry is kept as well, for the usual case.
"""

import secrets
import time
from typing import Any, Final

from worker.store.connection import Client

# A value is the holder's token, a blank, and how often it has been renewed.
_TAKE: Final = """
local held = redis.call('GET', KEYS[1])
if held and string.match(held, '^%S+') ~= ARGV[1] and held ~= ARGV[4] then return held end
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2], 'PX', ARGV[3])
"""
_RENEW: Final = """
if string.match(redis.call('GET', KEYS[1]) or '', '^%S*') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2], 'PX', ARGV[3])
return 1
"""
RELEASE: Final = """
if string.match(redis.call('GET', KEYS[1]) or '', '^%S*') == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""


class Observed:
    """For how long this process has seen another's lease unchanged."""

    def __init__(self, lease_seconds: float) -> None:
        self._lease_seconds = lease_seconds
        self._value: bytes | None = None
        self._since = 0.0

    def see(self, value: bytes | None) -> None:
        """The lease has this value now; None if nobody else holds it."""
        if value != self._value:
            self._value, self._since = value, time.monotonic()

    @property
    def expired(self) -> bytes:
        """The value that may be taken over; empty if there is none."""
        is_expired = self._value is not None and time.monotonic() - self._since >= self._lease_seconds
        return self._value if is_expired and self._value else b""


class Lease:
    """One attempt to hold a lease.

    Attributes:
        token: of this holder.
    """

    def __init__(self, client: Client, key: str, seconds: float, observed: Observed) -> None:
        self.token = secrets.token_hex(8)
        self._client: Any = client
        self._key = key
        self._milliseconds = int(seconds * 1000)
        self._observed = observed
        self._renewals = 0

    def acquire(self) -> bool:
        """Take the lease; False if another holds it."""
        expired = self._observed.expired
        held = self._client.eval(_TAKE, 1, self._key, self.token, self._renewals, self._milliseconds, expired)
        self._observed.see(held)
        return held is None

    def renew(self) -> bool:
        """Hold it for the whole time again; False if it is another's by now, or expired."""
        return bool(self._client.eval(_RENEW, 1, self._key, *self.renewal()))

    def renew_in(self, pipeline: Any) -> None:
        """As `renew`, in a pipeline; its answer is 1 or 0."""
        pipeline.eval(_RENEW, 1, self._key, *self.renewal())

    def renewal(self) -> tuple[str, int, int]:
        """What a script that renews it needs: the token, how often it was renewed, the time in ms."""
        self._renewals += 1
        return self.token, self._renewals, self._milliseconds

    def release(self) -> None:
        """Give it up, if it is still ours."""
        self._client.eval(RELEASE, 1, self._key, self.token)
