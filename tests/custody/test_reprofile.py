"""A person tells the clock to decide a held record by the site's present profile."""

from events.testing import TrackedBooking, rules_of
from tests.support.arrivals import DEADLINE, bail, booked, ice_contact, la
from tests.support.outbound import dates
from tests.support.tracked import tracked
from worker.custody.decide import Reprofile

SESSION_ENDS = la("2016-11-16 16:30")


def held(*, contacted: bool = False) -> TrackedBooking:
    """A record booked on a warrant under the policy of 2016, from which the site has moved on to 2018."""
    case = tracked()
    case.receive(booked(arrest_kind="warrant"), *([ice_contact()] if contacted else []))
    case.rules = rules_of("ca-values-2018")
    return case


def test_a_held_record_is_then_decided_by_the_profile_and_says_so() -> None:
    case = held()
    case.receive(Reprofile())
    assert (case.known.profile.name, case.known.deadline) == ("ca-values-2018", SESSION_ENDS)
    content = case.entries[-1].content
    assert (content["outcome"], content["profile"]) == ("reprofiled", "ca-values-2018")
    assert content["detail"]["from"] == "lapd-2016-11"


def test_after_a_contact_no_profile_sets_a_deadline_past_the_ceiling() -> None:
    case = held(contacted=True)
    sent = case.receive(Reprofile())
    assert (case.known.profile.name, case.known.deadline) == ("ca-values-2018", DEADLINE)
    assert dates(sent) == []


def test_ice_is_told_of_a_date_that_the_profile_moves() -> None:
    """Back to the policy of 2016, by which the deadline is earlier."""
    case = tracked(rules_of("ca-values-2018"))
    case.receive(booked(arrest_kind="warrant"), ice_contact(qualification="conviction_7282_5"))
    case.rules = rules_of()
    assert dates(case.receive(Reprofile())) == [DEADLINE]
    assert case.known.deadline == DEADLINE


def test_a_deadline_that_has_come_releases_first() -> None:
    case = held()
    case.at(DEADLINE).receive(Reprofile())
    assert (case.state, case.known.profile.name) == ("released", "lapd-2016-11")


def test_a_released_record_stays_as_it_was_decided() -> None:
    case = held()
    case.receive(bail())
    before = case.known
    assert case.receive(Reprofile()) == []
    assert case.known == before
