"""An operator has a held record decided again, by the site's current profile."""

from events.testing import TrackedBooking, rules_of
from tests.support.arrivals import DEADLINE, bail, booked, ice_contact, la
from tests.support.outbound import dates
from tests.support.tracked import tracked
from worker.custody.decide import Reprofile

SESSION_ENDS = la("2016-11-16 16:30")


def held(*, contacted: bool = False) -> TrackedBooking:
    """An arrest on a warrant, booked under the policy of 2016, at a site that has moved on to 2018."""
    booking = tracked()
    booking.receive(booked(arrest_kind="warrant"), *([ice_contact()] if contacted else []))
    booking.rules = rules_of("ca-values-2018")
    return booking


def reprofile(booking: TrackedBooking) -> Reprofile:
    """The order to decide it by the profile that is in force at the site."""
    return Reprofile(booking.rules.profile.fingerprint)


def test_a_held_record_is_decided_by_the_current_profile_and_the_journal_says_so() -> None:
    booking = held()
    booking.receive(reprofile(booking))
    assert (booking.known.profile.name, booking.known.deadline) == ("ca-values-2018", SESSION_ENDS)
    content = booking.entries[-1].content
    assert (content["outcome"], content["profile"]) == ("reprofiled", "ca-values-2018")
    assert content["detail"]["from"] == "lapd-2016-11"


def test_after_a_contact_the_current_profile_sets_no_deadline_past_the_ceiling() -> None:
    booking = held(contacted=True)
    sent = booking.receive(reprofile(booking))
    assert (booking.known.profile.name, booking.known.deadline) == ("ca-values-2018", DEADLINE)
    assert dates(sent) == []


def test_ice_is_sent_a_date_that_the_profile_moves() -> None:
    """Back to the policy of 2016, under which the deadline is earlier."""
    booking = tracked(rules_of("ca-values-2018"))
    booking.receive(booked(arrest_kind="warrant"), ice_contact(qualification="conviction_7282_5"))
    booking.rules = rules_of()
    assert dates(booking.receive(reprofile(booking))) == [DEADLINE]
    assert booking.known.deadline == DEADLINE


def test_a_deadline_that_has_come_releases_under_the_old_profile() -> None:
    booking = held()
    booking.at(DEADLINE).receive(reprofile(booking))
    assert (booking.state, booking.known.profile.name) == ("released", "lapd-2016-11")


def test_a_released_record_is_left_unchanged() -> None:
    booking = held()
    booking.receive(bail())
    before = booking.known
    assert booking.receive(reprofile(booking)) == []
    assert booking.known == before
