"""What cannot be read or is on no list costs no event its effect: the word is kept, the watch alarmed."""

from typing import Any

import pytest

from tests.support.arrivals import ARRESTED, DEADLINE, HOUR, event, ice_contact, la, voided
from tests.support.outbound import alarm_codes, dates, release_orders
from tests.support.tracked import held

AT = ARRESTED + HOUR
CONTACT: dict[str, Any] = {"contacted_at": AT, "channel": "fax", "form": "none", "requests": []}
COURT_SESSION_ENDS = la("2016-11-16 16:30")


@pytest.mark.parametrize(
    ("kind", "deadline", "alarms"),
    [
        ("warrant", COURT_SESSION_ENDS, []),
        ("warrantless", DEADLINE, []),
        ("bench_warrant", DEADLINE, ["word_unknown"]),
    ],
)
def test_an_arrest_of_an_unknown_kind_counts_as_one_without_a_warrant(
    kind: str, deadline: object, alarms: list[str]
) -> None:
    booking = held("ca-values-2018", arrest_kind=kind)
    assert (booking.known.deadline, alarm_codes(booking.outbound)) == (deadline, alarms)
    assert booking.known.facts is not None
    assert booking.known.facts.arrest_kind == kind


def test_a_release_ordered_for_an_unknown_reason_releases_and_the_word_is_kept() -> None:
    booking = held()
    sent = booking.receive(event("release.ordered", {"ordered_at": AT, "basis": "amnesty"}))
    [order] = release_orders(sent)
    assert (order.data.basis, alarm_codes(sent)) == ("other", ["word_unknown"])
    assert booking.entries[-1].content["detail"]["basis_as_reported"] == "amnesty"


def test_bail_of_an_unknown_kind_releases() -> None:
    booking = held()
    sent = booking.receive(event("bail.posted", {"posted_at": AT, "kind": "property"}))
    assert (booking.known.basis, alarm_codes(sent)) == ("bail", ["word_unknown"])


@pytest.mark.parametrize(
    "words",
    [{"form": "I-999"}, {"channel": "pigeon"}, {"requests": ["release_date", "fingerprints"]}],
    ids=lambda words: next(iter(words)),
)
def test_a_contact_with_an_unknown_word_is_answered(words: dict[str, Any]) -> None:
    booking = held()
    sent = booking.receive(event("ice.contacted", CONTACT | words))
    assert (dates(sent), alarm_codes(sent)) == ([DEADLINE], ["word_unknown"])
    detail = booking.entries[-1].content["detail"]
    assert {name: detail[name] for name in words} == words


@pytest.mark.parametrize("to", ["immigration", "", None], ids=["unknown", "empty", "left out"])
def test_a_transfer_to_nobody_knows_whom_is_as_one_to_a_hospital(to: str | None) -> None:
    booking = held()
    data = {"transferred_at": AT} | ({} if to is None else {"to": to})
    sent = booking.receive(event("person.transferred", data))
    assert (booking.state, booking.known.deadline, booking.outcomes[-1]) == ("held", DEADLINE, "at_hospital")
    assert alarm_codes(sent) == ["word_unknown"]


@pytest.mark.parametrize(
    "facts",
    [
        {"charges": [{"statute": "459PC", "level": "infamy"}]},
        {"charges": [{"statute": 459, "level": "felony"}]},
        {"charges": "459PC"},
        {"facility": ""},
        {"facility": 77},
        {"agency": ""},
    ],
    ids=str,
)
def test_a_booking_counts_without_what_cannot_be_read_of_it(facts: dict[str, Any]) -> None:
    booking = held(**facts)
    assert (booking.state, booking.known.deadline) == ("held", DEADLINE)
    assert alarm_codes(booking.outbound) == ["word_unknown"]


@pytest.mark.parametrize("facts", [{"charges": []}, {"charges": None}, {"facility": None}], ids=str)
def test_a_booking_may_leave_out_its_charges_and_its_facility(facts: dict[str, Any]) -> None:
    booking = held(**facts)
    assert (booking.known.deadline, booking.rejected) == (DEADLINE, [])


def test_one_charge_that_cannot_be_read_costs_no_other_its_effect() -> None:
    """A violent felony among them: ICE is assisted after a contact."""
    booking = held(charges=[{"statute": None, "level": "felony"}, {"statute": "211PC", "level": "felony"}])
    assert booking.known.facts is not None
    assert [charge.statute for charge in booking.known.facts.charges] == ["211PC"]
    booking.receive(ice_contact())
    sent = booking.at(DEADLINE - 4 * HOUR).tick()
    assert [notice.audience for notice in sent] == ["watch", "ice"]


def test_a_void_for_an_unknown_reason_closes_the_record() -> None:
    booking = held()
    assert alarm_codes(booking.receive(voided("prank"))) == ["word_unknown"]
    assert (booking.known.basis, booking.known.void_reason) == ("voided", "prank")


def test_a_doubtful_event_that_arrives_again_raises_no_second_alarm() -> None:
    booking = held()
    fact = voided("prank")
    booking.receive(fact)
    assert booking.receive(fact) == []
