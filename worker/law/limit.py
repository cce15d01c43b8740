"""What a limit is: a rule for how long an arrest may last, with the law it comes from."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias

from worker.law.arrest import Arrest, ArrestKind
from worker.law.court import Court
from worker.law.steps import Trail

AppliesTo: TypeAlias = Literal["every_arrest", "warrantless_arrest"]

Rule: TypeAlias = Callable[[Arrest, Court, Trail], datetime]
"""Gives the exact UTC instant at which the limit expires; writes its steps to the trail."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit on how long an arrest may last.

    `citation` is its source and `quote` a few of its words. `in_force_from` and `in_force_until` are the days
    between which the source is good (both inclusive, None for open). A limit that `awaits_probable_cause`
    ends with a finding of probable cause.
    """

    name: str
    citation: str
    quote: str
    in_force_from: date
    in_force_until: date | None
    applies_to: AppliesTo
    awaits_probable_cause: bool
    rule: Rule

    def applies(self, kind: ArrestKind) -> bool:
        """Whether the limit applies to an arrest of this kind."""
        return self.applies_to == "every_arrest" or kind == "warrantless"
