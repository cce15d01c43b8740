"""Polls a condition, up to a time limit, where another process cannot notify the test."""

import threading
import time
from collections.abc import Callable
from typing import Final

_PAUSE_SECONDS: Final = 0.02


def wait_until(condition: Callable[[], object], seconds: float) -> bool:
    """Whether the condition came true within so many real seconds; checked fifty times a second."""
    give_up_at = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up_at:
            return False
        threading.Event().wait(_PAUSE_SECONDS)
    return True
