"""The demo's weekend: the same each time, in the contract's language, and with an end for everybody."""

import json
from collections import Counter
from datetime import datetime, timedelta
from itertools import groupby

import pytest

from events.inbound import (
    BookingAmended,
    BookingCreated,
    IceContacted,
    PersonDeparted,
    PersonTransferred,
)
from events.parse import Rejection
from ops.demo.weekend import Weekend, expected_deadline, weekend
from tests.support.weekend_reading import ENDED_BY_AN_EVENT, LOCAL, about, local, parsed, valid_events

ENDS_CUSTODY_HERE = {"court", "sheriff", "other_agency"}


def test_the_same_seed_gives_the_same_weekend_to_the_byte() -> None:
    assert weekend(5) == weekend(5)
    assert weekend() == weekend(2016)


def test_another_seed_gives_another_crowd_and_the_same_scenes() -> None:
    one, other = weekend(5), weekend(6)
    assert one.events != other.events
    assert one.expectations.contacted == other.expectations.contacted
    assert one.expectations.rejected == other.expectations.rejected


def test_it_runs_for_three_days_from_the_evening_of_veterans_day(script: Weekend) -> None:
    assert script.starts_at == local(11, 18)
    assert timedelta(hours=68) < script.ends_at - script.starts_at < timedelta(hours=76)
    assert script.events[0].at >= script.starts_at
    assert script.events[-1].at < script.ends_at


def test_arrivals_are_in_order(script: Weekend) -> None:
    arrivals = [event.at for event in script.events]
    assert arrivals == sorted(arrivals)


def test_there_are_150_bookings_at_ten_stations(script: Weekend) -> None:
    created = [said for _, said in valid_events(script) if isinstance(said, BookingCreated)]
    assert {said.subject for said in created} == script.expectations.bookings
    assert len(script.expectations.bookings) == 150
    assert len({said.data.facility for said in created}) == 10


def test_everything_but_the_garbage_is_an_event_of_the_contract(script: Weekend) -> None:
    refused = Counter(said.reason for said in map(parsed, script.events) if isinstance(said, Rejection))
    assert refused == Counter(script.expectations.rejected)


def test_every_reason_of_the_contract_is_earned() -> None:
    assert weekend().expectations.rejected == {
        "not_json": 2,
        "not_cloudevent": 2,
        "unknown_type": 2,
        "invalid_data": 2,
        "too_large": 1,
    }


def test_no_instant_but_one_that_is_doubtful_lies_ahead_of_its_arrival(script: Weekend) -> None:
    ahead = {
        event.note
        for event, said in valid_events(script)
        if any(instant > event.at for instant in said.instants().values())
    }
    assert ahead == {"bail next month"}


def test_each_doubt_is_there_for_the_watch_to_hear_of(script: Weekend) -> None:
    assert {code for code, _ in script.expectations.doubts} == {
        "time_doubtful",
        "word_unknown",
        "field_removed",
        "deadline_moved_later",
        "late_on_arrival",
        "event_refused",
    }


def test_one_bail_is_said_to_be_posted_before_the_arrest_and_nothing_else_is(script: Weekend) -> None:
    arrests = {
        said.subject: said.data.arrested_at
        for _, said in valid_events(script)
        if isinstance(said, BookingCreated)
        and said.subject not in script.expectations.booked_twice_differently
    }
    backwards = [
        event.note
        for event, said in valid_events(script)
        for instant in said.instants().values()
        if said.subject in arrests
        and not isinstance(said, BookingAmended)
        and instant < arrests[said.subject]
    ]
    assert backwards == ["bail before the arrest"]


def test_nothing_happens_to_anybody_before_the_booking_but_the_one_contact(script: Weekend) -> None:
    for booking in script.expectations.bookings:
        first = about(script, booking)[0][1]
        early = not isinstance(first, BookingCreated)
        assert early == (booking in script.expectations.contacted_before_booking), booking


def test_the_one_contact_before_the_booking_is_minutes_ahead_of_it(script: Weekend) -> None:
    (booking,) = script.expectations.contacted_before_booking
    (contact, said), (booked, _), *_ = about(script, booking)
    assert isinstance(said, IceContacted)
    assert timedelta(0) < booked.at - contact.at < timedelta(minutes=15)


def test_every_booking_ends_in_the_way_that_its_events_say(script: Weekend) -> None:
    endings = script.expectations.endings
    for booking in script.expectations.bookings:
        said = [sent for _, sent in about(script, booking)]
        taken_over = any(
            isinstance(sent, PersonTransferred) and sent.data.to in ENDS_CUSTODY_HERE for sent in said
        )
        assert taken_over == (endings[booking] == "transferred"), booking
        let_go = {"custody.bail.posted.v1", "custody.release.ordered.v1"} & {sent.type for sent in said}
        if booking not in script.expectations.entitled_earlier:
            by_order = endings[booking] in ENDED_BY_AN_EVENT - {"probable_cause_not_found"}
            assert bool(let_go) == by_order, booking


def test_every_kind_of_ending_occurs(script: Weekend) -> None:
    endings = Counter(script.expectations.endings.values())
    closed = {"transferred", "handed_over", "voided", "escaped"}
    assert set(endings) == ENDED_BY_AN_EVENT | closed | {"deadline"}
    assert endings["deadline"] >= 60
    assert endings["bail"] >= 20
    assert endings["citation"] >= 20


def test_whoever_is_let_go_or_taken_over_is_so_two_hours_before_any_deadline(script: Weekend) -> None:
    for booking, ending in script.expectations.endings.items():
        if ending == "deadline":
            continue
        history = about(script, booking)
        arrested_at = next(said.data.arrested_at for _, said in history if isinstance(said, BookingCreated))
        last = [event.at for event, said in history if not isinstance(said, IceContacted | PersonDeparted)][
            -1
        ]
        assert last <= expected_deadline(arrested_at) - timedelta(hours=2), booking


def test_deadlines_fall_on_each_day_from_saturday_to_monday(script: Weekend) -> None:
    expected = script.expectations
    days = Counter(
        deadline.astimezone(LOCAL).strftime("%A")
        for booking, deadline in expected.deadlines.items()
        if booking not in expected.late_on_arrival
    )
    assert set(days) == {"Saturday", "Sunday", "Monday"}
    assert min(days.values()) >= 9
    assert set(expected.deadlines) == {b for b, ending in expected.endings.items() if ending == "deadline"}


def test_the_late_one_is_past_its_deadline_on_arrival_and_nobody_else_is(script: Weekend) -> None:
    expected = script.expectations
    late = {
        booking
        for booking, deadline in expected.deadlines.items()
        if about(script, booking)[0][0].at > deadline
    }
    assert late == expected.late_on_arrival
    assert len(late) == 1


def test_event_ids_differ_wherever_the_content_does(script: Weekend) -> None:
    identities = sorted((said.subject, said.id, event.raw) for event, said in valid_events(script))
    for _, same in groupby(identities, key=lambda identity: identity[:2]):
        assert len({raw for *_, raw in same}) == 1


def test_notes_are_short_plain_words_without_a_charge_or_a_number(script: Weekend) -> None:
    for event in script.events:
        assert 0 < len(event.note) < 75
        assert "WKND" not in event.note
    statutes = {
        json.loads(event.raw)["data"]["charges"][0]["statute"]
        for event, said in valid_events(script)
        if isinstance(said, BookingCreated)
    }
    assert not [event.note for event in script.events if any(statute in event.note for statute in statutes)]


@pytest.mark.parametrize(
    ("arrested_at", "deadline"),
    [
        (local(14, 10), local(16, 10)),
        (local(16, 18), local(18, 18)),
        (local(18, 10), local(21, 10)),
        (local(23, 18), local(26, 18)),
        (local(4, 23), local(7, 22)),  # the clocks go back on the 6th: 72 h end an hour earlier by the wall
        (local(9, 10), local(12, 10)),
        (local(8, 13, 30), local(10, 13, 30)),
        (local(11, 15), local(14, 15)),
        (local(9, 0), local(11, 0)),  # used up at the midnight before the holiday
    ],
)
def test_the_expected_deadline_agrees_with_deadlines_worked_out_by_hand(
    arrested_at: datetime, deadline: datetime
) -> None:
    assert expected_deadline(arrested_at) == deadline
