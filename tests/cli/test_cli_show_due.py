"""`custody show` and `custody due`: one booking in full, and who must be released next."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from tests.support.bookings import PROFILE, bail_posted, booked, departed, ice_contacted, now
from tests.support.terminal import Command
from tests.support.worker_by_hand import Store, fire_all, simulated_context, take_in, the_record
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store.context import Context

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
    assert set(due[0]) == {"booking", "facility", "deadline", "remaining_seconds", "ice_contacted"}
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


def test_many_are_listed_whole(context: Context, ask: Command) -> None:
    bookings = [booked(f"B{number}", due_at=now() + HOUR) for number in range(1200)]
    take_in(context, *bookings)
    fire_all(context)
    listed = [row["booking"] for row in ask("due", "--json").document]
    assert sorted(listed) == sorted(event.subject for event in bookings)
