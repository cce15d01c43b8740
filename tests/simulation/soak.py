"""Enumerates every sequence of facts: `make soak`, or `python -m tests.simulation.soak --help`."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.pool import Pool

from tests.simulation.alphabet import ALPHABET
from tests.simulation.enumeration import Enumeration, Map
from tests.simulation.points import Point
from tests.simulation.sent import BrokenPromiseError
from tests.simulation.world import just_booked, start
from tests.support.tracked import PROFILES

_SECONDS_BETWEEN_LINES = 15.0


class Progress:
    """A line now and then that says how far it is."""

    def __init__(self, name: str, enumeration: Enumeration) -> None:
        self._name, self._enumeration = name, enumeration
        self._played = 0
        self._shown_at = time.monotonic()

    def __call__(self, points: int) -> None:
        self._played += points
        if time.monotonic() - self._shown_at < _SECONDS_BETWEEN_LINES:
            return
        self._shown_at = time.monotonic()
        known = f"{self._enumeration.points:,} points, {self._enumeration.transitions:,} transitions"
        print(f"  {self._name}: {self._played:,} points played on; {known} in all", flush=True)


def enumerate_all(name: str, begin: Point, facts: int, apply: Map) -> None:
    """Every sequence of up to so many facts; prints what was counted.

    Raises:
        BrokenPromiseError: a promise does not hold; the message has the sequence.
    """
    began = time.monotonic()
    enumeration = Enumeration(begin, apply)
    sequences = 0
    for _ in range(facts):
        enumeration.add_fact(Progress(name, enumeration))
        sequences = enumeration.sequences.total()
    enumeration.end(Progress(name, enumeration))
    print(
        f"{name}: {sequences:,} sequences of {facts} facts by {enumeration.transitions:,} transitions "
        f"between {enumeration.points:,} points, {time.monotonic() - began:.0f} s: every promise held",
        flush=True,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the enumeration; exit status 1 if a promise is broken, 130 if it was interrupted."""
    parser = argparse.ArgumentParser(description="Enumerates every sequence of facts that the core can meet.")
    parser.add_argument("--facts", type=_count, default=4, help="facts after the booking (default: 4)")
    parser.add_argument(
        "--unbooked", type=_count, default=3, help="facts where the booking need not come first (default: 3)"
    )
    parser.add_argument("--profile", action="append", choices=PROFILES, help="default: every profile")
    parser.add_argument("--processes", type=_count, default=0, help="default: one per core")
    options = parser.parse_args(arguments)
    processes = options.processes or os.cpu_count() or 1
    print(f"{len(ALPHABET)} letters, {processes} at work", flush=True)
    with get_context("spawn").Pool(processes, signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
        try:
            for profile in options.profile or PROFILES:
                _both(profile, options.facts, options.unbooked, pool)
        except BrokenPromiseError as error:
            print(f"BROKEN {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130
    return 0


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError("a number, 0 or more")
    return int(text)


def _both(profile: str, facts: int, unbooked: int, pool: Pool) -> None:
    if facts:
        enumerate_all(f"{profile}, booked", just_booked(profile), facts, pool.imap)
    if unbooked:
        enumerate_all(f"{profile}, not booked first", start(profile), unbooked, pool.imap)


if __name__ == "__main__":
    sys.exit(main())
