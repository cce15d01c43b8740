"""The same facts give the same deadline in whatever order they come, the booking first or last."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.testing import TrackedBooking, rules_of
from tests.support.arrivals import ARRESTED, HOUR, MINUTE, amended, booked, la, probable_cause
from tests.support.tracked import PROFILES, tracked
from worker.custody.decide import Received, Reprofile
from worker.law.arrest import Arrest, ArrestKind
from worker.law.deadline import Governing, governing
from worker.law.profile import Profile

MICROSECOND = timedelta(microseconds=1)
BOOKED = ARRESTED + HOUR
EARLY = ARRESTED + 11 * HOUR
"""Before any deadline of these arrests."""
LATE = la("2016-11-17 18:00")
"""After every deadline of these arrests: what comes within the minute of grace still counts."""
OTHER: dict[str, ArrestKind] = {"warrant": "warrantless", "warrantless": "warrant"}

shifts = st.integers(-600, 600).map(lambda minutes: minutes * MINUTE)


def deadline_of(arrested_at: datetime, booked_at: datetime, kind: ArrestKind, profile: Profile) -> datetime:
    """The deadline without a finding, to date findings around it."""
    start = min(arrested_at, booked_at)
    return governing(Arrest(start, booked_at, kind), profile, probable_cause_found=False).deadline


def expected(
    arrested_at: datetime, booked_at: datetime, kind: ArrestKind, found_at: datetime | None, profile: Profile
) -> Governing:
    """What the law says of the facts as they are in the end."""
    arrest = Arrest(min(arrested_at, booked_at), booked_at, kind)
    in_time = found_at is not None and found_at <= deadline_of(arrested_at, booked_at, kind, profile)
    return governing(arrest, profile, probable_cause_found=in_time)


def after(facts: Sequence[Received | Reprofile], profiles: Sequence[str], now: datetime) -> TrackedBooking:
    """A booking after these facts, each in a commit of its own; a reprofile leads to the second profile."""
    booking = tracked(rules_of(profiles[0]), now)
    for fact in facts:
        if isinstance(fact, Reprofile):
            booking.rules = rules_of(profiles[1])
        booking.receive(fact)
    return booking


def is_possible(order: Sequence[Received | Reprofile], created: Received) -> bool:
    """Whether no reprofile comes before the booking: only a held record is decided again."""
    return not any(isinstance(fact, Reprofile) for fact in order[: order.index(created)])


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("now", [EARLY, LATE], ids=["before every deadline", "within the grace"])
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_every_order_of_the_same_facts_gives_the_deadline_that_the_law_gives(
    profile: str, now: datetime, data: st.DataObject
) -> None:
    law = rules_of(profile).profile
    kind: ArrestKind = data.draw(st.sampled_from(("warrant", "warrantless")))
    amended_fields = data.draw(st.sets(st.sampled_from(("kind", "arrested", "booked")), max_size=3))
    last_kind = OTHER[kind] if "kind" in amended_fields else kind
    arrested_at = ARRESTED + data.draw(shifts) if "arrested" in amended_fields else ARRESTED
    booked_at = BOOKED + data.draw(shifts) if "booked" in amended_fields else BOOKED
    created = booked(ARRESTED, booked_at=BOOKED, arrest_kind=kind)
    facts = [created]
    facts += [amended(arrest_kind=last_kind)] if "kind" in amended_fields else []
    facts += [amended(arrested_at=arrested_at)] if "arrested" in amended_fields else []
    facts += [amended(booked_at=booked_at)] if "booked" in amended_fields else []
    found_at: datetime | None = None
    if len(facts) < 4 and data.draw(st.booleans()):
        first = deadline_of(ARRESTED, BOOKED, kind, law)
        last = deadline_of(arrested_at, booked_at, last_kind, law)
        instants = [ARRESTED + HOUR, *(one + by * MICROSECOND for one in (first, last) for by in (-1, 0, 1))]
        found_at = min(data.draw(st.sampled_from(instants)), now)
        facts.append(probable_cause("found", found_at))
    wanted = expected(arrested_at, booked_at, last_kind, found_at, law)
    for order in permutations(facts):
        known = after(order, [profile], now).known
        assert known.state == "held"
        assert (known.deadline, known.governing_limit) == (wanted.deadline, wanted.limit)


ALPHABET = {
    "kind": amended(arrest_kind="warrantless"),
    "arrested earlier": amended(arrested_at=ARRESTED - 3 * HOUR),
    "booked earlier": amended(booked_at=ARRESTED - 2 * HOUR),
    "booked later": amended(booked_at=ARRESTED + 9 * HOUR),
    "found early": probable_cause("found", ARRESTED + 30 * MINUTE),
    "found at the last moment": probable_cause("found", ARRESTED + 45 * HOUR),
    "found too late": probable_cause("found", ARRESTED + 45 * HOUR + MICROSECOND),
    "facility": amended(facility="Van Nuys"),
}


@pytest.mark.parametrize("after_profile", PROFILES)
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("now", [EARLY, LATE], ids=["before every deadline", "within the grace"])
def test_a_reprofile_among_the_facts_gives_the_same_deadline_in_every_order(
    profile: str, after_profile: str, now: datetime
) -> None:
    """Every pair of facts beside the booking and the order to decide by another profile."""
    order_to = Reprofile(rules_of(after_profile).profile.fingerprint)
    created = booked(ARRESTED, booked_at=BOOKED, arrest_kind="warrant")
    for one, other in permutations(ALPHABET, 2):
        if one > other or {one, other} == {"booked earlier", "booked later"}:
            continue
        orders = permutations([created, order_to, ALPHABET[one], ALPHABET[other]])
        ends = {
            (known.state, known.deadline, known.governing_limit, known.profile.name)
            for order in orders
            if is_possible(order, created)
            for known in [after(order, [profile, after_profile], now).known]
        }
        assert len(ends) == 1, (one, other)
        assert {(state, name) for state, _, _, name in ends} == {("held", after_profile)}
