"""What holds for every arrest: limits checked against each other, and against a slow count by the minute."""

from datetime import UTC, datetime, timedelta, timezone
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.law_vectors import (
    COURT,
    LOS_ANGELES,
    PROFILES,
    arrests,
    expiry,
    expiry_and_steps,
    instants,
)
from worker.law.arrest import Arrest
from worker.law.calendar import WEDNESDAY
from worker.law.california.court_holidays import court_holidays_of_year
from worker.law.deadline import explain, governing
from worker.law.errors import LawError
from worker.law.federal.detainer_48h import declined_detention_hours
from worker.law.jurisdiction import limits
from worker.law.profiles import load_profile

MINUTE = timedelta(minutes=1)
HOURS = {
    "court_48h": 48,
    "cap_72h": 72,
    "pc_determination_48h": 48,
    "pc_825": 48,
    "second_court_day": 0,
    "type1_96h": 96,
}
every_limit = pytest.mark.parametrize("limit", limits())
every_profile = pytest.mark.parametrize("name", PROFILES)


holidays_of = cache(court_holidays_of_year)


def by_the_minute(start: datetime, hours: int, *, sundays_count: bool) -> datetime:
    """Walks through every minute from a start and counts those whose local day is counted."""
    counted, at = 0, start
    while counted < hours * 60:
        local = at.astimezone(LOS_ANGELES).date()
        sunday_left_out = local.isoweekday() == 7 and not sundays_count
        if not sunday_left_out and local not in holidays_of(local.year):
            counted += 1
        at += MINUTE
    return at


@settings(max_examples=25, deadline=None)
@given(instants())
def test_the_court_hours_equal_a_count_by_the_minute(instant: datetime) -> None:
    start = instant.replace(second=0, microsecond=0)
    assert expiry("court_48h", Arrest(start, start)) == by_the_minute(start, 48, sundays_count=False)


@settings(max_examples=15, deadline=None)
@given(instants())
def test_the_hours_of_a_type_1_facility_equal_a_count_by_the_minute(instant: datetime) -> None:
    start = instant.replace(second=0, microsecond=0)
    assert expiry("type1_96h", Arrest(start, start)) == by_the_minute(start, 96, sundays_count=True)


@every_limit
@settings(deadline=None)
@given(arrests())
def test_no_limit_expires_before_it_starts(limit: str, arrest: Arrest) -> None:
    start = arrest.booked_at if limit == "type1_96h" else arrest.arrested_at
    assert expiry(limit, arrest) > start


@pytest.mark.parametrize("limit", [limit for limit in limits() if limit != "pc_825"])
@settings(deadline=None)
@given(arrests(), st.timedeltas(timedelta(0), timedelta(days=9)))
def test_a_later_arrest_never_expires_earlier(limit: str, arrest: Arrest, later: timedelta) -> None:
    after = Arrest(arrest.arrested_at + later, arrest.booked_at + later, arrest.kind)
    assert expiry(limit, arrest) <= expiry(limit, after)


def under_the_wednesday_rule(arrest: Arrest) -> bool:
    day = COURT.calendar.day_of(arrest.arrested_at)
    return day.weekday == WEDNESDAY and arrest.arrested_at >= COURT.closes_at(day)


@settings(deadline=None)
@given(arrests(), st.timedeltas(timedelta(0), timedelta(days=9)))
def test_a_later_arrest_overtakes_an_earlier_one_only_by_the_wednesday_rule(
    arrest: Arrest, later: timedelta
) -> None:
    after = Arrest(arrest.arrested_at + later, arrest.booked_at + later, arrest.kind)
    assert under_the_wednesday_rule(after) or expiry("pc_825", arrest) <= expiry("pc_825", after)


@settings(deadline=None)
@given(arrests())
def test_a_court_session_ends_every_limit_that_is_counted_in_sessions(arrest: Arrest) -> None:
    for limit in ("pc_825", "second_court_day"):
        local = expiry(limit, arrest).astimezone(LOS_ANGELES)
        assert local.isoweekday() <= 5
        assert (local.hour, local.minute, local.second, local.microsecond) == (16, 30, 0, 0)
        assert local.date() not in court_holidays_of_year(local.year)


@every_limit
@settings(deadline=None)
@given(arrests())
def test_the_steps_of_a_limit_add_up_to_its_expiry(limit: str, arrest: Arrest) -> None:
    expires_at, steps = expiry_and_steps(limit, arrest)
    start = arrest.booked_at if limit == "type1_96h" else arrest.arrested_at
    assert expires_at == expiry(limit, arrest)
    assert [step.starts_at for step in steps] == [start, *(step.ends_at for step in steps[:-1])]
    assert steps[-1].ends_at == expires_at
    assert sum((step.counted for step in steps), timedelta(0)) == timedelta(hours=HOURS[limit])
    assert all(step.text for step in steps)


@every_profile
@settings(deadline=None)
@given(arrests(), st.booleans())
def test_the_fast_way_and_the_explained_way_agree(name: str, arrest: Arrest, found: bool) -> None:
    profile = load_profile(name)
    fast = governing(arrest, profile, probable_cause_found=found)
    explained = explain(arrest, profile, probable_cause_found=found)
    assert (fast.limit, fast.deadline) == (explained.governing, explained.deadline)
    assert fast.deadline == min(limit.expires_at for limit in explained.limits)


@every_profile
@settings(deadline=None)
@given(arrests())
def test_a_deadline_is_the_first_whole_millisecond_not_before_the_exact_instant(
    name: str, arrest: Arrest
) -> None:
    profile = load_profile(name)
    exact = min(
        limit.rule(arrest, profile.court, [])
        for limit in profile.applicable(arrest.kind, probable_cause_found=False)
    )
    deadline = governing(arrest, profile, probable_cause_found=False).deadline
    assert deadline.microsecond % 1000 == 0
    assert timedelta(0) <= deadline - exact < timedelta(milliseconds=1)


@every_profile
@settings(deadline=None)
@given(arrests())
def test_a_finding_of_probable_cause_never_brings_a_deadline_forward(name: str, arrest: Arrest) -> None:
    profile = load_profile(name)
    before = governing(arrest, profile, probable_cause_found=False)
    after = governing(arrest, profile, probable_cause_found=True)
    assert before.deadline <= after.deadline
    assert after.limit != "pc_determination_48h"


ANY_INSTANT = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-12)), LOS_ANGELES]))
EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)
FAR_INSTANT = st.timedeltas(timedelta(0), timedelta(days=9)).flatmap(
    lambda distance: st.sampled_from((EARLIEST + distance, LATEST - distance))
)


@every_profile
@settings(deadline=None)
@given(ANY_INSTANT | FAR_INSTANT)
def test_any_instant_has_a_deadline_or_is_refused_in_words(name: str, instant: datetime) -> None:
    profile = load_profile(name)
    try:
        arrest = Arrest(instant, instant)
        explanation = explain(arrest, profile)
    except LawError as error:
        assert "1 to 9999" in str(error)
    else:
        assert explanation.deadline >= arrest.arrested_at
        assert explanation.to_document()["deadline"].endswith("Z")


@settings(deadline=None, max_examples=40)
@given(ANY_INSTANT | FAR_INSTANT)
def test_a_declined_detainer_has_an_expiry_or_is_refused_in_words(instant: datetime) -> None:
    try:
        declined = declined_detention_hours(instant, COURT.calendar)
    except LawError as error:
        assert "1 to 9999" in str(error)
    else:
        assert declined.elapsed_hours >= 48
