"""`custody show` and `custody due`: one booking in full, and who must be released next."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

import pytest

from tests.support.bookings import (
    PROFILE,
    bail_posted,
    booked,
    custody_requested,
    departed,
    ice_contacted,
    now,
)
from tests.support.deliveries import deliver_all
from tests.support.terminal import Command
from tests.support.worker_by_hand import Store, fire_all, simulated_context, take_in, the_record
from worker.desk.custody_list import who_is_due
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store import records
from worker.store.awake import show_awake
from worker.store.connection import Client
from worker.store.context import Context
from worker.store.keys import Keys

HOUR: Final = timedelta(hours=1)
LOOKS_LIKE_AN_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT")
INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def instants(document: Any) -> Iterator[str]:
    """Everything in a document that starts as an instant does."""
    match document:
        case dict():
            for value in document.values():
                yield from instants(value)
        case list():
            for value in document:
                yield from instants(value)
        case str() if LOOKS_LIKE_AN_INSTANT.match(document):
            yield document


def written(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


# show


def test_a_held_booking_is_shown_with_its_limits_and_its_timeline(context: Context, ask: Command) -> None:
    due_at = now() + 5 * HOUR
    take_in(context, booked("A1", due_at=due_at), ice_contacted("A1", now(), requests=("hold",)))
    shown = ask("show", "A1", "--json").document
    facts = {name: shown[name] for name in ("booking", "state", "basis", "deadline", "governing_limit")}
    assert facts == {
        "booking": "A1",
        "state": "held",
        "basis": None,
        "deadline": written(due_at),
        "governing_limit": "cap_72h",
    }
    assert (shown["entitled_at"], shown["released_at"], shown["departed_at"]) == (None, None, None)
    assert (shown["ice_contacted"], shown["profile"], shown["version"]) == (True, "seventy-two-hours", 2)
    assert [(moment["version"], moment["outcome"]) for moment in shown["timeline"]] == [
        (1, "clock_started"),
        (2, "ice_told"),
    ]
    [limit] = shown["limits"]
    assert (limit["name"], limit["expires_at"]) == ("cap_72h", written(due_at))
    assert limit["citation"]
    assert limit["steps"]


def test_a_released_booking_says_why_since_when_and_when_the_person_left(store: Store, ask: Command) -> None:
    context = open_context(Settings(profile=PROFILE, late_grace_seconds=0), store.url)
    due_at = now() - HOUR
    take_in(context, booked("A1", due_at=due_at))
    fire_all(context)
    take_in(context, departed("A1", now()))
    shown = ask("show", "A1", "--json").document
    assert (shown["state"], shown["basis"]) == ("released", "deadline")
    assert shown["entitled_at"] == written(due_at)
    assert shown["released_at"] == written(the_record(context, "A1").released_at or now())
    assert shown["departed_at"] is not None
    assert shown["ice_contacted"] is False


def test_a_number_without_a_booking_yet_is_shown_as_awaiting_it(context: Context, ask: Command) -> None:
    take_in(context, ice_contacted("A1", now()))
    shown = ask("show", "A1", "--json").document
    assert (shown["state"], shown["deadline"], shown["limits"]) == ("awaiting_booking", None, [])
    assert shown["ice_contacted"] is True


def test_every_instant_in_json_is_utc_with_milliseconds(context: Context, ask: Command) -> None:
    odd = timedelta(microseconds=123456)
    take_in(
        context,
        booked("A1", due_at=now() + HOUR + odd),
        ice_contacted("A1", now() - odd, requests=("hold",)),
        bail_posted("A1", now() - odd),
        booked("A2", due_at=now() + HOUR + odd),
    )
    documents = [ask(*words, "--json").document for words in (("show", "A1"), ("show", "A2"), ("due",))]
    found = list(instants(documents))
    assert len(found) > 20
    assert [instant for instant in found if not INSTANT.fullmatch(instant)] == []


def test_an_unknown_booking_is_one_line_and_exit_status_1(ask: Command) -> None:
    for words in (("show", "A1"), ("show", "A1", "--json"), ("show", "no number!")):
        asked = ask(*words)
        assert asked.status == 1
        assert words[1] in asked.complaint


def test_a_record_that_cannot_be_read_is_reported_with_its_number(
    context: Context, store: Store, ask: Command
) -> None:
    take_in(context, booked("A1", due_at=now() + HOUR), booked("A2", due_at=now() + HOUR))
    keys = context.shards[0].keys
    document = json.loads(store.client.hget(keys.record("A1"), "doc") or b"")
    store.client.hset(
        keys.record("A1"), "doc", json.dumps(document | {"from_a_later_version": 1}, separators=(",", ":"))
    )
    shown = ask("show", "A1")
    assert shown.status == 1
    assert "booking A1" in shown.complaint
    listed = ask("due", "--json")
    assert [row["booking"] for row in listed.document] == ["A2"]
    assert "booking A1" in listed.err


def test_a_journal_entry_that_is_gone_is_reported(context: Context, store: Store, ask: Command) -> None:
    take_in(context, booked("A1", due_at=now() + HOUR))
    store.client.xtrim(context.shards[0].keys.journal, maxlen=0)
    shown = ask("show", "A1")
    assert shown.status == 1
    assert "audit verify" in shown.complaint


def test_a_sergeant_reads_first_what_a_record_comes_to(store: Store, ask: Command) -> None:
    start = now()
    context = simulated_context(store, start)
    take_in(
        context,
        booked("held", due_at=start + 9 * HOUR),
        booked("late", due_at=start + 2 * HOUR),
        booked("bailed", due_at=start + 9 * HOUR),
        bail_posted("bailed", start),
        ice_contacted("waits", start),
    )
    context.client.close()
    simulated_context(store, start + 3 * HOUR).client.close()

    def verdict(booking: str) -> str:
        return ask("show", booking).out.decode().split("\nbooking ")[0]

    assert re.search(
        r"HELD: must be released by .* P[SD]T \(72-hour limit\), in 5 h 59 min\.", verdict("held")
    )
    assert re.search(r"OVERDUE by 1 h 00 min: had to be released by .* and is still held\.", verdict("late"))
    assert re.search(r"RELEASED at .* P[SD]T: bail posted\.", verdict("bailed"))
    assert "OVERDUE: still in the building, 3 h 00 min after the release" in verdict("bailed")
    assert "still in the building" not in ask("show", "bailed", departures_expected="no").out.decode()
    assert "NO BOOKING YET: 1 event came for this number" in verdict("waits")


def test_charges_and_what_ice_was_sent_and_when_are_shown(context: Context, ask: Command) -> None:
    charges = ({"statute": "459PC", "level": "felony", "description": "Burglary"},)
    take_in(
        context,
        booked("A1", due_at=now() + HOUR, charges=charges),
        booked("A2", due_at=now() + HOUR),  # its notices are none of A1's
        ice_contacted("A2", now()),
        ice_contacted("A1", now(), requests=("hold",)),
        bail_posted("A1", now()),
    )
    shown = ask("show", "A1").out.decode()
    assert "459PC, felony: Burglary" in shown
    assert re.search(r"made contact \w{3} .* P[SD]T, asked for a longer hold", shown)
    assert "release date: " in shown and "released: " in shown and "request to hold declined" in shown
    assert "ICE (ice-la)" in shown and "not delivered yet" in shown
    document = ask("show", "A1", "--json").document
    assert document["charges"] == [{"statute": "459PC", "level": "felony", "description": "Burglary"}]
    sent = document["sent_about_ice"]
    assert [(one["data"]["status"], one["audience"], one["route"]) for one in sent] == [
        ("scheduled", "ice", "ice-la"),
        ("released", "ice", "ice-la"),
    ]
    assert [one["delivered"] for one in sent] == [False, False]


def test_a_notice_that_was_delivered_is_shown_as_sent(context: Context, ask: Command) -> None:
    take_in(context, booked("A1", due_at=now() + HOUR), ice_contacted("A1", now()))
    deliver_all(context)
    assert [one["delivered"] for one in ask("show", "A1", "--json").document["sent_about_ice"]] == [True]
    assert "not delivered yet" not in ask("show", "A1").out.decode()


def test_why_a_date_was_refused_is_shown(context: Context, ask: Command) -> None:
    take_in(
        context, booked("A1", due_at=now() + HOUR), custody_requested("A1", now()), ice_contacted("A1", now())
    )
    shown = ask("show", "A1").out.decode()
    assert re.search(r"CLOSED at .* P[SD]T: handed over to ICE\.", shown)
    assert "no date, request declined: not in custody here" in shown


def test_notices_are_found_although_the_stores_wall_clock_was_set_back(
    context: Context, store: Store, ask: Command
) -> None:
    context.client.xadd(context.shards[0].keys.outbox, {"event": b"{}"}, id=f"{2**43}-1")  # years ahead
    take_in(context, booked("A1", due_at=now() + HOUR), ice_contacted("A1", now()))
    assert len(ask("show", "A1", "--json").document["sent_about_ice"]) == 1


def test_a_person_is_shown_the_same_as_tables(context: Context, ask: Command) -> None:
    take_in(context, booked("A1", due_at=now() + HOUR), ice_contacted("A1", now(), requests=("hold",)))
    shown = ask("show", "A1")
    assert (shown.status, shown.err) == (0, "")
    for sent in (
        "booking A1",
        "held",
        "72-hour limit",
        "ICE told the release date",
        "the clock started",
        "made contact",
    ):
        assert sent in shown.out.decode()


# due


def test_who_is_due_comes_soonest_first_and_only_if_held(context: Context, ask: Command) -> None:
    take_in(
        context,
        booked("later", due_at=now() + 30 * HOUR),
        booked("sooner", due_at=now() + 2 * HOUR),
        booked("between", due_at=now() + 3 * HOUR),
        booked("gone", due_at=now() + HOUR),
        bail_posted("gone", now()),
        ice_contacted("no-booking-yet", now()),
        ice_contacted("between", now()),
    )
    due = ask("due", "--json").document
    assert [row["booking"] for row in due] == ["sooner", "between", "later"]
    assert [row["ice_contacted"] for row in due] == [False, True, False]
    assert [round(row["remaining_seconds"] / 3600) for row in due] == [2, 3, 30]
    assert set(due[0]) >= {"booking", "facility", "deadline", "remaining_seconds", "ice_contacted"}
    assert all((row["state"], row["overdue"], row["released_at"]) == ("held", False, None) for row in due)
    assert due[0]["facility"] == "Metropolitan Detention Center"


def test_within_keeps_those_whose_deadline_is_near_whenever_they_next_need_attention(
    context: Context, ask: Command
) -> None:
    take_in(
        context,
        booked("in-3-h", due_at=now() + 3 * HOUR),
        booked("in-5-h.warned-in-1-h", due_at=now() + 5 * HOUR),
        booked("in-50-h", due_at=now() + 50 * HOUR),
    )

    def within(span: str) -> int:
        return len(ask("due", "--within", span, "--json").document)

    assert [within(span) for span in ("0s", "179m", "181m", "4h", "301m", "2d", "3d")] == [
        0,
        0,
        1,
        1,
        2,
        2,
        3,
    ]


def test_one_whom_no_worker_released_in_time_is_first_with_less_than_no_time_left(
    store: Store, ask: Command
) -> None:
    context = simulated_context(store, now())
    take_in(context, booked("A1", due_at=now() + 2 * HOUR), booked("A2", due_at=now() + HOUR))
    context.client.close()
    simulated_context(store, now() + 1.5 * HOUR).client.close()
    due = ask("due", "--json").document
    assert [row["booking"] for row in due] == ["A2", "A1"]
    assert [round(row["remaining_seconds"] / 60) for row in due] == [-30, 30]


def test_nobody_due_is_an_empty_list(ask: Command) -> None:
    asked = ask("due", "--json")
    assert (asked.status, asked.document) == (0, [])


def test_whoever_is_overdue_comes_first_in_words(store: Store, ask: Command) -> None:
    start = now()
    context = simulated_context(store, start)
    take_in(
        context,
        booked("held-late", due_at=start + 2 * HOUR),
        booked("next", due_at=start + 9 * HOUR, facility="Van Nuys"),
        booked("not-gone", due_at=start + 20 * HOUR),
        booked("gone", due_at=start + 20 * HOUR),
        booked("leaving", due_at=start + 20 * HOUR),
        bail_posted("not-gone", start),
        bail_posted("gone", start),
        departed("gone", start),
    )
    context.client.close()
    context = simulated_context(store, start + 3 * HOUR)
    take_in(context, bail_posted("leaving", start + 3 * HOUR))
    due = ask("due", "--within", "1h", "--json").document
    assert [(row["booking"], row["state"], row["overdue"]) for row in due] == [
        ("held-late", "held", True),
        ("not-gone", "released", True),
    ]
    assert [round(row["remaining_seconds"] / 3600) for row in due] == [-1, -3]
    shown = ask("due").out.decode()
    assert "2 held in all, 2 OVERDUE" in shown
    order = [shown.index(booking) for booking in ("held-late", "not-gone", "next", "leaving")]
    assert order == sorted(order)
    assert "OVERDUE by 1 h 00 min, still" in shown
    assert "OVERDUE by 3 h 00 min, still" in shown
    assert "Released and not reported gone yet: leaving (0 min" in shown
    assert " gone " not in shown.replace("reported gone", "")
    context.client.close()
    simulated_context(store, start + 30 * HOUR).client.close()
    assert "never reported gone: leaving, not-gone." in ask("due").out.decode()
    silent = ask("due", departures_expected="false").out.decode()
    assert "gone" not in silent and "2 held in all, 2 OVERDUE" in silent


def test_one_place_is_listed_by_its_name_in_any_capitals(context: Context, ask: Command) -> None:
    take_in(
        context,
        booked("A1", due_at=now() + HOUR, facility="Van Nuys"),
        booked("A2", due_at=now() + HOUR, facility="[/foo] Central"),
    )
    assert [row["booking"] for row in ask("due", "--facility", "van  nuys", "--json").document] == ["A1"]
    shown = ask("due", "--facility", "Vannuys").out.decode()
    assert "2 held in all" in shown
    assert "Nobody is at Vannuys. People are at: Van Nuys; [/foo] Central." in shown


def test_a_lost_timer_hides_nobody(context: Context, store: Store, ask: Command) -> None:
    take_in(context, booked("A1", due_at=now() + HOUR))
    store.client.delete(context.shards[0].keys.timers)
    assert [row["booking"] for row in ask("due", "--json").document] == ["A1"]


def test_nobody_is_missed_while_others_are_released_between_two_pages(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "_PAGE", 10)
    for number in range(100):
        take_in(context, booked(f"B{number}", due_at=now() + (number + 1) * HOUR))
    kept = [f"B{number}" for number in range(50, 100)]
    still_held = iter(range(50))
    load = records.load

    def load_and_release(client: Client, keys: Keys, bookings: Sequence[str]) -> records.Loaded:
        loaded = load(client, keys, bookings)
        for number in islice(still_held, 5):
            take_in(context, bail_posted(f"B{number}", now()))
        return loaded

    monkeypatch.setattr(records, "load", load_and_release)
    listed = who_is_due(context)
    held = {person.booking for person in (*listed.overdue, *listed.held)}
    assert held >= set(kept)
    assert held | {person.booking for person in listed.leaving} == {f"B{number}" for number in range(100)}


def test_the_list_says_what_it_may_lack(context: Context, ask: Command) -> None:
    shown = ask("due").out.decode()
    assert "nobody is held" in shown
    assert "ATTENTION: no worker is at work" in shown
    show_awake(context.client, context.shards[0].keys)
    assert "ATTENTION" not in ask("due").out.decode()


def test_many_are_listed_whole(context: Context, ask: Command) -> None:
    bookings = [booked(f"B{number}", due_at=now() + HOUR) for number in range(1200)]
    take_in(context, *bookings)
    fire_all(context)
    listed = [row["booking"] for row in ask("due", "--json").document]
    assert sorted(listed) == sorted(event.subject for event in bookings)
