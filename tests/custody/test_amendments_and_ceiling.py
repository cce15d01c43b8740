"""Amendments, findings of probable cause, repeats of a booking; and the ceiling that a contact fixes."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from events.testing import TrackedBooking, rules_of
from tests.support.arrivals import (
    ARRESTED,
    DEADLINE,
    HOUR,
    amended,
    bail,
    booked,
    ice_contact,
    la,
    probable_cause,
)
from tests.support.outbound import codes, dates, statuses
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
    case = tracked(now=ARRESTED + 2 * HOUR)
    case.receive(booked())
    assert case.receive(amended(**arrest_moved_by(by))) == []
    assert case.known.deadline == DEADLINE + by


def test_an_amendment_says_in_the_journal_what_it_changed_and_why() -> None:
    case = tracked()
    case.receive(booked())
    case.receive(amended(reason="charges_changed", charges=[], facility="Van Nuys"))
    detail = case.entries[-1].content["detail"]
    assert detail == {"reason": "charges_changed", "changed": ["charges", "facility"]}


def test_an_amendment_leaves_what_it_does_not_name_as_it_was() -> None:
    case = tracked()
    case.receive(booked(facility="Van Nuys"))
    before = case.known
    case.receive(amended(charges=[]))
    assert case.known.facts is not None and before.facts is not None
    assert case.known.facts == replace(before.facts, charges=())
    assert case.known.deadline == before.deadline


def test_an_amendment_to_a_deadline_that_is_past_releases_with_the_same_commit() -> None:
    case = tracked(now=ARRESTED + 40 * HOUR)
    case.receive(booked())
    case.receive(amended(**arrest_moved_by(-10 * HOUR)))
    assert case.outcomes[-2:] == ["amended", "released"]
    assert case.known.entitled_at == DEADLINE - 10 * HOUR


def test_an_amendment_by_which_the_booking_would_come_before_the_arrest_is_refused_whole() -> None:
    case = tracked(now=ARRESTED + 3 * HOUR)
    case.receive(booked())
    before = case.known
    assert case.receive(amended(arrested_at=ARRESTED + HOUR, facility="Van Nuys")) == []
    assert case.known == before
    assert [refusal.reason for refusal in case.rejected] == ["impossible_times"]


def test_an_amendment_past_the_deadline_comes_too_late_to_keep_anybody() -> None:
    case = tracked()
    case.receive(booked())
    case.at(DEADLINE).receive(amended(**arrest_moved_by(40 * HOUR)))
    assert (case.state, case.known.entitled_at) == ("released", DEADLINE)


def test_after_a_contact_an_amendment_may_move_the_deadline_earlier_and_back_but_not_past_the_ceiling() -> (
    None
):
    case = tracked(now=ARRESTED + 5 * HOUR)
    case.receive(booked(), ice_contact())
    assert dates(case.receive(amended(**arrest_moved_by(-2 * HOUR)))) == [DEADLINE - 2 * HOUR]
    assert dates(case.receive(amended(**arrest_moved_by(-HOUR)))) == [DEADLINE - HOUR]
    sent = case.receive(amended(**arrest_moved_by(3 * HOUR)))
    assert (codes(sent), dates(sent)) == (["later_deadline_refused"], [DEADLINE])
    assert case.known.deadline == DEADLINE
    assert case.entries[-1].content["detail"]["refused_deadline"] == "2016-11-16T21:00:00.000Z"


def test_of_a_later_amendment_after_a_contact_only_the_later_deadline_is_refused() -> None:
    case = tracked(now=ARRESTED + 5 * HOUR)
    case.receive(booked(), ice_contact())
    case.receive(amended(**arrest_moved_by(3 * HOUR), facility="Van Nuys"))
    assert case.known.facts is not None
    assert case.known.facts.facility == "Van Nuys"
    assert case.known.facts.arrested_at == ARRESTED + 3 * HOUR


def test_a_later_change_that_moves_no_limit_raises_no_second_alarm() -> None:
    case = tracked(now=ARRESTED + 5 * HOUR)
    case.receive(booked(), ice_contact(), amended(**arrest_moved_by(3 * HOUR)))
    assert codes(case.receive(amended(charges=[]))) == []
    assert case.known.deadline == DEADLINE


def test_the_second_contact_does_not_fix_another_ceiling() -> None:
    case = tracked(now=ARRESTED + 5 * HOUR)
    case.receive(booked(), ice_contact())
    ceiling = case.known.ceiling
    case.receive(amended(**arrest_moved_by(-2 * HOUR)), ice_contact(reply_to="ero-sd"))
    assert case.known.ceiling == ceiling


def test_a_contact_after_the_release_fixes_no_ceiling() -> None:
    case = tracked()
    case.receive(booked(), bail(), ice_contact())
    assert case.known.ceiling is None


def test_the_ceiling_takes_a_finding_of_probable_cause_as_made() -> None:
    case = under_rules_of_2018()
    case.receive(booked(), ice_contact())
    assert case.known.deadline == AWAITS_FINDING
    assert case.known.ceiling is not None
    assert case.known.ceiling.deadline == COURT_SESSION_ENDS


def test_a_finding_of_probable_cause_after_a_contact_has_its_lawful_effect() -> None:
    case = under_rules_of_2018()
    case.receive(booked(), ice_contact(qualification="conviction_7282_5"))
    sent = case.receive(probable_cause("found"))
    assert (codes(sent), dates(sent)) == ([], [COURT_SESSION_ENDS])
    assert (case.known.deadline, case.known.governing_limit) == (COURT_SESSION_ENDS, "pc_825")


def test_without_a_finding_the_release_comes_after_48_hours_contact_or_not() -> None:
    case = under_rules_of_2018()
    case.receive(booked(), ice_contact())
    case.at(AWAITS_FINDING).tick()
    assert (case.state, case.known.governing_limit) == ("released", "pc_determination_48h")


def test_a_finding_that_comes_after_the_deadline_keeps_nobody() -> None:
    case = under_rules_of_2018()
    case.receive(booked())
    case.at(AWAITS_FINDING).receive(probable_cause("found"))
    assert (case.state, case.outcomes[-2:]) == ("released", ["released", "noted"])


def test_an_arrest_on_a_warrant_waits_for_no_finding() -> None:
    case = under_rules_of_2018()
    case.receive(booked(arrest_kind="warrant"))
    assert case.known.deadline == COURT_SESSION_ENDS
    case.receive(probable_cause("found"))
    assert case.known.deadline == COURT_SESSION_ENDS


def test_after_a_contact_an_amendment_may_end_a_limit_but_not_pass_the_ceiling() -> None:
    case = under_rules_of_2018()
    case.receive(booked(), ice_contact())
    assert codes(case.receive(amended(arrest_kind="warrant"))) == []
    assert case.known.deadline == COURT_SESSION_ENDS
    sent = case.at(ARRESTED + 20 * HOUR).receive(amended(**arrest_moved_by(15 * HOUR)))
    assert codes(sent) == ["later_deadline_refused"]
    assert case.known.deadline == COURT_SESSION_ENDS


def test_a_booking_that_is_reported_again_alike_changes_nothing() -> None:
    case = tracked()
    case.receive(booked())
    version = case.known.version
    assert case.receive(booked()) == []
    assert case.known.version == version


def test_a_finding_may_leave_the_deadline_and_change_the_limit_that_governs() -> None:
    """The 48 hours without a finding end with the court's session, to the second."""
    case = tracked(rules_of("ca-values-2018"), la("2016-11-14 17:00"))
    case.receive(booked(la("2016-11-14 16:30")))
    assert case.known.governing_limit == "pc_determination_48h"
    case.receive(probable_cause("found", case.now))
    assert (case.known.deadline, case.known.governing_limit) == (COURT_SESSION_ENDS, "pc_825")


def test_a_booking_that_is_reported_again_as_at_first_is_no_conflict_after_amendments() -> None:
    case = tracked()
    case.receive(booked(), amended(charges=[]), amended(facility="Van Nuys"))
    version = case.known.version
    assert case.receive(booked()) == []
    assert case.known.version == version


def test_a_booking_that_is_reported_again_as_it_stands_now_is_no_conflict() -> None:
    case = tracked()
    case.receive(booked(), amended(charges=[]))
    assert case.receive(booked(charges=[])) == []


def test_a_repeat_stays_a_repeat_when_the_booking_is_amended_afterwards() -> None:
    """The same source and id: whatever became of the booking since, it changes nothing."""
    case, again = tracked(), booked(charges=[], id="again")
    case.receive(booked(), amended(charges=[]), again)
    case.receive(amended(facility="Van Nuys"))
    assert case.receive(again) == []


def test_a_booking_that_is_reported_otherwise_is_an_alarm_and_the_first_stands() -> None:
    case = tracked()
    case.receive(booked())
    facts = case.known.facts
    assert codes(case.receive(booked(facility="Van Nuys", id="other"))) == ["booking_conflict"]
    assert case.receive(booked(facility="Van Nuys", id="other")) == []
    assert (case.known.facts, case.known.deadline) == (facts, DEADLINE)


def test_the_same_instants_in_another_offset_are_the_same_booking() -> None:
    case = tracked()
    case.receive(booked())
    assert case.receive(booked("2016-11-14T19:00:00+01:00")) == []


def test_a_finding_made_after_the_limit_ran_out_does_not_bring_it_back() -> None:
    """County of Riverside v. McLaughlin: 48 hours without a finding are over when they are over."""
    in_time, too_late = under_rules_of_2018(), under_rules_of_2018()
    in_time.receive(probable_cause("found", AWAITS_FINDING))
    too_late.receive(probable_cause("found", AWAITS_FINDING + HOUR))
    for case in (in_time, too_late):
        case.at(AWAITS_FINDING + 2 * HOUR).receive(booked())
    assert (in_time.state, in_time.known.deadline) == ("held", COURT_SESSION_ENDS)
    assert (too_late.state, too_late.known.entitled_at) == ("released", AWAITS_FINDING)


def test_what_happened_after_the_arrest_first_reported_is_not_impossible_since_it_was_amended() -> None:
    case = tracked(now=ARRESTED + 12 * HOUR)
    case.receive(booked(), ice_contact())
    case.receive(amended(**arrest_moved_by(11 * HOUR)))
    case.receive(bail(ARRESTED + HOUR))
    assert (case.state, case.known.basis) == ("released", "bail")


def test_a_date_that_has_passed_is_not_given_only_the_release_is() -> None:
    case = tracked(now=DEADLINE - HOUR)
    case.receive(booked(), ice_contact())
    sent = case.receive(amended(**arrest_moved_by(-2 * HOUR)))
    assert statuses(sent) == [("ero-la", "released")]
