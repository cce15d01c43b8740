"""A limit: a rule for how long an arrest may last, with the source that it comes from."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias

from worker.law.arrest import Arrest, ArrestKind
from worker.law.court import Court
from worker.law.steps import Trail

AppliesTo: TypeAlias = Literal["every_arrest", "warrantless_arrest"]

Rule: TypeAlias = Callable[[Arrest, Court, Trail], datetime]
"""Gives the exact UTC instant at which the limit expires, and appends its steps to the trail."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit on how long an arrest may last.

    Attributes:
        citation: the source of the rule.
        quote: a few words of the source.
        in_force_from: the first day on which the source is in force.
        in_force_until: the last such day; None if it is open.
        awaits_probable_cause: whether the limit ceases to apply once probable cause has been found.
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
