"""`events.testing.Clockwork`, for whoever feeds the clock: try out a feed in memory, at any speed."""

from datetime import UTC, datetime, timedelta

import pytest

from events.corrections import Renumbering
from events.facts import BailPosting, BookingFacts, Charge, Departure, IceContact
from events.inbound import (
    BailPosted,
    BookingCreated,
    BookingRenumbered,
    IceContacted,
    Inbound,
    PersonDeparted,
)
from events.outbound import (
    ClockAlarmed,
    IceReleaseDateGiven,
    IceRequestDeclined,
    Outbound,
    RecordReleased,
    ReleaseApproaching,
    ReleaseOverdue,
    SubjectIceRequestServed,
)
from events.testing import Clockwork, rules_of

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
ARRESTED = datetime(2016, 11, 14, 18, tzinfo=UTC)
"""Monday, 14 November 2016, 10:00 in Los Angeles: due 48 hours later under the default profile."""
FEED = "urn:example:jail"


def booking(number: str, *, arrested_at: datetime = ARRESTED) -> BookingCreated:
    facts = BookingFacts(
        agency="LAPD",
        facility="77th Street",
        arrested_at=arrested_at,
        booked_at=arrested_at + HOUR,
        arrest_kind="warrantless",
        charges=(Charge(statute="459PC", level="felony"),),
    )
    return BookingCreated.about(number, facts, id=f"{number}-booked", source=FEED, time=facts.booked_at)


def bail(number: str, posted_at: datetime) -> BailPosted:
    posting = BailPosting(posted_at=posted_at, kind="bond")
    return BailPosted.about(number, posting, id=f"{number}-bail", source=FEED, time=posted_at)


def contact(number: str, contacted_at: datetime) -> IceContacted:
    asked = IceContact(
        contacted_at=contacted_at, channel="fax", form="I-247A", requests=("hold",), reply_to="ero-la"
    )
    return IceContacted.about(number, asked, id=f"{number}-ice", source=FEED, time=contacted_at)


def departure(number: str, departed_at: datetime) -> PersonDeparted:
    left = Departure(departed_at=departed_at)
    return PersonDeparted.about(number, left, id=f"{number}-left", source=FEED, time=departed_at)


def orders(sent: list[Outbound]) -> list[str]:
    """The bookings of the release orders, in order."""
    return [notice.subject for notice in sent if isinstance(notice, RecordReleased)]


@pytest.fixture
def clock() -> Clockwork:
    """Monday, 11:00: an hour after the arrest."""
    return Clockwork(now=ARRESTED + HOUR)


def test_a_booking_is_held_until_its_deadline_and_released_at_it(clock: Clockwork) -> None:
    assert clock.put(booking("2016-00417")) == []
    deadline = clock.deadline("2016-00417")
    assert deadline == ARRESTED + 48 * HOUR

    clock.move_to(deadline - SECOND)
    assert clock.state("2016-00417") == "held"

    [order] = clock.move_to(deadline)
    assert isinstance(order, RecordReleased)
    assert (order.data.basis, order.data.released_at) == ("deadline", deadline)
    assert clock.state("2016-00417") == "released"


def test_every_timer_fires_at_its_own_instant_however_far_the_clock_is_moved(clock: Clockwork) -> None:
    clock.put(booking("2016-00417"))
    sent = clock.move_to(ARRESTED + 100 * HOUR)
    warnings = [notice.data.remaining_minutes for notice in sent if isinstance(notice, ReleaseApproaching)]
    assert warnings == [12 * 60, 4 * 60, 60]
    [order] = [notice for notice in sent if isinstance(notice, RecordReleased)]
    assert order.data.released_at == ARRESTED + 48 * HOUR
    assert clock.now == ARRESTED + 100 * HOUR


def test_bail_releases_at_once(clock: Clockwork) -> None:
    clock.put(booking("2016-00417"))
    [order] = clock.put(bail("2016-00417", clock.now))
    assert isinstance(order, RecordReleased)
    assert (order.data.basis, order.data.released_at) == ("bail", clock.now)


def test_ice_is_sent_the_date_when_it_makes_contact_and_again_at_the_release(clock: Clockwork) -> None:
    clock.put(booking("2016-00417"))
    [answer] = clock.put(contact("2016-00417", clock.now))
    assert isinstance(answer, IceReleaseDateGiven)
    assert (answer.route, answer.data.status, answer.data.hold_request) == ("ero-la", "scheduled", "declined")
    assert answer.data.release_at == clock.deadline("2016-00417")

    order, notice = clock.put(bail("2016-00417", clock.now))
    assert isinstance(order, RecordReleased)
    assert isinstance(notice, IceReleaseDateGiven)
    assert notice.data.status == "released"


def test_an_event_before_its_booking_waits_and_is_applied_when_the_booking_arrives(clock: Clockwork) -> None:
    assert clock.put(bail("2016-00417", clock.now)) == []
    assert clock.state("2016-00417") == "awaiting_booking"
    assert orders(clock.put(booking("2016-00417"))) == ["2016-00417"]


def test_a_booking_that_does_not_arrive_within_15_minutes_raises_an_alarm(clock: Clockwork) -> None:
    clock.put(bail("2016-00417", clock.now))
    [alarm] = clock.move_to(clock.now + 15 * MINUTE)
    assert isinstance(alarm, ClockAlarmed)
    assert alarm.data.code == "unknown_booking"


def test_a_person_who_does_not_leave_is_overdue_until_the_departure_is_reported(clock: Clockwork) -> None:
    clock.put(booking("2016-00417"), bail("2016-00417", clock.now))
    [overdue] = clock.move_to(clock.now + 30 * MINUTE)
    assert isinstance(overdue, ReleaseOverdue)
    clock.put(departure("2016-00417", clock.now))
    assert clock.move_to(clock.now + 100 * HOUR) == []


def test_a_repeated_event_has_no_effect(clock: Clockwork) -> None:
    """Events are sent at least once: a feed may send one again after a failure."""
    events: tuple[Inbound, ...] = (booking("2016-00417"), bail("2016-00417", clock.now))
    assert orders(clock.put(*events, *events)) == ["2016-00417"]
    assert clock.put(*events) == []
    assert clock.rejected == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"\xff garbage", "not_json"),
        (b'{"booking": "2016-00417"}', "not_cloudevent"),
        (booking("2016-00417").to_wire().replace(b"arrested_at", b"arrested"), "invalid_data"),
        (booking("2016-00417").to_wire().replace(b"booking.created", b"clock.paused"), "unknown_type"),
    ],
    ids=["not JSON", "no envelope", "no instant", "an unknown type"],
)
def test_an_event_that_cannot_be_understood_is_kept_in_rejected_with_its_reason(
    clock: Clockwork, text: bytes, reason: str
) -> None:
    assert clock.put(text) == []
    [rejected] = clock.rejected
    assert (rejected.event, rejected.reason) == (text, reason)
    assert rejected.detail
    assert clock.state("2016-00417") is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (booking("2016-00417").to_wire().replace(b"felony", b"grave"), "word_unknown"),
        (booking("2016-00417", arrested_at=ARRESTED + 5 * HOUR).to_wire(), "time_doubtful"),
    ],
    ids=["an unknown word", "from the future"],
)
def test_an_event_that_is_doubtful_takes_effect_and_alarms_the_watch(
    clock: Clockwork, text: bytes, code: str
) -> None:
    [alarm] = clock.put(text)
    assert isinstance(alarm, ClockAlarmed)
    assert alarm.data.code == code
    assert (clock.state("2016-00417"), clock.rejected) == ("held", [])


def test_an_event_that_contradicts_its_booking_takes_effect_too(clock: Clockwork) -> None:
    clock.put(booking("2016-00417"))
    alarm, order = clock.put(bail("2016-00417", ARRESTED - HOUR))
    assert isinstance(alarm, ClockAlarmed)
    assert isinstance(order, RecordReleased)
    assert (alarm.data.code, order.data.entitled_at) == ("time_doubtful", clock.now)
    assert clock.rejected == []


def test_a_booking_under_a_new_number_goes_on_there_with_its_deadline(clock: Clockwork) -> None:
    clock.put(booking("2016-00417"), contact("2016-00417", clock.now))
    renumbering = Renumbering(new_number="2016-00999", reason="renumbered")
    clock.put(
        BookingRenumbered.about("2016-00417", renumbering, id="renumbered", source=FEED, time=clock.now)
    )
    assert (clock.state("2016-00417"), clock.state("2016-00999")) == ("closed", "held")
    assert clock.deadline("2016-00999") == ARRESTED + 48 * HOUR
    assert orders(clock.put(bail("2016-00417", clock.now))) == ["2016-00999"]


def test_a_rejected_event_holds_up_no_other_of_its_batch(clock: Clockwork) -> None:
    clock.put(b"garbage", booking("2016-00417"))
    assert len(clock.rejected) == 1
    assert clock.state("2016-00417") == "held"


def test_the_timers_of_several_bookings_fire_in_order(clock: Clockwork) -> None:
    clock.put(
        booking("2016-00418", arrested_at=ARRESTED - HOUR),
        booking("2016-00417", arrested_at=ARRESTED - 2 * HOUR),
        booking("2016-00419"),
    )
    sent = clock.move_to(ARRESTED + 48 * HOUR)
    assert orders(sent) == ["2016-00417", "2016-00418", "2016-00419"]
    assert [notice.time for notice in sent] == sorted(notice.time for notice in sent)


def test_an_event_affects_only_its_own_booking(clock: Clockwork) -> None:
    clock.put(booking("2016-00417"), booking("2016-00418"))
    clock.put(bail("2016-00418", clock.now))
    assert (clock.state("2016-00417"), clock.state("2016-00418")) == ("held", "released")


def test_the_deadline_of_an_unknown_booking_is_a_lookup_error_that_says_what_to_check(
    clock: Clockwork,
) -> None:
    assert clock.state("2016-00417") is None
    with pytest.raises(LookupError, match="booking 2016-00417 has no deadline: was its booking event taken"):
        clock.deadline("2016-00417")


def test_a_booking_that_still_awaits_its_booking_event_has_no_deadline(clock: Clockwork) -> None:
    clock.put(bail("2016-00417", clock.now))
    with pytest.raises(LookupError, match="2016-00417"):
        clock.deadline("2016-00417")


def test_everything_sent_is_kept_in_order_as_typed_events(clock: Clockwork) -> None:
    sent = clock.put(booking("2016-00417"), contact("2016-00417", clock.now))
    sent += clock.move_to(clock.deadline("2016-00417"))
    assert clock.outbound == sent
    assert [type(notice) for notice in sent] == [
        IceReleaseDateGiven,
        ReleaseApproaching,
        ReleaseApproaching,
        ReleaseApproaching,
        RecordReleased,
        IceReleaseDateGiven,
    ]
    assert {notice.subject for notice in sent} == {"2016-00417"}


def test_a_feed_may_be_tried_under_another_profile() -> None:
    clock = Clockwork(now=ARRESTED + HOUR, rules=rules_of("ca-values-2018"))
    sent = clock.put(booking("2016-00417"), contact("2016-00417", clock.now))
    assert {type(notice) for notice in sent} == {IceRequestDeclined, SubjectIceRequestServed}


def test_a_site_that_reports_no_departures_gets_no_overdue_notices() -> None:
    clock = Clockwork(now=ARRESTED + HOUR, rules=rules_of(departures_expected=False))
    clock.put(booking("2016-00417"), bail("2016-00417", clock.now))
    assert clock.move_to(clock.now + 100 * HOUR) == []
