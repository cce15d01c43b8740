"""Instants of the law tests, written as local time in Los Angeles, and strategies for arrests."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from worker.law.arrest import Arrest, ArrestKind
from worker.law.court import Court
from worker.law.jurisdiction import limits
from worker.law.profiles import load_profile
from worker.law.steps import Step

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
PROFILES = ("lapd-2016-11", "ca-truth-2017", "ca-values-2018")
COURT: Court = load_profile("lapd-2016-11").court

BOUNDARY_TIMES = (
    time(0, 0),
    time(0, 0, 0, 1),
    time(1, 30),
    time(8, 29, 59, 999_999),
    time(8, 30),
    time(16, 29, 59, 999_999),
    time(16, 30),
    time(16, 30, 0, 1),
    time(16, 30, 0, 999_999),
    time(16, 30, 1),
    time(23, 59, 59, 999_999),
)


def la(text: str, *, fold: int = 0) -> datetime:
    """A local time in Los Angeles, as `2016-11-14 10:00`, in UTC; fold 1 is the second of two such times."""
    return datetime.fromisoformat(text).replace(tzinfo=LOS_ANGELES, fold=fold).astimezone(UTC)


def arrested(text: str, *, kind: ArrestKind = "warrantless") -> Arrest:
    """Someone arrested and booked at a local time."""
    return Arrest(la(text), la(text), kind)


def expiry(limit: str, arrest: Arrest, court: Court = COURT) -> datetime:
    """The exact instant at which a limit expires."""
    return limits()[limit].rule(arrest, court, [])


def expiry_and_steps(limit: str, arrest: Arrest, court: Court = COURT) -> tuple[datetime, list[Step]]:
    """The exact instant at which a limit expires, with the steps to it."""
    steps: list[Step] = []
    return limits()[limit].rule(arrest, court, steps), steps


def _local_instant(on: date, at: time, fold: int) -> datetime:
    return datetime.combine(on, at.replace(fold=fold), tzinfo=LOS_ANGELES).astimezone(UTC)


def instants(first_year: int = 2012, last_year: int = 2030) -> st.SearchStrategy[datetime]:
    """Instants to the microsecond, often at a local time where a rule changes its answer."""
    return st.builds(
        _local_instant,
        st.dates(date(first_year, 1, 1), date(last_year, 12, 31)),
        st.sampled_from(BOUNDARY_TIMES) | st.times(),
        st.sampled_from((0, 1)),
    )


def _arrest(arrested_at: datetime, until_booked: timedelta, kind: ArrestKind) -> Arrest:
    return Arrest(arrested_at, arrested_at + until_booked, kind)


def arrests() -> st.SearchStrategy[Arrest]:
    """Arrests of 2012 to 2030, booked within two days."""
    kinds: st.SearchStrategy[ArrestKind] = st.sampled_from(("warrantless", "warrant"))
    until_booked = st.just(timedelta(0)) | st.timedeltas(timedelta(0), timedelta(days=2))
    return st.builds(_arrest, instants(), until_booked, kinds)
