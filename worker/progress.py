"""How far each thread of this process has come, for whoever watches that one does not stand still."""

import threading
from typing import Final

_steps: Final[dict[int, int]] = {}
"""By thread; each writes its own count only, so no lock is needed."""


def note() -> None:
    """The calling thread has come further: a round is done, or the store has answered or failed to."""
    ident = threading.get_ident()
    _steps[ident] = _steps.get(ident, 0) + 1


def of(thread: threading.Thread) -> int:
    """How often this thread has come further; only a change means something."""
    return _steps.get(thread.ident or 0, 0)
