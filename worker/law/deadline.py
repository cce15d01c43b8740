"""The instant at which an arrest must end: the earliest of the limits that a profile enables."""

from dataclasses import dataclass
from datetime import datetime

from worker.law.arrest import Arrest
from worker.law.errors import LawError
from worker.law.explanation import Explanation, LeftOut, LimitExplanation
from worker.law.limit import Limit
from worker.law.profile import Profile
from worker.law.rounding import whole_milliseconds_up
from worker.law.steps import Step, plain_duration

_OUT_OF_RANGE = "a limit would run outside the years 1 to 9999"


@dataclass(frozen=True, slots=True)
class Governing:
    """The limit that governs and its deadline: UTC, whole milliseconds, rounded up."""

    limit: str
    deadline: datetime


def governing(arrest: Arrest, profile: Profile, *, probable_cause_found: bool) -> Governing:
    """The earliest enabled limit for an arrest; of limits that expire together, the one listed first.

    Once probable cause has been found, the limits that only await that finding are left out.

    Raises:
        LawError: a limit would run outside the years 1 to 9999.
    """
    court = profile.court
    earliest: datetime | None = None
    name = ""
    try:
        for limit in profile.applicable(arrest.kind, probable_cause_found=probable_cause_found):
            expires_at = whole_milliseconds_up(limit.rule(arrest, court, None))
            if earliest is None or expires_at < earliest:
                earliest, name = expires_at, limit.name
        if earliest is None:
            raise LawError(f"profile {profile.name} enables no limit for this arrest")
        return Governing(name, earliest)
    except OverflowError as error:
        raise LawError(_OUT_OF_RANGE) from error


def explain(arrest: Arrest, profile: Profile, *, probable_cause_found: bool = False) -> Explanation:
    """Every enabled limit that applies to an arrest, in the profile's order, each with its steps.

    Raises:
        LawError: a limit would run outside the years 1 to 9999.
    """
    applicable = profile.applicable(arrest.kind, probable_cause_found=probable_cause_found)
    rounded: list[datetime] = []
    explained: list[LimitExplanation] = []
    try:
        for limit in applicable:
            trail: list[Step] = []
            expires_at = limit.rule(arrest, profile.court, trail)
            rounded.append(whole_milliseconds_up(expires_at))
            explained.append(LimitExplanation(limit, rounded[-1], tuple(trail)))
    except OverflowError as error:
        raise LawError(_OUT_OF_RANGE) from error
    index = rounded.index(min(rounded))
    return Explanation(
        arrest=arrest,
        profile=profile,
        limits=tuple(explained),
        left_out=_left_out(arrest, profile, applicable),
        governing=applicable[index].name,
        deadline=explained[index].expires_at,
        why=_why(applicable, rounded, index),
    )


def _left_out(arrest: Arrest, profile: Profile, applicable: tuple[Limit, ...]) -> tuple[LeftOut, ...]:
    if len(applicable) == len(profile.limits):
        return ()
    return tuple(
        LeftOut(
            limit.name,
            "ended by the finding of probable cause"
            if limit.applies(arrest.kind)
            else "applies only to an arrest without a warrant",
        )
        for limit in profile.limits
        if limit not in applicable
    )


def _why(applicable: tuple[Limit, ...], exact: list[datetime], index: int) -> str:
    name, deadline = applicable[index].name, exact[index]
    others = [
        (expires_at, limit.name)
        for limit, expires_at in zip(applicable, exact, strict=True)
        if limit.name != name
    ]
    if not others:
        return f"{name} is the only limit that applies."
    together = [other for expires_at, other in others if expires_at == deadline]
    if together:
        return f"{name} expires first, together with {' and '.join(together)}, and is listed before."
    expires_at, other = min(others)
    return f"{name} expires first, {plain_duration(expires_at - deadline)} before {other}."
