"""Each scene of the demo's weekend is what it is said to be."""

from collections import Counter
from datetime import timedelta

from events.inbound import (
    BookingAmended,
    BookingCreated,
    IceContacted,
    IceCustodyRequested,
    PersonDeparted,
    PersonTransferred,
)
from ops.demo.weekend import Weekend, expected_deadline
from tests.support.weekend_reading import ENDED_BY_AN_EVENT, about, parsed, valid_events


def test_ice_asks_in_every_form_and_over_every_channel(script: Weekend) -> None:
    contacts = [said.data for _, said in valid_events(script) if isinstance(said, IceContacted)]
    assert len(contacts) == 15
    assert {contact.form for contact in contacts} == {
        *("none", "I-247", "I-247A", "I-247D", "I-247N", "I-247X"),
        *("I-200", "I-205"),
    }
    assert {contact.channel for contact in contacts} == {"phone", "fax", "teletype", "email", "in_person"}
    assert {request for contact in contacts for request in contact.requests} == {
        "release_date",
        "hold",
        "transfer",
    }
    assert () in {contact.requests for contact in contacts}
    assert {contact.reply_to for contact in contacts} == {"ero-los-angeles", "ice-response-center"}


def test_exactly_the_bookings_that_ice_asked_about_count_as_contacted(script: Weekend) -> None:
    asked = {
        said.subject
        for _, said in valid_events(script)
        if isinstance(said, IceContacted | IceCustodyRequested)
    }
    assert asked == script.expectations.contacted
    assert script.expectations.not_contacted == script.expectations.bookings - asked
    assert len(asked) == 16


def test_a_warrant_check_is_no_contact(script: Weekend) -> None:
    checked = {
        said.subject for _, said in valid_events(script) if said.type == "custody.warrant_check.completed.v1"
    }
    assert checked == script.expectations.warrant_checked
    assert len(checked) >= 20
    assert checked <= script.expectations.not_contacted


def test_some_of_those_whose_hold_is_asked_for_bail_out_all_the_same(script: Weekend) -> None:
    expected = script.expectations
    asked = {
        said.subject
        for _, said in valid_events(script)
        if isinstance(said, IceContacted) and "hold" in said.data.requests
    }
    assert asked == expected.hold_declined
    assert len([booking for booking in asked if expected.endings[booking] == "bail"]) == 2


def test_ice_is_at_the_counter_once_in_time_and_once_hours_too_late(script: Weekend) -> None:
    expected = script.expectations
    (in_time,), (too_late,) = expected.handed_over, expected.too_late_at_counter
    requests = {
        said.subject: (event.at, said)
        for event, said in valid_events(script)
        if isinstance(said, IceCustodyRequested)
    }
    assert set(requests) == {in_time, too_late}
    arrested_at = about(script, in_time)[0][1].instants()["arrested_at"]
    assert requests[in_time][0] < expected_deadline(arrested_at) - timedelta(hours=6)
    assert requests[too_late][0] > expected.deadlines[too_late] + timedelta(hours=6)


def test_the_amendment_after_a_contact_would_move_the_deadline_later(script: Weekend) -> None:
    (booking,) = script.expectations.later_deadline_refused
    _, (contact, _), (amendment, said) = about(script, booking)
    assert isinstance(said, BookingAmended)
    assert said.data.arrested_at is not None
    assert contact.at < amendment.at < script.expectations.deadlines[booking] - timedelta(hours=6)
    assert expected_deadline(said.data.arrested_at) > script.expectations.deadlines[booking]


def test_an_earlier_deadline_and_one_that_nobody_asked_about_are_corrected(script: Weekend) -> None:
    expected = script.expectations
    corrected = {
        said.subject: said.data.arrested_at
        for _, said in valid_events(script)
        if isinstance(said, BookingAmended)
        and said.data.arrested_at is not None
        and said.subject not in expected.later_deadline_refused
    }
    assert len(corrected) == 2
    assert len(set(corrected) & expected.contacted) == 1
    for booking, arrested_at in corrected.items():
        assert expected.deadlines[booking] == expected_deadline(arrested_at)


def test_a_word_for_word_repeat_and_a_second_booking_alike_and_one_unlike_arrive(script: Weekend) -> None:
    expected = script.expectations
    repeats = [raw for raw, times in Counter(event.raw for event in script.events).items() if times > 1]
    assert len(repeats) == expected.duplicates == 1
    for bookings, same in ((expected.booked_twice_alike, True), (expected.booked_twice_differently, False)):
        (booking,) = bookings
        first, second = [said for _, said in about(script, booking) if isinstance(said, BookingCreated)]
        assert first.id != second.id
        assert (first.data == second.data) is same


def test_somebody_posts_bail_for_a_number_that_nobody_books(script: Weekend) -> None:
    (number,) = script.expectations.never_booked
    assert number not in script.expectations.bookings
    assert [said.type for _, said in about(script, number)] == ["custody.bail.posted.v1"]


def test_closed_after_a_contact_means_withdrawn(script: Weekend) -> None:
    expected = script.expectations
    assert {expected.endings[booking] for booking in expected.withdrawn} == {
        "voided",
        "transferred",
        "handed_over",
    }
    assert expected.withdrawn <= expected.contacted


def test_the_contact_after_a_release_is_after_the_departure_too(script: Weekend) -> None:
    (booking,) = script.expectations.contacted_after_release
    assert [said.type.split(".")[1:3] for _, said in about(script, booking)] == [
        ["booking", "created"],
        ["release", "ordered"],
        ["person", "departed"],
        ["ice", "contacted"],
    ]


def test_the_holds_that_remain_were_placed_and_not_lifted(script: Weekend) -> None:
    for booking, remaining in script.expectations.remaining_authority.items():
        said = [sent for _, sent in about(script, booking)]
        placed = {sent.data.hold_id for sent in said if sent.type == "custody.hold.placed.v1"}
        lifted = {sent.data.hold_id for sent in said if sent.type == "custody.hold.lifted.v1"}
        assert placed - lifted == remaining
    assert len(script.expectations.remaining_authority) == 2


def test_only_the_one_with_a_listed_violent_felony_is_actively_assisted(script: Weekend) -> None:
    contacted = script.expectations.contacted
    robbery = {
        said.subject
        for _, said in valid_events(script)
        if isinstance(said, BookingCreated) and said.data.charges[0].statute == "211PC"
    }
    assert robbery & contacted == script.expectations.actively_assisted


def test_the_bail_that_becomes_known_late_was_posted_before_the_deadline(script: Weekend) -> None:
    expected = script.expectations
    ((booking, posted_at),) = expected.entitled_earlier.items()
    (arrival,) = [event.at for event, said in about(script, booking) if said.type == "custody.bail.posted.v1"]
    assert posted_at < expected.deadlines[booking] < arrival


def test_those_released_by_an_event_leave_within_half_an_hour(script: Weekend) -> None:
    for booking, ending in script.expectations.endings.items():
        if ending in ENDED_BY_AN_EVENT:
            release, departure = [
                event.at
                for event, said in about(script, booking)
                if not isinstance(said, BookingCreated | IceContacted)
                and said.type != "custody.warrant_check.completed.v1"
            ]
            assert timedelta(minutes=5) < departure - release < timedelta(minutes=30), booking


def test_those_released_at_a_deadline_leave_after_it_and_two_of_them_hours_after_it(script: Weekend) -> None:
    expected = script.expectations
    for booking, deadline in expected.deadlines.items():
        departure = script.departure_for(booking, deadline)
        assert departure is not None
        said = parsed(departure)
        assert isinstance(said, PersonDeparted)
        assert said.subject == departure.booking == booking
        assert said.data.departed_at == departure.at
        overdue = departure.at - deadline > timedelta(minutes=30)
        assert overdue == (booking in expected.overstaying), booking
    assert len(expected.overstaying) == 2


def test_nobody_departs_twice_and_no_stranger_departs(script: Weekend) -> None:
    expected = script.expectations
    for booking in expected.bookings - set(expected.deadlines):
        assert script.departure_for(booking, script.ends_at) is None
    assert script.departure_for("nobody", script.ends_at) is None
    (gone_early,) = expected.departed_while_held
    (departed,) = [event.at for event, said in about(script, gone_early) if isinstance(said, PersonDeparted)]
    assert departed < expected.deadlines[gone_early] - timedelta(hours=6)


def test_the_one_in_hospital_is_released_from_there_at_the_deadline(script: Weekend) -> None:
    (booking,) = script.expectations.in_hospital
    assert "hospital" in [
        said.data.to for _, said in about(script, booking) if isinstance(said, PersonTransferred)
    ]
    assert script.expectations.endings[booking] == "deadline"
