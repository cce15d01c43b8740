"""Passes on what a part prints, each line once: a board that is started again would repeat its address."""

import os
import threading
from contextlib import suppress
from typing import IO, Final

_STANDARD_OUTPUT: Final = 1


class SaidOnce:
    """The lines that one part has printed so far. They may hold a token, so they go to no log."""

    def __init__(self) -> None:
        self._said: set[bytes] = set()

    def pass_on(self, printed: IO[bytes]) -> None:
        """Pass on to standard output, until this is closed; returns at once."""
        threading.Thread(target=self._pass_on, args=(printed,), name="part-output", daemon=True).start()

    def _pass_on(self, printed: IO[bytes]) -> None:
        with printed:
            for line in printed:
                if line not in self._said:
                    self._said.add(line)
                    with suppress(OSError):
                        os.write(_STANDARD_OUTPUT, line)
