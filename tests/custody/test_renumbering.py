"""A booking under a new number: the same clock goes on there, and no new number leads round the ceiling."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product

import orjson
import pytest

from events.outbound import IceReleaseDateGiven, Outbound
from events.testing import Clockwork, rules_of
from tests.support.arrivals import (
    ARRESTED,
    BOOKING,
    DEADLINE,
    HOUR,
    MINUTE,
    amended,
    bail,
    booked,
    contact_withdrawn,
    counsel,
    departed,
    event,
    hold,
    ice_at_the_counter,
    ice_contact,
    la,
    ordered,
    probable_cause,
    reinstated,
    renumbered,
    returned,
    transferred,
    voided,
    warrant_check,
)
from tests.support.outbound import alarm_codes, overdue_minutes, release_orders, statuses
from tests.support.tracked import PROFILES
from worker.custody.decide import Received
from worker.custody.record import Record

OLD, NEW = BOOKING, "B-2"
SECOND = timedelta(seconds=1)


def clockwork(profile: str = "lapd-2016-11", after: timedelta = 5 * HOUR) -> Clockwork:
    """Some hours after the arrest; what one number sends on to another arrives at once."""
    return Clockwork(ARRESTED + after, rules_of(profile))


def put(clock: Clockwork, *facts: Received) -> list[Outbound]:
    """These events arrive, in one batch."""
    return clock.put(*(fact.raw.encode() for fact in facts))


def each(clock: Clockwork, *facts: Received) -> list[Outbound]:
    """These events arrive, each in a batch of its own."""
    return [notice for fact in facts for notice in put(clock, fact)]


def known(clock: Clockwork, number: str) -> Record:
    """The record under a number."""
    return clock.bookings[number].known


def of(number: str, make: Callable[..., Received], *args: object, **named: object) -> Received:
    """An event about a number."""
    return make(*args, booking=number, **named)


@pytest.mark.parametrize("profile", PROFILES)
def test_the_clock_goes_on_under_the_new_number_with_all_that_was_known(profile: str) -> None:
    clock = clockwork(profile)
    put(clock, booked(), hold(), counsel(), probable_cause("found"))
    put(clock, ice_contact("hold", qualification="conviction_7282_5"))
    before = known(clock, OLD)
    put(clock, renumbered(NEW))
    assert (clock.state(OLD), known(clock, OLD).basis, clock.state(NEW)) == ("closed", "renumbered", "held")
    after = known(clock, NEW)
    for name in (
        "facts",
        "heard_at",
        "deadline",
        "governing_limit",
        "ceiling",
        "contacts",
        "holds",
        "counsel",
        "profile",
        "probable_cause_found_at",
    ):
        assert getattr(after, name) == getattr(before, name), name
    [order] = release_orders(clock.move_to(clock.deadline(NEW)))
    assert (order.subject, order.data.released_at) == (NEW, before.deadline)


def test_no_timer_remains_under_the_old_number() -> None:
    clock = clockwork()
    put(clock, booked(), renumbered(NEW))
    sent = clock.move_to(DEADLINE + 100 * HOUR)
    assert {notice.subject for notice in sent} == {NEW}


def test_ice_is_sent_that_the_old_date_no_longer_holds_and_the_same_date_under_the_new_number() -> None:
    clock = clockwork()
    put(clock, booked(), ice_contact())
    sent = [notice for notice in put(clock, renumbered(NEW)) if isinstance(notice, IceReleaseDateGiven)]
    assert [(notice.subject, notice.data.status) for notice in sent] == [
        (OLD, "withdrawn"),
        (NEW, "scheduled"),
    ]
    assert sent[1].data.release_at == DEADLINE


def test_without_a_contact_ice_is_sent_nothing_about_either_number() -> None:
    clock = clockwork()
    sent = put(clock, booked(), renumbered(NEW)) + clock.move_to(DEADLINE)
    assert {notice.audience for notice in sent} == {"jms", "watch"}
    assert alarm_codes(sent) == []


LATER_EVENTS: dict[str, tuple[Callable[[], Received], str]] = {
    "bail": (bail, "released"),
    "order": (ordered, "released"),
    "no probable cause": (lambda: probable_cause("not_found"), "released"),
    "transfer": (transferred, "closed"),
    "void": (voided, "closed"),
    "ice at the counter": (lambda: ice_at_the_counter(ARRESTED + 5 * HOUR), "closed"),
    "ice calls": (ice_contact, "held"),
    "amendment": (lambda: amended(facility="Van Nuys"), "held"),
    "warrant check": (warrant_check, "held"),
}


@pytest.mark.parametrize("name", LATER_EVENTS)
@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one by one"])
def test_an_event_for_the_old_number_counts_for_the_new_one(name: str, together: bool) -> None:
    make, state = LATER_EVENTS[name]
    clock, fact = clockwork(), make()
    facts = (booked(), renumbered(NEW), fact)
    (put if together else each)(clock, *facts)
    assert (clock.state(OLD), clock.state(NEW)) == ("closed", state)
    assert clock.bookings[OLD].outcomes[-1] == "sent_on"
    version = known(clock, NEW).version
    put(clock, fact)
    assert known(clock, NEW).version == version


def test_the_old_number_itself_may_be_used_for_a_further_renumbering() -> None:
    clock = clockwork()
    each(clock, booked(), renumbered("B-2"), renumbered("B-3"), bail())
    assert [clock.state(number) for number in ("B-1", "B-2", "B-3")] == ["closed", "closed", "released"]


def test_a_number_that_is_its_own_new_number_changes_nothing() -> None:
    clock = clockwork()
    put(clock, booked(), renumbered(OLD))
    assert (clock.state(OLD), known(clock, OLD).renumbered_to) == ("held", None)


def test_events_that_wait_under_the_new_number_are_applied_when_the_custody_arrives() -> None:
    clock = clockwork()
    put(clock, of(NEW, bail))
    assert clock.state(NEW) == "awaiting_booking"
    put(clock, booked(), renumbered(NEW))
    assert clock.state(NEW) == "released"


def test_events_that_wait_with_a_renumbering_for_their_booking_reach_the_new_number() -> None:
    clock = clockwork()
    each(clock, renumbered(NEW), bail())
    put(clock, booked())
    assert (known(clock, OLD).basis, clock.state(NEW), known(clock, NEW).basis) == (
        "renumbered",
        "released",
        "bail",
    )


def test_the_booking_reported_again_under_the_new_number_is_a_repeat() -> None:
    clock = clockwork()
    put(clock, booked(), renumbered(NEW))
    assert put(clock, booked(booking=NEW)) == []
    assert alarm_codes(put(clock, booked(booking=NEW, facility="Van Nuys"))) == ["booking_conflict"]


# Clause 2: no route round the ceiling.


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("chain", [["B-2"], ["B-2", "B-3"], ["B-2", "B-1"], ["B-2", "B-3", "B-1"]], ids=str)
def test_after_a_contact_no_new_number_lets_an_amendment_set_a_later_deadline(
    profile: str, chain: list[str]
) -> None:
    clock = clockwork(profile)
    put(clock, booked(), ice_contact("hold"))
    ceiling = known(clock, OLD).ceiling
    deadline, number = clock.deadline(OLD), OLD
    for new in chain:
        put(clock, of(number, renumbered, new))
        number = new
        later = dict.fromkeys(("arrested_at", "booked_at"), ARRESTED + 4 * HOUR)
        sent = put(clock, of(number, amended, **later))
        assert (clock.state(number), known(clock, number).ceiling) == ("held", ceiling)
        assert ceiling is not None and deadline <= clock.deadline(number) <= ceiling.deadline
        assert set(alarm_codes(sent)) <= {"later_deadline_refused", "deadline_moved_later"}


@pytest.mark.parametrize("order", ["the contact first", "the new number first"])
def test_a_booking_that_exists_under_the_new_number_already_leads_to_no_later_deadline(order: str) -> None:
    """Somebody books the person again, with a later arrest, and gives the first booking that number."""
    clock = clockwork()
    again = of(NEW, booked, ARRESTED + 4 * HOUR)
    first = [booked(), ice_contact("hold")]
    each(clock, *([*first, again] if order == "the contact first" else [again, *first]))
    put(clock, renumbered(NEW, "merged"))
    assert (clock.state(NEW), clock.deadline(NEW)) == ("held", DEADLINE)
    ceiling = known(clock, NEW).ceiling
    assert ceiling is not None and ceiling.deadline == DEADLINE
    put(clock, of(NEW, amended, arrested_at=ARRESTED + 4 * HOUR + MINUTE))
    assert clock.deadline(NEW) == DEADLINE


def test_a_void_before_the_new_number_and_a_reinstatement_after_it_lead_to_no_later_deadline() -> None:
    clock = clockwork()
    each(clock, booked(), ice_contact("hold"), voided(), renumbered(NEW))
    assert (clock.state(NEW), known(clock, NEW).basis) == ("closed", "voided")
    sent = put(clock, booked(ARRESTED + 4 * HOUR, booking=NEW))
    assert alarm_codes(sent) == ["booking_again"]
    put(clock, reinstated())
    assert (clock.state(NEW), clock.deadline(NEW)) == ("held", DEADLINE)
    assert known(clock, NEW).ceiling == known(clock, OLD).ceiling


def test_a_withdrawn_route_is_sent_nothing_under_the_new_number_either() -> None:
    clock = clockwork()
    each(clock, booked(), ice_contact(reply_to="ero-la"), ice_contact(reply_to="ero-sd"))
    put(clock, contact_withdrawn("ero-la"))
    sent = put(clock, renumbered(NEW)) + clock.move_to(DEADLINE)
    assert {route for route, _ in statuses(sent)} == {"ero-sd"}
    assert known(clock, NEW).ceiling is not None


def test_nobody_is_handed_over_under_the_new_number_after_the_deadline() -> None:
    clock = clockwork()
    put(clock, booked(), renumbered(NEW))
    clock.move_to(DEADLINE)
    put(clock, of(NEW, event_at_the_counter))
    assert (clock.state(NEW), known(clock, NEW).basis) == ("released", "deadline")


def event_at_the_counter(*, booking: str) -> Received:
    """ICE asks for the person, at the deadline."""
    data = {
        "requested_at": DEADLINE,
        "officer_reference": "badge 7",
        "warrant": "judicial",
        "reply_to": "ero-la",
    }
    return event("ice.custody_requested", data, booking=booking)


# Two bookings that are one: the earlier deadline and the lower ceiling stand.


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("hours", [-3, 3], ids=["the other is earlier", "the other is later"])
def test_of_two_that_are_merged_the_earlier_deadline_stands(profile: str, hours: int) -> None:
    clock = clockwork(profile)
    put(clock, booked(), of(NEW, booked, ARRESTED + hours * HOUR))
    earlier = min(clock.deadline(OLD), clock.deadline(NEW))
    put(clock, renumbered(NEW, "merged"))
    assert (clock.state(OLD), clock.state(NEW), clock.deadline(NEW)) == ("closed", "held", earlier)
    clock.move_to(earlier)
    assert clock.state(NEW) == "released"


@pytest.mark.parametrize("hours", [-3, 3], ids=["the other is earlier", "the other is later"])
@pytest.mark.parametrize("contacted", [(OLD,), (NEW,), (OLD, NEW)], ids=str)
def test_of_two_that_are_merged_the_lower_ceiling_stands(hours: int, contacted: tuple[str, ...]) -> None:
    clock = clockwork()
    put(clock, booked(), of(NEW, booked, ARRESTED + hours * HOUR))
    for number in contacted:
        put(clock, of(number, ice_contact))
    ceilings = [ceiling for number in (OLD, NEW) if (ceiling := known(clock, number).ceiling)]
    put(clock, renumbered(NEW, "merged"))
    ceiling = known(clock, NEW).ceiling
    assert ceiling is not None
    assert ceiling.deadline == min(one.deadline for one in ceilings)
    assert len(known(clock, NEW).contacts) == len(contacted)


def test_what_was_known_under_both_numbers_is_known_of_the_merged_booking() -> None:
    clock = clockwork()
    put(clock, booked(), hold("placed", "H-1"), counsel("public-defender"), ice_contact(reply_to="ero-la"))
    put(clock, of(NEW, booked), of(NEW, ice_contact, reply_to="ero-sd"))
    put(clock, event("hold.placed", {"hold_id": "H-2", "kind": "probation"}, booking=NEW))
    put(clock, renumbered(NEW, "merged"))
    merged = known(clock, NEW)
    assert {hold.hold_id for hold in merged.holds} == {"H-1", "H-2"}
    assert [contact.reply_to for contact in merged.contacts] == ["ero-sd", "ero-la"]
    assert merged.counsel == "public-defender"


def test_whoever_asked_about_either_number_is_sent_the_date_of_the_merged_booking() -> None:
    clock = clockwork()
    put(clock, booked(), ice_contact(reply_to="ero-la"), of(NEW, booked, ARRESTED - HOUR))
    sent = [notice for notice in put(clock, renumbered(NEW, "merged")) if notice.subject == NEW]
    assert statuses(sent) == [("ero-la", "scheduled")]
    assert statuses(clock.move_to(clock.deadline(NEW))) == [("ero-la", "released")]


def test_an_amendment_of_the_merged_booking_sets_no_deadline_past_that_of_the_other() -> None:
    clock = clockwork()
    put(clock, booked(), of(NEW, booked, ARRESTED + HOUR), renumbered(NEW, "merged"))
    put(clock, of(NEW, amended, arrested_at=ARRESTED + 2 * HOUR, booked_at=ARRESTED + 2 * HOUR))
    assert clock.deadline(NEW) == DEADLINE
    put(clock, of(NEW, amended, arrested_at=ARRESTED - HOUR))
    assert clock.deadline(NEW) == DEADLINE - HOUR


def test_a_finding_after_the_merger_has_its_lawful_effect_on_both_arrests() -> None:
    clock = clockwork("ca-values-2018")
    put(clock, booked(), of(NEW, booked, ARRESTED + HOUR), renumbered(NEW, "merged"))
    assert (clock.deadline(NEW), known(clock, NEW).governing_limit) == (DEADLINE, "pc_determination_48h")
    put(clock, probable_cause("found"))
    assert (clock.deadline(NEW), known(clock, NEW).governing_limit) == (la("2016-11-16 16:30"), "pc_825")


def test_a_finding_of_one_booking_does_not_move_the_deadline_of_the_other_at_the_merger() -> None:
    clock = clockwork("ca-values-2018")
    put(clock, booked(), of(NEW, booked, ARRESTED + HOUR), probable_cause("found"))
    put(clock, renumbered(NEW, "merged"))
    assert clock.deadline(NEW) == DEADLINE + HOUR


def test_a_late_booking_that_is_merged_within_its_grace_is_released_when_the_grace_ends() -> None:
    clock = clockwork(after=49 * HOUR)
    put(clock, of(NEW, booked, ARRESTED + 3 * HOUR))
    put(clock, booked())
    assert release_orders(put(clock, renumbered(NEW, "merged"))) == []
    [order] = release_orders(clock.move_to(clock.now + 60 * SECOND))
    assert (order.subject, order.data.entitled_at) == (NEW, DEADLINE)


def test_a_booking_voided_as_a_duplicate_and_merged_still_bounds_the_one_that_goes_on() -> None:
    clock = clockwork()
    put(clock, booked(), ice_contact("hold"), of(NEW, booked, ARRESTED + 3 * HOUR))
    put(clock, voided("duplicate"))
    sent = put(clock, renumbered(NEW, "merged"))
    assert (clock.state(NEW), clock.deadline(NEW), alarm_codes(sent)) == ("held", DEADLINE, [])
    ceiling = known(clock, NEW).ceiling
    assert ceiling is not None and ceiling.deadline == DEADLINE


def test_a_booking_that_ended_bounds_the_one_that_goes_on_by_what_was_reported_since() -> None:
    clock = clockwork()
    put(clock, booked(), of(NEW, booked, ARRESTED + 3 * HOUR), voided("duplicate"))
    put(clock, amended(arrested_at=ARRESTED - 2 * HOUR))
    put(clock, renumbered(NEW, "merged"))
    assert clock.deadline(NEW) == DEADLINE - 2 * HOUR


def test_of_two_that_are_merged_who_is_past_the_earlier_deadline_is_released_at_once() -> None:
    clock = clockwork()
    put(clock, booked(), transferred())
    clock.move_to(DEADLINE + HOUR)
    put(clock, of(NEW, booked, ARRESTED + 3 * HOUR))
    [order] = release_orders(put(clock, renumbered(NEW, "merged")))
    assert (order.subject, order.data.entitled_at) == (NEW, DEADLINE)


def test_a_contact_that_came_after_the_end_fixes_a_ceiling_for_the_booking_that_goes_on() -> None:
    clock = clockwork()
    put(clock, booked(), voided("duplicate"), ice_contact(), of(NEW, booked, ARRESTED + 3 * HOUR))
    assert known(clock, OLD).ceiling is None
    put(clock, renumbered(NEW, "merged"))
    assert known(clock, NEW).ceiling is not None


@pytest.mark.parametrize("end", [bail, transferred], ids=lambda make: make.__name__)
def test_a_booking_that_ended_and_is_merged_with_one_that_is_held_is_an_alarm(
    end: Callable[[], Received],
) -> None:
    clock = clockwork()
    put(clock, booked(), end(), of(NEW, booked, ARRESTED + 3 * HOUR))
    sent = put(clock, renumbered(NEW, "merged"))
    assert (clock.state(NEW), alarm_codes(sent)) == ("held", ["end_in_doubt"])


# A record that has ended goes on under the new number as well: what is reported later finds it there.


def test_a_released_record_goes_on_under_the_new_number_without_a_second_release() -> None:
    clock = clockwork()
    put(clock, booked(), bail(ARRESTED + 2 * HOUR))
    sent = put(clock, renumbered(NEW))
    assert (sent, clock.state(OLD), clock.state(NEW)) == ([], "released", "released")
    assert known(clock, NEW).released_at == known(clock, OLD).released_at
    put(clock, ordered(ARRESTED + HOUR))
    assert known(clock, NEW).entitled_at == ARRESTED + HOUR


@pytest.mark.parametrize("number", [OLD, NEW])
def test_a_departure_under_either_number_ends_the_overdue_alarms(number: str) -> None:
    clock = clockwork()
    put(clock, booked(), bail(ARRESTED + 5 * HOUR), renumbered(NEW))
    assert overdue_minutes(clock.move_to(clock.now + 30 * MINUTE)) == [30]
    left = departed(clock.now)
    put(clock, left if number == OLD else event("person.departed", {"departed_at": clock.now}, booking=NEW))
    assert clock.move_to(clock.now + 100 * HOUR) == []


@pytest.mark.parametrize("back", [returned, reinstated], ids=lambda make: make.__name__)
def test_who_was_renumbered_while_at_court_is_held_under_the_new_number_when_back(
    back: Callable[[], Received],
) -> None:
    clock = clockwork()
    each(clock, booked(), transferred("court"), renumbered(NEW), back())
    assert (clock.state(NEW), clock.deadline(NEW)) == ("held", DEADLINE)
    clock.move_to(DEADLINE)
    assert clock.state(NEW) == "released"


def test_a_release_and_the_new_number_in_one_commit_are_dated_by_it() -> None:
    clock = clockwork()
    put(clock, booked(), bail(), renumbered(NEW))
    assert known(clock, NEW).released_at == known(clock, OLD).released_at == clock.now


# Nobody's clock is lost on the way.


@pytest.mark.parametrize("end", [bail, transferred, voided], ids=lambda make: make.__name__)
def test_custody_that_the_new_number_cannot_take_comes_back_to_the_old_one(
    end: Callable[..., Received],
) -> None:
    """The new number has ended: an event never reopens it."""
    clock = clockwork()
    kind = end().event.type.removeprefix("custody.").removesuffix(".v1")
    data = end().event.data.model_dump(mode="json", exclude_none=True)
    put(clock, booked(), ice_contact(), of(NEW, booked), event(kind, data, booking=NEW))
    ended = clock.state(NEW)
    sent = put(clock, renumbered(NEW))
    assert (clock.state(OLD), clock.state(NEW)) == ("held", ended)
    assert clock.deadline(OLD) == DEADLINE
    assert "end_in_doubt" in alarm_codes(sent)
    assert statuses([notice for notice in sent if notice.subject == OLD])[-1] == ("ero-la", "scheduled")
    put(clock, bail())
    assert (clock.state(OLD), known(clock, OLD).basis) == ("released", "bail")


def test_a_number_that_is_given_back_has_the_clock_again() -> None:
    clock = clockwork()
    put(clock, booked(), ice_contact(), hold())
    put(clock, renumbered(NEW))
    put(clock, of(NEW, amended, arrested_at=ARRESTED - HOUR))
    put(clock, of(NEW, renumbered, OLD))
    assert (clock.state(OLD), clock.state(NEW)) == ("held", "closed")
    assert clock.deadline(OLD) == DEADLINE - HOUR
    assert known(clock, OLD).former_numbers == (NEW,)
    put(clock, of(NEW, bail))
    assert (clock.state(OLD), known(clock, OLD).basis) == ("released", "bail")


def test_two_bookings_that_swap_their_numbers_at_once_both_keep_their_clocks() -> None:
    """Neither number can take the other's custody before it has given up its own: a person must look."""
    clock = clockwork()
    put(clock, booked(), of(NEW, booked, ARRESTED + HOUR))
    sent = put(clock, renumbered(NEW), of(NEW, renumbered, OLD))
    assert (clock.deadline(OLD), clock.deadline(NEW)) == (DEADLINE, DEADLINE + HOUR)
    assert alarm_codes(sent) == ["end_in_doubt", "end_in_doubt"]
    clock.move_to(DEADLINE + HOUR)
    assert (clock.state(OLD), clock.state(NEW)) == ("released", "released")


RENUMBERINGS = [(old, new) for old in ("B-1", "B-2", "B-3") for new in ("B-1", "B-2", "B-3") if old != new]


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one by one"])
@pytest.mark.parametrize("first", RENUMBERINGS, ids="-".join)
def test_no_three_renumberings_of_two_bookings_lose_a_clock(first: tuple[str, str], together: bool) -> None:
    """Each of the two is released in the end, under its own number or under one that took it over."""
    for others in product(RENUMBERINGS, repeat=2):
        clock = clockwork()
        put(clock, booked(), of(NEW, booked, ARRESTED + HOUR))
        facts = [of(old, renumbered, new) for old, new in (first, *others)]
        (put if together else each)(clock, *facts)
        clock.move_to(DEADLINE + HOUR)
        ends = [booking.known for booking in clock.bookings.values() if booking.record is not None]
        released = [record for record in ends if record.state == "released"]
        assert {OLD, NEW} <= {
            number for record in released for number in (record.booking, *record.former_numbers)
        }


def test_bail_for_a_number_that_is_given_back_meanwhile_is_not_lost() -> None:
    clock = clockwork()
    put(clock, booked())
    put(clock, renumbered(NEW), of(NEW, renumbered, OLD), bail())
    assert (clock.state(OLD), known(clock, OLD).basis) == ("released", "bail")


def test_custody_for_a_number_that_was_renumbered_itself_goes_where_that_one_went() -> None:
    clock = clockwork()
    put(clock, booked(), of("B-2", booked, ARRESTED + HOUR))
    put(clock, of("B-2", renumbered, "B-3"))
    put(clock, renumbered("B-2", "merged"))
    assert [clock.state(number) for number in ("B-1", "B-2", "B-3")] == ["closed", "closed", "held"]
    assert clock.deadline("B-3") == DEADLINE


def test_a_number_that_was_given_back_after_a_release_is_in_use_again() -> None:
    clock = clockwork()
    each(clock, booked(), bail(), renumbered(NEW), of(NEW, renumbered, OLD))
    put(clock, departed())
    assert known(clock, OLD).departed_at == ARRESTED + HOUR
    assert clock.move_to(clock.now + 100 * HOUR) == []


def test_a_booking_too_long_to_be_carried_stays_where_it_is() -> None:
    """An event has 64 KiB at most, and the record under the old number travels within one."""
    clock = clockwork()
    charges = [
        {"statute": f"{number}PC", "level": "felony", "description": '"' * 100} for number in range(200)
    ]
    put(clock, booked(charges=charges))
    sent = put(clock, renumbered(NEW))
    assert (clock.state(OLD), clock.state(NEW), alarm_codes(sent)) == ("held", None, ["end_in_doubt"])
    clock.move_to(DEADLINE)
    assert clock.state(OLD) == "released"


def test_what_only_the_old_number_needs_is_not_carried() -> None:
    """A booking about which much was reported is no longer than another."""
    clock = clockwork()
    put(clock, booked(), hold(), counsel(), renumbered(NEW))
    [forward] = clock.bookings[OLD].forwards
    assert {"seen", "chain"}.isdisjoint(orjson.loads(orjson.loads(forward)["data"]["record"]))


def test_nobody_but_the_clock_can_carry_custody() -> None:
    clock = clockwork()
    put(clock, booked(), renumbered(NEW))
    [forward] = clock.bookings[OLD].forwards
    clock.put(forward.replace(b"urn:custody:clock", b"urn:example:jms").replace(b'"B-2"', b'"B-9"'))
    assert (clock.state("B-9"), [rejected.reason for rejected in clock.rejected]) == (None, ["unknown_type"])


def test_custody_that_arrives_twice_is_taken_once() -> None:
    clock = clockwork()
    put(clock, booked(), renumbered(NEW))
    before = known(clock, NEW)
    assert clock.put(*clock.bookings[OLD].forwards) == []
    assert known(clock, NEW) == before


def test_the_same_renumbering_always_carries_the_same_bytes() -> None:
    clocks = [clockwork(), clockwork()]
    for clock in clocks:
        put(clock, booked(id="1"), event("bail.posted", {"posted_at": ARRESTED, "kind": "cash"}, id="2"))
        put(clock, event("booking.renumbered", {"new_number": NEW}, id="3"))
    assert clocks[0].bookings[OLD].forwards == clocks[1].bookings[OLD].forwards
