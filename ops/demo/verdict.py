"""The result of one check of the demo."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_SHOWN: Final = 3


class Verdict(StrEnum):
    """Whether a promise was kept."""

    OK = "ok"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Check:
    """A promise, whether it was kept, and the numbers."""

    promise: str
    verdict: Verdict
    found: str


def judge(promise: str, faults: Iterable[str], found: str) -> Check:
    """The promise is kept if there are no faults; otherwise the first faults replace `found`."""
    broken = list(faults)
    if not broken:
        return Check(promise, Verdict.OK, found)
    more = f"; and {len(broken) - _SHOWN} more" if len(broken) > _SHOWN else ""
    return Check(promise, Verdict.FAILED, "; ".join(broken[:_SHOWN]) + more)
