"""When a notice that was not taken is tried again."""

import random
from typing import Final

DELAYS_SECONDS: Final = (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 43200, 86400, 86400)
"""After the first attempt, the second …; after the last of them a notice is a dead letter."""

LONGEST_RETRY_AFTER_SECONDS: Final = 24 * 3600

_JITTER: Final = 0.2


def seconds_until_next(attempts: int, retry_after_seconds: float | None = None) -> float | None:
    """How long to wait after this many attempts; None if that was the last.

    Args:
        retry_after_seconds: what the receiver asked for; honoured up to a day, never shorter than the plan.
    """
    if attempts > len(DELAYS_SECONDS):
        return None
    planned = DELAYS_SECONDS[attempts - 1] * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 (no secret)
    return max(planned, min(retry_after_seconds or 0, LONGEST_RETRY_AFTER_SECONDS))
