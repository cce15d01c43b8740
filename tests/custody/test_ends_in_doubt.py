"""Facts that show that custody ended otherwise than it should have are alarms, and correct nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from tests.support.arrivals import (
    ARRESTED,
    DEADLINE,
    HOUR,
    MINUTE,
    amended,
    arraigned,
    bail,
    booked,
    escaped,
    ice_at_the_counter,
    ordered,
    probable_cause,
    transferred,
    voided,
)
from tests.support.outbound import alarm_codes
from tests.support.tracked import held, tracked
from worker.custody.decide import Received, decide

MICROSECOND, MILLISECOND = timedelta(microseconds=1), timedelta(milliseconds=1)
ENDS: dict[str, Callable[[datetime], Received]] = {
    "bail": bail,
    "order": ordered,
    "no probable cause": lambda at: probable_cause("not_found", at),
}


@pytest.mark.parametrize("name", ENDS)
@pytest.mark.parametrize(
    ("before", "codes"), [(MICROSECOND, ["end_in_doubt"]), (timedelta(0), [])], ids=["before", "not before"]
)
def test_an_end_of_custody_before_a_hand_over_puts_the_hand_over_in_doubt(
    name: str, before: timedelta, codes: list[str]
) -> None:
    booking = held()
    booking.receive(ice_at_the_counter(booking.now))
    handed_over_at = booking.now
    sent = booking.at(handed_over_at + HOUR).receive(ENDS[name](handed_over_at - before))
    assert (booking.known.basis, alarm_codes(sent)) == ("handed_over", codes)


def test_bail_in_the_commit_of_the_hand_over_is_judged_by_that_commit() -> None:
    booking = held()
    for posted_at, codes in ((booking.now, []), (booking.now - MINUTE, ["end_in_doubt"])):
        facts = [ice_at_the_counter(booking.now), bail(posted_at)]
        transition = decide(booking.known, facts, booking.rules, booking.now)
        assert transition.record.basis == "handed_over"
        assert alarm_codes(transition.outbound) == codes


@pytest.mark.parametrize("name", ENDS)
def test_an_end_of_custody_of_a_number_voided_as_a_duplicate_must_be_for_another_number(name: str) -> None:
    booking = held()
    booking.receive(voided("duplicate"))
    assert alarm_codes(booking.receive(ENDS[name](booking.now))) == ["end_in_doubt"]
    assert booking.known.basis == "voided"


@pytest.mark.parametrize("name", ENDS)
def test_an_end_of_custody_of_a_number_voided_as_a_mistake_is_noted(name: str) -> None:
    booking = held()
    booking.receive(voided("mistaken"))
    assert alarm_codes(booking.receive(ENDS[name](booking.now))) == []


TAKEN_OVER: dict[str, Callable[[datetime], Received]] = {
    "transfer": lambda at: transferred("court", at),
    "arraignment": arraigned,
}


@pytest.mark.parametrize("name", TAKEN_OVER)
@pytest.mark.parametrize(
    ("at", "codes"),
    [(DEADLINE - MICROSECOND, []), (DEADLINE, ["end_in_doubt"]), (DEADLINE + HOUR, ["end_in_doubt"])],
    ids=["before the deadline", "at the deadline", "after the deadline"],
)
def test_a_deadline_that_had_passed_before_another_authority_took_over_is_an_alarm(
    name: str, at: datetime, codes: list[str]
) -> None:
    """The report arrived before the deadline, or right behind a booking that came late."""
    booking = tracked(now=DEADLINE + 2 * HOUR)
    booking.receive(booked())
    sent = booking.receive(TAKEN_OVER[name](at))
    assert (booking.state, alarm_codes(sent)) == ("closed", codes)


@pytest.mark.parametrize("name", TAKEN_OVER)
def test_a_transfer_dated_in_the_future_is_judged_by_when_it_was_reported(name: str) -> None:
    booking = held()
    assert alarm_codes(booking.receive(TAKEN_OVER[name](DEADLINE + HOUR))) == []


@pytest.mark.parametrize("name", TAKEN_OVER)
@pytest.mark.parametrize(
    ("earlier", "codes"),
    [(10 * HOUR - MILLISECOND, []), (10 * HOUR, ["end_in_doubt"])],
    ids=["still in time", "too late"],
)
def test_an_amendment_that_shows_that_the_deadline_had_passed_before_is_an_alarm(
    name: str, earlier: timedelta, codes: list[str]
) -> None:
    booking = tracked(now=DEADLINE - 10 * HOUR)
    booking.receive(booked(), TAKEN_OVER[name](booking.now))
    sent = booking.receive(amended(arrested_at=ARRESTED - earlier))
    assert (booking.state, booking.known.deadline) == ("closed", DEADLINE)
    assert alarm_codes(sent) == codes


def test_an_amendment_that_shows_that_the_deadline_had_passed_before_a_hand_over_is_an_alarm() -> None:
    booking = tracked(now=DEADLINE - 10 * HOUR)
    booking.receive(booked(), ice_at_the_counter(booking.now - 10 * MINUTE))
    assert booking.known.basis == "handed_over"
    sent = booking.at(DEADLINE).receive(amended(arrested_at=ARRESTED - 10 * HOUR))
    assert alarm_codes(sent) == ["end_in_doubt"]


@pytest.mark.parametrize("name", TAKEN_OVER)
def test_after_a_transfer_dated_in_the_future_an_amendment_is_judged_by_when_it_was_reported(
    name: str,
) -> None:
    booking = tracked(now=DEADLINE - 10 * HOUR)
    booking.receive(booked(), TAKEN_OVER[name](DEADLINE + HOUR))
    assert alarm_codes(booking.receive(amended(arrested_at=ARRESTED - 5 * HOUR))) == []


def test_an_amendment_after_an_escape_puts_nothing_in_doubt() -> None:
    booking = tracked(now=DEADLINE - HOUR)
    booking.receive(booked(), escaped(booking.now))
    assert alarm_codes(booking.receive(amended(arrested_at=ARRESTED - 5 * HOUR))) == []


def test_a_transfer_that_arrived_before_the_deadline_and_is_processed_after_it_is_in_time() -> None:
    booking = held()
    fact = replace(transferred(transferred_at=DEADLINE - MINUTE), arrived_at=DEADLINE - MINUTE)
    booking.at(DEADLINE + HOUR)
    sent = booking.commit(decide(booking.known, [fact], booking.rules, booking.now))
    assert (booking.known.basis, alarm_codes(sent)) == ("transferred", [])
