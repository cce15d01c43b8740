"""Amendments, findings of probable cause and repeated bookings, and the ceiling that a contact fixes."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from events.testing import TrackedBooking, rules_of
from tests.support.arrivals import (
    ARRESTED,
    DEADLINE,
    HOUR,
    MINUTE,
    amended,
    bail,
    booked,
    ice_contact,
    la,
    probable_cause,
)
from tests.support.outbound import alarm_codes, dates, statuses
from tests.support.tracked import tracked

AWAITS_FINDING = la("2016-11-16 10:00")
"""48 hours after the arrest without a warrant, under the rules of 2018."""
COURT_SESSION_ENDS = la("2016-11-16 16:30")
"""The deadline of the same arrest once probable cause has been found."""


def under_rules_of_2018() -> TrackedBooking:
    return tracked(rules_of("ca-values-2018"))


def arrest_moved_by(by: timedelta) -> dict[str, datetime]:
    return {"arrested_at": ARRESTED + by, "booked_at": ARRESTED + by}


@pytest.mark.parametrize("by", [-HOUR, HOUR], ids=["earlier", "later"])
def test_without_a_contact_an_amendment_moves_the_deadline_either_way(by: timedelta) -> None:
    booking = tracked(now=ARRESTED + 2 * HOUR)
    booking.receive(booked())
    sent = booking.receive(amended(**arrest_moved_by(by)))
    assert booking.known.deadline == DEADLINE + by
    assert [notice.audience for notice in sent] == (["watch"] if by > timedelta(0) else [])
    assert alarm_codes(sent) == (["deadline_moved_later"] if by > timedelta(0) else [])


def test_the_journal_says_what_an_amendment_changed_and_why() -> None:
    booking = tracked()
    booking.receive(booked())
    booking.receive(amended(reason="charges_changed", charges=[], facility="Van Nuys"))
    detail = booking.entries[-1].content["detail"]
    assert detail == {"reason": "charges_changed", "changed": ["charges", "facility"]}


def test_an_amendment_changes_only_the_fields_that_it_names() -> None:
    booking = tracked()
    booking.receive(booked(facility="Van Nuys"))
    before = booking.known
    booking.receive(amended(charges=[]))
    assert booking.known.facts is not None and before.facts is not None
    assert booking.known.facts == replace(before.facts, charges=())
    assert booking.known.deadline == before.deadline


def test_an_amendment_that_moves_the_deadline_into_the_past_releases_in_the_same_commit() -> None:
    booking = tracked(now=ARRESTED + 40 * HOUR)
    booking.receive(booked())
    booking.receive(amended(**arrest_moved_by(-10 * HOUR)))
    assert booking.outcomes[-2:] == ["amended", "released"]
    assert booking.known.entitled_at == DEADLINE - 10 * HOUR


def test_an_amendment_that_puts_the_booking_before_the_arrest_takes_effect_and_is_doubted() -> None:
    """The earlier of the two instants starts the clock."""
    booking = tracked(now=ARRESTED + 3 * HOUR)
    booking.receive(booked())
    sent = booking.receive(amended(arrested_at=ARRESTED + HOUR, facility="Van Nuys"))
    assert alarm_codes(sent) == ["time_doubtful"]
    assert booking.known.facts is not None
    assert (booking.known.facts.facility, booking.known.deadline) == ("Van Nuys", DEADLINE)
    assert booking.rejected == []


def test_an_amendment_that_arrives_at_the_deadline_is_too_late_to_keep_anybody() -> None:
    booking = tracked()
    booking.receive(booked())
    booking.at(DEADLINE).receive(amended(**arrest_moved_by(40 * HOUR)))
    assert (booking.state, booking.known.entitled_at) == ("released", DEADLINE)


def test_after_a_contact_an_amendment_may_move_the_deadline_earlier_and_back_but_not_past_the_ceiling() -> (
    None
):
    booking = tracked(now=ARRESTED + 5 * HOUR)
    booking.receive(booked(), ice_contact())
    assert dates(booking.receive(amended(**arrest_moved_by(-2 * HOUR)))) == [DEADLINE - 2 * HOUR]
    sent = booking.receive(amended(**arrest_moved_by(-HOUR)))
    assert (alarm_codes(sent), dates(sent)) == (["deadline_moved_later"], [DEADLINE - HOUR])
    sent = booking.receive(amended(**arrest_moved_by(3 * HOUR)))
    assert alarm_codes(sent) == ["later_deadline_refused", "deadline_moved_later"]
    assert dates(sent) == [DEADLINE]
    assert booking.known.deadline == DEADLINE
    assert booking.entries[-1].content["detail"]["refused_deadline"] == "2016-11-16T21:00:00.000Z"


def test_an_amendment_whose_later_deadline_is_refused_still_changes_the_facts() -> None:
    booking = tracked(now=ARRESTED + 5 * HOUR)
    booking.receive(booked(), ice_contact())
    booking.receive(amended(**arrest_moved_by(3 * HOUR), facility="Van Nuys"))
    assert booking.known.facts is not None
    assert booking.known.facts.facility == "Van Nuys"
    assert booking.known.facts.arrested_at == ARRESTED + 3 * HOUR


def test_a_further_amendment_that_moves_no_limit_raises_no_second_alarm() -> None:
    booking = tracked(now=ARRESTED + 5 * HOUR)
    booking.receive(booked(), ice_contact(), amended(**arrest_moved_by(3 * HOUR)))
    assert alarm_codes(booking.receive(amended(charges=[]))) == []
    assert booking.known.deadline == DEADLINE


def test_a_second_contact_leaves_the_ceiling_of_the_first() -> None:
    booking = tracked(now=ARRESTED + 5 * HOUR)
    booking.receive(booked(), ice_contact())
    ceiling = booking.known.ceiling
    booking.receive(amended(**arrest_moved_by(-2 * HOUR)), ice_contact(reply_to="ero-sd"))
    assert booking.known.ceiling == ceiling


def test_a_contact_after_the_release_fixes_no_ceiling() -> None:
    booking = tracked()
    booking.receive(booked(), bail(), ice_contact())
    assert booking.known.ceiling is None


def test_the_ceiling_is_computed_as_if_probable_cause_had_been_found() -> None:
    booking = under_rules_of_2018()
    booking.receive(booked(), ice_contact())
    assert booking.known.deadline == AWAITS_FINDING
    assert booking.known.ceiling is not None
    assert booking.known.ceiling.deadline == COURT_SESSION_ENDS


def test_a_finding_of_probable_cause_after_a_contact_has_its_lawful_effect() -> None:
    booking = under_rules_of_2018()
    booking.receive(booked(), ice_contact(qualification="conviction_7282_5"))
    sent = booking.receive(probable_cause("found"))
    assert (alarm_codes(sent), dates(sent)) == ([], [COURT_SESSION_ENDS])
    assert (booking.known.deadline, booking.known.governing_limit) == (COURT_SESSION_ENDS, "pc_825")


def test_a_finding_after_a_later_arrest_passes_the_ceiling_no_more_than_the_amendment_does() -> None:
    """Without the finding its own limit governs, below the ceiling; with it, 96 hours from the booking."""
    midnight = la("2016-11-03 00:00")
    booking = tracked(rules_of("ca-values-2018"), midnight + HOUR)
    booking.receive(booked(midnight), ice_contact())
    ceiling = booking.known.ceiling
    assert ceiling is not None
    sent = booking.receive(amended(arrested_at=midnight + MINUTE, booked_at=midnight + MINUTE))
    assert alarm_codes(sent) == ["deadline_moved_later"]
    sent = booking.receive(probable_cause("found", booking.now))
    assert alarm_codes(sent) == ["later_deadline_refused"]
    assert (booking.known.deadline, booking.outcomes[-1]) == (ceiling.deadline, "probable_cause_found")


def test_without_a_finding_the_release_comes_after_48_hours_despite_a_contact() -> None:
    booking = under_rules_of_2018()
    booking.receive(booked(), ice_contact())
    booking.at(AWAITS_FINDING).tick()
    assert (booking.state, booking.known.governing_limit) == ("released", "pc_determination_48h")


def test_a_finding_that_arrives_at_the_deadline_is_too_late_to_keep_anybody() -> None:
    booking = under_rules_of_2018()
    booking.receive(booked())
    booking.at(AWAITS_FINDING).receive(probable_cause("found"))
    assert (booking.state, booking.outcomes[-2:]) == ("released", ["released", "noted"])


def test_an_arrest_on_a_warrant_needs_no_finding() -> None:
    booking = under_rules_of_2018()
    booking.receive(booked(arrest_kind="warrant"))
    assert booking.known.deadline == COURT_SESSION_ENDS
    booking.receive(probable_cause("found"))
    assert booking.known.deadline == COURT_SESSION_ENDS


def test_after_a_contact_an_amendment_may_remove_a_limit_but_not_pass_the_ceiling() -> None:
    booking = tracked(rules_of("ca-values-2018"), ARRESTED + 20 * HOUR)
    booking.receive(booked(), ice_contact())
    assert alarm_codes(booking.receive(amended(arrest_kind="warrant"))) == ["deadline_moved_later"]
    assert booking.known.deadline == COURT_SESSION_ENDS
    sent = booking.receive(amended(**arrest_moved_by(15 * HOUR)))
    assert alarm_codes(sent) == ["later_deadline_refused"]
    assert booking.known.deadline == COURT_SESSION_ENDS


def test_a_booking_reported_again_unchanged_has_no_effect() -> None:
    booking = tracked()
    booking.receive(booked())
    version = booking.known.version
    assert booking.receive(booked()) == []
    assert booking.known.version == version


def test_a_finding_may_change_the_governing_limit_without_moving_the_deadline() -> None:
    """The 48 hours without a finding end in the same second as the court's session."""
    booking = tracked(rules_of("ca-values-2018"), la("2016-11-14 17:00"))
    booking.receive(booked(la("2016-11-14 16:30")))
    assert booking.known.governing_limit == "pc_determination_48h"
    booking.receive(probable_cause("found", booking.now))
    assert (booking.known.deadline, booking.known.governing_limit) == (COURT_SESSION_ENDS, "pc_825")


def test_after_amendments_the_original_booking_reported_again_is_no_conflict() -> None:
    booking = tracked()
    booking.receive(booked(), amended(charges=[]), amended(facility="Van Nuys"))
    version = booking.known.version
    assert booking.receive(booked()) == []
    assert booking.known.version == version


def test_after_amendments_the_amended_booking_reported_again_is_no_conflict() -> None:
    booking = tracked()
    booking.receive(booked(), amended(charges=[]))
    assert booking.receive(booked(charges=[])) == []


def test_a_repeated_report_has_no_effect_even_if_the_booking_was_amended_since() -> None:
    """An event is known by its source and id."""
    booking, repeated = tracked(), booked(charges=[], id="again")
    booking.receive(booked(), amended(charges=[]), repeated)
    booking.receive(amended(facility="Van Nuys"))
    assert booking.receive(repeated) == []


def test_a_booking_reported_with_other_facts_raises_an_alarm_and_the_first_is_kept() -> None:
    booking = tracked()
    booking.receive(booked())
    facts = booking.known.facts
    assert alarm_codes(booking.receive(booked(facility="Van Nuys", id="other"))) == ["booking_conflict"]
    assert booking.receive(booked(facility="Van Nuys", id="other")) == []
    assert (booking.known.facts, booking.known.deadline) == (facts, DEADLINE)


def test_the_same_instants_in_another_utc_offset_are_no_conflict() -> None:
    booking = tracked()
    booking.receive(booked())
    assert booking.receive(booked("2016-11-14T19:00:00+01:00")) == []


def test_a_finding_made_after_the_48_hours_does_not_extend_custody() -> None:
    """County of Riverside v. McLaughlin: a finding after 48 hours comes too late."""
    in_time, too_late = under_rules_of_2018(), under_rules_of_2018()
    in_time.receive(probable_cause("found", AWAITS_FINDING))
    too_late.receive(probable_cause("found", AWAITS_FINDING + HOUR))
    for booking in (in_time, too_late):
        booking.at(AWAITS_FINDING + 2 * HOUR).receive(booked())
    assert (in_time.state, in_time.known.deadline) == ("held", COURT_SESSION_ENDS)
    assert (too_late.state, too_late.known.deadline) == ("held", AWAITS_FINDING)
    too_late.at(AWAITS_FINDING + 2 * HOUR + MINUTE).tick()
    assert (too_late.state, too_late.known.entitled_at) == ("released", AWAITS_FINDING)


def test_after_the_arrest_is_moved_later_an_earlier_end_of_custody_still_counts() -> None:
    booking = tracked(now=ARRESTED + 12 * HOUR)
    booking.receive(booked(), ice_contact())
    booking.receive(amended(**arrest_moved_by(11 * HOUR)))
    booking.receive(bail(ARRESTED + HOUR))
    assert (booking.state, booking.known.basis) == ("released", "bail")


@pytest.mark.parametrize("first", ["the one in time", "the late one"])
def test_of_several_findings_the_earliest_counts_whichever_came_first(first: str) -> None:
    booking = tracked(rules_of("ca-values-2018"), AWAITS_FINDING + 2 * HOUR)
    findings = [probable_cause("found", AWAITS_FINDING), probable_cause("found", AWAITS_FINDING + HOUR)]
    booking.receive(booked(), *(findings if first == "the one in time" else reversed(findings)))
    booking.receive(amended(facility="Van Nuys"))
    assert (booking.state, booking.known.deadline) == ("held", COURT_SESSION_ENDS)


def test_when_the_amended_deadline_has_passed_ice_is_sent_only_the_release() -> None:
    booking = tracked(now=DEADLINE - HOUR)
    booking.receive(booked(), ice_contact())
    sent = booking.receive(amended(**arrest_moved_by(-2 * HOUR)))
    assert statuses(sent) == [("ero-la", "released")]
