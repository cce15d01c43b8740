"""Slows down whoever tries tokens that are none, and nobody else."""

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

WINDOW_SECONDS: Final = 60.0
FREE_FAILURES: Final = 5
"""Failures in a window that are answered at once: people mistype."""
MOST_FAILURES: Final = 30
"""Failures in a window after which an address is asked to stay away until the window ends."""
SLOW_SECONDS: Final = 1.0
MOST_ADDRESSES: Final = 4096
MOST_HELD: Final = 64
"""Answers that are held back at a time: a flood of failures must not fill the memory with them."""


@dataclass(slots=True)
class _Window:
    began: float
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Penalty:
    """How a failed attempt is answered.

    Attributes:
        is_slow: the answer waits for `SLOW_SECONDS`.
        retry_after: whole seconds for which the address should stay away; None: it may try again.
        is_first: this failure is the first of a window that costs anything, so the log hears of it once.
    """

    is_slow: bool = False
    retry_after: int | None = None
    is_first: bool = False


class Failures:
    """Counts the failed attempts of each client address.

    A valid token is never asked about here, so no burst of failures keeps anybody out, not even from the same
    address. What keeps a token from being guessed are its 256 random bits; this keeps the load small.
    """

    def __init__(self) -> None:
        self._windows: OrderedDict[str, _Window] = OrderedDict()

    def __len__(self) -> int:
        return len(self._windows)

    def note(self, address: str, now: float) -> Penalty:
        """Count one failure.

        Args:
            address: of the client; of IPv6 the network of 64 bits counts, since a client has all of it.
            now: in seconds of a monotonic clock.
        """
        key = _network(address)
        window = self._windows.pop(key, None)
        if window is None or now - window.began >= WINDOW_SECONDS:
            window = _Window(now)
        window.failures += 1
        self._windows[key] = window
        while len(self._windows) > MOST_ADDRESSES:
            self._windows.popitem(last=False)
        if window.failures <= FREE_FAILURES:
            return Penalty()
        is_first = window.failures == FREE_FAILURES + 1
        if window.failures <= MOST_FAILURES:
            return Penalty(is_slow=True, is_first=is_first)
        return Penalty(True, max(1, round(WINDOW_SECONDS - (now - window.began))))


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
