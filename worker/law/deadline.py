"""The deadline of an arrest: the earliest of the limits that a profile enables."""

from dataclasses import dataclass
from datetime import datetime

from worker.law.arrest import Arrest
from worker.law.errors import LawError
from worker.law.explanation import Explanation, LeftOut, LimitExplanation
from worker.law.limit import Limit
from worker.law.profile import Profile
from worker.law.rounding import whole_milliseconds_up
from worker.law.steps import Step

_OUT_OF_RANGE = "a limit would run outside the years 1 to 9999"


@dataclass(frozen=True, slots=True)
class Governing:
    """The limit that governs, by name, and its deadline in UTC, rounded up to a whole millisecond."""

    limit: str
    deadline: datetime


def governing(arrest: Arrest, profile: Profile, *, probable_cause_found: bool) -> Governing:
    """The limit that expires first; of limits that expire together, the one that the profile lists first.

    Once probable cause has been found, the limits that await that finding no longer apply.

    Raises:
        LawError: a limit would run outside the years 1 to 9999.
    """
    earliest = _earliest(_limits(arrest, profile, probable_cause_found=probable_cause_found))
    return Governing(earliest.limit.name, earliest.expires_at)


def explain(arrest: Arrest, profile: Profile, *, probable_cause_found: bool = False) -> Explanation:
    """Every enabled limit that applies to an arrest, in the profile's order, with its steps.

    Raises:
        LawError: a limit would run outside the years 1 to 9999.
    """
    limits = _limits(arrest, profile, probable_cause_found=probable_cause_found)
    earliest = _earliest(limits)
    return Explanation(
        arrest=arrest,
        profile=profile,
        limits=limits,
        left_out=_left_out(arrest, profile, limits),
        governing=earliest.limit.name,
        deadline=earliest.expires_at,
    )


def _limits(arrest: Arrest, profile: Profile, *, probable_cause_found: bool) -> tuple[LimitExplanation, ...]:
    try:
        return tuple(
            _explain(limit, arrest, profile)
            for limit in profile.applicable(arrest.kind, probable_cause_found=probable_cause_found)
        )
    except OverflowError as error:
        raise LawError(_OUT_OF_RANGE) from error


def _explain(limit: Limit, arrest: Arrest, profile: Profile) -> LimitExplanation:
    trail: list[Step] = []
    exact = limit.rule(arrest, profile.court, trail)
    return LimitExplanation(limit, whole_milliseconds_up(exact), tuple(trail))


def _earliest(limits: tuple[LimitExplanation, ...]) -> LimitExplanation:
    """The first to expire; of those that expire together, the first in the profile's order."""
    return min(limits, key=lambda explained: explained.expires_at)


def _left_out(
    arrest: Arrest, profile: Profile, explained: tuple[LimitExplanation, ...]
) -> tuple[LeftOut, ...]:
    bind = {one.limit.name for one in explained}
    return tuple(
        LeftOut(
            limit.name,
            "ended by the finding of probable cause"
            if limit.applies(arrest.kind)
            else "applies only to an arrest without a warrant",
        )
        for limit in profile.limits
        if limit.name not in bind
    )
