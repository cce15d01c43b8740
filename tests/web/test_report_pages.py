"""The reports as pages and files: the same as the command line, for whom, and when something is wrong."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import httpx2
import pytest

from tests.support.bookings import PROFILE, bail_posted, booked, departed, ice_contacted, now
from tests.support.deliveries import deliver_all
from tests.support.terminal import Command, custody
from tests.support.web_server import token_of, web_server
from tests.support.worker_by_hand import Store, simulated_context, take_in
from worker.desk.access import every_look
from worker.embedded.server import EmbeddedStore
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store.context import Context

HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)
REPORTS: Final = ("shift", "over-detention", "ice")
HOSTILE: Final = '"><script>alert(1)</script>\u202eevil'


@pytest.fixture
def desk(context: Context) -> Iterator[str]:
    with web_server(context, is_open_desk=True) as url:
        yield url


@pytest.fixture
def ask(context: Context, store: Store, tmp_path: Path) -> Command:
    return partial(custody, store_url=store.url, profile=PROFILE, data_dir=str(tmp_path))


def text_of(answer: httpx2.Response) -> str:
    """The page, with the quotation marks that it escapes as they are read."""
    return answer.text.replace("&#39;", "'").replace("&#34;", '"')


def page(url: str, report: str, **asked: str) -> str:
    answer = httpx2.get(f"{url}/report/{report}", params=asked)
    assert answer.status_code == 200, answer.text
    return text_of(answer)


def busy_shift(context: Context) -> None:
    """People who left late, who were asked about, who are next; everybody who was released has left."""
    at = now()
    for number in range(4):
        take_in(context, booked(f"B-{number}", due_at=at + HOUR, facility=f"Station {number % 2}"))
        bail = bail_posted(f"B-{number}", at - number * HOUR)
        take_in(context, ice_contacted(f"B-{number}", at - 5 * HOUR, form="I-247D", requests=("hold",)), bail)
        take_in(context, departed(f"B-{number}", at))
    take_in(context, booked("NEXT", due_at=at + 2 * HOUR), ice_contacted("NEXT", at), b"not an event")
    deliver_all(context)


@pytest.mark.parametrize(
    ("report", "form"),
    [
        ("over-detention", "json"),
        ("over-detention", "csv"),
        ("over-detention", "svg"),
        ("ice", "json"),
        ("ice", "csv"),
    ],
)
def test_a_file_is_what_the_command_prints_byte_for_byte(
    context: Context, ask: Command, desk: str, report: str, form: str
) -> None:
    busy_shift(context)
    answer = httpx2.get(
        f"{desk}/report/{report}", params={"from": "yesterday", "to": "2100-01-01", "format": form}
    )
    printed = ask("report", report, "--from", "yesterday", "--to", "2100-01-01", f"--{form}").out
    assert answer.content == printed
    assert b"B-3" in printed or form == "svg"
    assert answer.headers["content-disposition"] == f'attachment; filename="custody-{report}.{form}"'


def test_the_file_of_a_shift_is_what_the_command_prints_but_for_the_moment(
    context: Context, ask: Command, desk: str
) -> None:
    busy_shift(context)
    moment = re.compile(rb'"as_of": "[^"]+"')
    answer = httpx2.get(f"{desk}/report/shift?format=json&facility=station%201")
    printed = ask("report", "shift", "--facility", "station 1", "--json").out
    assert moment.sub(b"", answer.content) == moment.sub(b"", printed)
    assert b"B-1" in printed and b"B-0" not in printed


def test_the_page_on_over_detention_has_its_sums_and_who_was_kept_longest(
    context: Context, desk: str
) -> None:
    busy_shift(context)
    shown = page(desk, "over-detention")
    for words in (
        "3 kept for a minute or more; 360 minutes in all",
        "4 people. Counted from",
        "<svg",
        "240 min, 2 people",
        '<th scope="row">Station 1</th><td>2</td><td>240</td>',
        "bail posted",
        '<a href="/booking/B-3">B-3</a>',
        "reported late to the clock",
    ):
        assert words in shown, words
    assert shown.index("Sums") < shown.index("Kept longest") < shown.index("B-3") < shown.index("B-1")


def test_the_page_of_a_shift_has_what_happened_who_is_next_and_what_waits(
    context: Context, desk: str
) -> None:
    busy_shift(context)
    take_in(context, booked("HERE", due_at=now() + HOUR), bail_posted("HERE", now()))
    shown = page(desk, "shift")
    for words in (
        "Nobody is overdue",
        "1 to be released, of 1 held in all",
        "<dt>released</dt><dd>5 (bail posted 5)</dd>",
        '<a href="/booking/NEXT">NEXT</a>',
        ">asked</td>",
        "in 1 h 5",
        '<a href="/booking/HERE">HERE</a>',
        "1 rejected event",
        "“custody rejects list”",
        "no worker is at work, so nobody is released: start “custody run”",
    ):
        assert words in shown, words
    assert "Nobody is at Nowhere" in page(desk, "shift", facility="Nowhere")
    assert "Nobody is at" not in page(desk, "shift", facility="")


def test_the_page_on_ice_has_each_contact_with_what_was_sent_in_answer(context: Context, desk: str) -> None:
    busy_shift(context)
    shown = page(desk, "ice")
    for words in (
        "5 contacts, 0 requests for a person at the counter, 0 withdrawals.",
        "9 notices to ICE: 0 without a date, 8 that decline a longer hold.",
        "contact, by email, form I-247D, route ice-la",
        "a longer hold",
        "request to hold declined",
        "delivered by jail",
        '<a href="/booking/B-2">B-2</a>',
    ):
        assert words in shown, words
    assert "Station" not in shown
    assert "459PC" not in shown


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_on_nobody_is_a_page_all_the_same(desk: str, report: str) -> None:
    shown = page(desk, report)
    assert "<svg" not in shown
    assert "<tbody" not in shown


def test_a_period_of_local_dates_is_that_of_the_command_line_and_30_days_if_none_is_asked_for(
    store: Store,
) -> None:
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
    with web_server(context, is_open_desk=True) as url:

        def listed(**asked: str) -> list[str]:
            answer = httpx2.get(f"{url}/report/over-detention", params={"format": "json"} | asked)
            return [person["booking"] for person in answer.json()["people"]]

        assert listed(**{"from": "2026-11-01", "to": "2026-11-02"}) == ["LAST", "NOV"]
        assert listed(**{"from": " yesterday ", "to": "2026-11-02T00:00"}) == ["LAST", "NOV"]
        assert listed(to="2026-11-01T07:00:00Z") == ["OCT"]
        assert listed(to="", **{"from": ""}) == ["LAST", "NEXT", "NOV", "OCT"]
        usual = httpx2.get(f"{url}/report/ice?format=json").json()
        first, last = (datetime.fromisoformat(usual[name]) for name in ("from", "to"))
        assert last - first == timedelta(days=30)
        shown = page(url, "over-detention", **{"from": "2026-11-01", "to": "today"})
        assert 'value="2026-11-01"' in shown and 'value="today"' in shown
        assert "from Sun 01 Nov 2026 00:00:00 PDT until Mon 02 Nov 2026 00:00:00 PST" in shown
        assert 'href="?from=2026-11-01&amp;to=today&amp;format=csv"' in shown


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("from=2026-11-02&to=2026-11-02", "From must be before To; a date alone means its midnight."),
        ("from=last%20week", "From last week: not understood"),
        ("to=2026-13-01", "To 2026-13-01: no such date."),
        ("to=0001-01-02", "To is too early: give From as well."),
        ("from=" + "9" * 5000, "not understood"),
        ("from=%00%1b%5b2J", "not understood"),
        ("from=%3Cscript%3E", "not understood"),
        ("format=xml", "The formats are html, csv"),
        ("format=", "The formats are html, csv"),
    ],
)
@pytest.mark.parametrize("report", ["over-detention", "ice"])
def test_what_cannot_be_reported_is_a_sentence(
    context: Context, desk: str, report: str, query: str, says: str
) -> None:
    answer = httpx2.get(f"{desk}/report/{report}?{query}")
    assert answer.status_code == 400
    assert says in answer.text
    assert "<script" not in answer.text and "\x1b" not in answer.text
    assert len(answer.text) < 3000
    assert not list(every_look(context))


def test_a_format_that_a_shift_does_not_have_is_a_sentence(desk: str) -> None:
    answer = httpx2.get(f"{desk}/report/shift?format=csv")
    assert answer.status_code == 400
    assert "The formats are html and json." in answer.text


@pytest.mark.parametrize("report", ["over-detention", "shift"])
def test_a_record_that_cannot_be_read_is_named_first(context: Context, desk: str, report: str) -> None:
    busy_shift(context)
    context.client.hset(context.shards[0].keys.record("B-2"), "doc", b"{}")
    shown = page(desk, report)
    assert "1 record cannot be read, and is not in this report" in shown
    assert "Somebody may be held on it: B-2." in shown
    assert "“custody audit verify”" in shown


def test_an_entry_about_ice_that_cannot_be_read_is_counted(context: Context, desk: str) -> None:
    busy_shift(context)
    context.client.xadd(
        context.shards[0].keys.journal, {"entry": b'{"cause":"custody.ice.contacted.v1","booking":'}
    )
    shown = page(desk, "ice")
    assert "This report is not whole" in shown
    assert "NOT LISTED: 1 entry of the journal that cannot be read." in shown


@pytest.mark.parametrize("report", REPORTS)
def test_a_store_that_is_gone_is_said_to_be(tmp_path: Path, report: str) -> None:
    with ExitStack() as board:
        with EmbeddedStore.own(tmp_path) as server:
            context = open_context(Settings(profile=PROFILE), server.url)
            url = board.enter_context(web_server(context, is_open_desk=True))
            assert httpx2.get(f"{url}/report/{report}").status_code == 200
        answer = httpx2.get(f"{url}/report/{report}", timeout=30)
    assert answer.status_code == 503
    assert "The store does not answer" in answer.text or "cannot be noted" in answer.text


def test_people_who_do_not_fit_are_counted(context: Context, desk: str) -> None:
    for number in range(60):
        booking = f"2026-{number:05}"
        take_in(context, booked(booking, due_at=now() + HOUR + number * MINUTE))
        if number >= 30:
            take_in(context, bail_posted(booking, now() - HOUR))
    shift = page(desk, "shift")
    assert "30 to be released, of 30 held in all" in shift
    assert shift.count("<tr>") < 60
    assert 'and 18 more: <a href="/?all=1">the board</a>' in shift
    over = page(desk, "over-detention")
    assert "30 kept for a minute or more" in over
    assert "and 5 more: every person is in the CSV and JSON files." in over
    assert len(httpx2.get(f"{desk}/report/over-detention?format=csv").text.splitlines()) == 31


def test_of_many_contacts_the_last_are_listed_and_all_are_counted(context: Context, desk: str) -> None:
    contacts = [ice_contacted("B-1", now(), reply_to=f"route-{number}") for number in range(303)]
    take_in(context, booked("B-1", due_at=now() + HOUR), *contacts)
    shown = page(desk, "ice")
    assert "303 contacts" in shown
    assert "The last 300; 3 before them are in the CSV and JSON files." in shown
    assert "route route-302" in shown and "route route-2<" not in shown


@pytest.mark.parametrize("report", REPORTS)
def test_text_from_outside_is_shown_as_text_and_a_number_is_a_link(
    context: Context, desk: str, report: str
) -> None:
    for number in ("A/1#2:3.x", ".."):
        take_in(context, booked(number, due_at=now() + HOUR, facility=HOSTILE))
        take_in(context, ice_contacted(number, now(), form=HOSTILE, channel="<img src=x>"))
        take_in(context, bail_posted(number, now() - HOUR))
    shown = httpx2.get(f"{desk}/report/{report}?facility=").text
    assert "<script" not in shown and "<img" not in shown and "\u202e" not in shown
    assert "style=" not in shown and "<style" not in shown
    assert '<a href="/booking/A/1%232%3A3.x">A/1#2:3.x</a>' in shown
    assert '<a href="/booking?number=..">..</a>' in shown
    assert httpx2.get(f"{desk}/booking/A/1%232%3A3.x").status_code == 200


def test_reports_are_for_the_desk_and_a_look_at_what_names_people_is_noted(context: Context) -> None:
    busy_shift(context)
    desk, metrics = token_of("desk-desk-desk", "desk"), token_of("metrics-metrics", "metrics")
    allowed = {"Authorization": "Bearer desk-desk-desk"}
    with web_server(context, [desk, metrics]) as url:
        for report in REPORTS:
            address = f"{url}/report/{report}"
            assert httpx2.get(address).status_code == 401
            other = httpx2.get(address, headers={"Authorization": "Bearer metrics-metrics"})
            assert other.status_code == 403
            assert "B-1" not in other.text
            assert httpx2.head(address, headers=allowed).status_code == 405
        ahead = httpx2.get(f"{url}/report/ice", headers=allowed | {"Sec-Purpose": "prefetch"})
        assert ahead.status_code == 503
        assert list(every_look(context)) == []
        for path in ("shift", "over-detention?format=csv", "ice"):
            assert httpx2.get(f"{url}/report/{path}", headers=allowed).status_code == 200
    assert [(look.by, look.booking, look.form) for look in every_look(context)] == [
        (desk.name, None, "over-detention report"),
        (desk.name, None, "ICE report"),
    ]


@pytest.mark.parametrize("report", ["over-detention", "ice"])
def test_without_its_note_nothing_is_shown(context: Context, desk: str, report: str) -> None:
    busy_shift(context)
    context.client.set(context.shards[0].keys.access, "another program's")
    answer = httpx2.get(f"{desk}/report/{report}")
    assert answer.status_code == 503
    assert "This look cannot be noted, so nothing is shown" in answer.text
    assert "B-1" not in answer.text


def test_every_page_leads_to_the_reports(context: Context, desk: str) -> None:
    take_in(context, booked("B-1", due_at=now() + HOUR))
    for path in ("/", "/booking/B-1", "/report/shift", "/booking/UNKNOWN"):
        shown = httpx2.get(f"{desk}{path}").text
        for report in REPORTS:
            assert f'href="/report/{report}"' in shown, (path, report)
