"""The desk's page as the server sends it: who goes next, in words, and nothing that it does not know."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from importlib.resources import files
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import httpx2
import pytest

from tests.support.bookings import bail_posted, booked, ice_contacted, now
from tests.support.web_server import web_server
from tests.support.worker_by_hand import take_in
from worker.desk.board.answers import Pulse
from worker.store.awake import show_awake
from worker.store.context import Context
from worker.web.board.signs import DEAD_AFTER, LATE_AFTER, Signs
from worker.web.board.view import MOST_PEOPLE, Moment

HOUR = timedelta(hours=1)
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
STATIC = files("worker.web").joinpath("static")


class Page(HTMLParser):
    """What a browser makes of a page: its text, its tags with their attributes, the links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def words(self) -> str:
        return " ".join(self.text.split())

    def of(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [
            attributes
            for found, attributes in self.tags
            if found == tag and all(attributes.get(name) == value for name, value in wanted.items())
        ]

    def links(self) -> list[str]:
        return [href for attributes in self.of("a") if (href := attributes.get("href"))]


@contextmanager
def the_desk(context: Context) -> Iterator[str]:
    show_awake(context.client, context.shards[0].keys)
    with web_server(context, is_open_desk=True) as url:
        yield url


def page_of(context: Context, address: str = "/") -> Page:
    with the_desk(context) as url:
        answer = httpx2.get(f"{url}{address}")
    assert answer.status_code == 200
    return Page(answer.text)


def test_who_goes_next_stands_first_with_instant_station_and_limit_in_words(context: Context) -> None:
    second, first = now() + 3 * HOUR, now() + HOUR
    take_in(context, booked("B-2", due_at=second), booked("B-1", due_at=first, facility="Van Nuys"))
    page = page_of(context)
    words = page.words()
    assert words.index("B-1") < words.index("B-2")
    assert f"{first.astimezone(LOS_ANGELES):%H:%M}" in words
    assert "Van Nuys" in words
    assert "72-hour limit" in words
    assert "2 held · 2 within 12 h · nobody overdue" in words
    rows = [int(row["data-deadline-ms"] or 0) for row in page.of("li") if "data-deadline-ms" in row]
    assert rows == sorted(rows)
    assert len(rows) == 2


def test_no_code_of_a_program_is_on_the_page(context: Context) -> None:
    contact = ice_contacted("B-1", now(), form="I-247D", requests=("hold", "release_date"))
    take_in(context, booked("B-1", due_at=now() + HOUR), contact, b"no event at all")
    take_in(context, booked("B-2", due_at=now() + HOUR), bail_posted("B-2", now()))
    words = page_of(context).words()
    assert "ICE sent" in words
    assert "hold declined" in words
    assert "bail posted" in words
    assert not re.findall(r"\b[a-z0-9]+_[a-z0-9_]+\b", words)
    assert "told" not in words


@pytest.mark.parametrize("number", ["B/1", "a#b:c", "..", "A" * 31 + "/" + "B" * 32])
def test_a_link_leads_to_its_booking_whatever_its_number(context: Context, number: str) -> None:
    take_in(context, booked(number, due_at=now() + HOUR))
    with the_desk(context) as url:
        links = [href for href in Page(httpx2.get(url).text).links() if "/booking" in href]
        assert links
        answer = httpx2.get(f"{url}{links[0]}")
    assert answer.status_code == 200
    assert number in answer.text


def test_a_station_is_shown_as_text_and_its_link_shows_its_people(context: Context) -> None:
    hostile = "<script>alert(1)</script> & “Co”?facility=x#y" + "z" * 100
    take_in(context, booked("B-1", due_at=now() + HOUR, facility=hostile), booked("B-2", due_at=now() + HOUR))
    with the_desk(context) as url:
        page = Page(httpx2.get(url).text)
        assert hostile in page.text
        assert [tag["src"] for tag in page.of("script")] == ["/static/board.js"]
        (link,) = [href for href in page.links() if "alert" in unquote(href)]
        there = Page(httpx2.get(f"{url}{link}").text)
    assert "B-1" in there.text
    assert "B-2" not in there.text
    assert "1 held here, 2 in all" in there.words()
    assert there.of("a", **{"aria-current": "page"})


def test_an_invisible_character_of_a_station_is_shown_as_an_escape(context: Context) -> None:
    take_in(context, booked("B-1", due_at=now() + HOUR, facility="Cell\u202e1"))
    assert "Cell\\u202e1" in page_of(context).text


def test_nobody_held_is_a_calm_page_that_says_so(context: Context) -> None:
    words = page_of(context).words()
    assert "Nobody is held." in words
    assert "0 held · 0 within 12 h · nobody overdue" in words
    assert "Nothing waits." in words


def test_nobody_at_a_station_is_not_nobody_at_all(context: Context) -> None:
    take_in(context, booked("B-1", due_at=now() + HOUR))
    words = page_of(context, "/?facility=Nowhere").words()
    assert "Nobody is held at Nowhere." in words
    assert "1 held at other stations" in words


def test_whoever_is_past_the_deadline_stands_above_all_others(context: Context) -> None:
    take_in(context, booked("B-2", due_at=now() + HOUR), booked("B-1", due_at=now() - HOUR))
    page = page_of(context)
    words = page.words()
    assert "1 overdue 1 past the limit and still held" in words
    assert words.index("overdue") < words.index("Next out")
    assert words.index("B-1") < words.index("Next out") < words.index("B-2")
    assert "nobody overdue" not in words
    assert [row for row in page.of("li") if "data-since-ms" in row]


def test_those_who_have_no_room_are_counted_and_one_page_shows_everybody(context: Context) -> None:
    take_in(context, *(booked(f"B-{number}", due_at=now() + HOUR) for number in range(MOST_PEOPLE + 7)))
    with the_desk(context) as url:
        page = Page(httpx2.get(url).text)
        whole = Page(httpx2.get(f"{url}/?all=1").text)
    assert "and 7 more" in page.words()
    assert "/?all=1" in page.links()
    assert len([row for row in page.of("li") if "data-deadline-ms" in row]) == MOST_PEOPLE
    assert len([row for row in whole.of("li") if "data-deadline-ms" in row]) == MOST_PEOPLE + 7


@pytest.mark.parametrize(("asked", "shown"), [("55", "55"), ("43", "43"), ("5", "32"), ("999", "110")])
def test_a_wall_is_made_for_its_diagonal(context: Context, asked: str, shown: str) -> None:
    page = page_of(context, f"/?wall={asked}&facility=Van%20Nuys")
    assert page.of("html", **{"data-wall": shown})
    (body,) = page.of("body")
    assert body["data-stream"] == f"/stream?facility=Van%20Nuys&wall={shown}"


@pytest.mark.parametrize("address", ["/", "/?wall=55", "/?all=1", "/?facility=Nowhere"])
def test_nothing_is_inline_and_nothing_comes_from_elsewhere(context: Context, address: str) -> None:
    take_in(context, booked("B-1", due_at=now() + HOUR), booked("B-2", due_at=now() - HOUR))
    page = page_of(context, address)
    for tag, attributes in page.tags:
        assert tag not in {"style", "iframe", "object", "base"}
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "href", "action", "data-stream"):
            assert (attributes.get(name) or "/").startswith(("/", "#")), attributes
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_every_file_of_the_page_is_there_and_names_no_other_place() -> None:
    scripts = [file for file in STATIC.iterdir() if file.name.startswith("board")]
    assert len(scripts) > 2
    for file in scripts:
        text = file.read_text()
        assert "://" not in text
        assert "eval(" not in text
        assert "innerHTML" not in text
        for imported in re.findall(r'from "\./([^"]+)"', text):
            assert STATIC.joinpath(imported).is_file()


def test_without_the_script_the_page_says_as_of_when_and_does_not_look_live(context: Context) -> None:
    page = page_of(context)
    (body,) = page.of("body")
    assert body["data-state"] == "still"
    assert body["data-zone"] == "America/Los_Angeles"
    assert re.search(r"As of \d\d:\d\d:\d\d", page.words())
    assert "Not live" in page.words()
    assert "Clock running" not in page.words()
    assert page.of("meta", **{"http-equiv": "refresh"})
    assert page.of("div", id="dead")[0].keys() >= {"hidden"}


def test_a_clock_that_never_ran_makes_a_dead_page(context: Context) -> None:
    with web_server(context, is_open_desk=True) as url:
        page = Page(httpx2.get(url).text)
    (body,) = page.of("body")
    assert body["data-state"] == "dead"
    assert body["data-beat-age-ms"] == ""
    assert "hidden" not in page.of("div", id="dead")[0]
    assert "This board is not live. The clock has given no sign of life." in page.words()
    assert "NOT LIVE" in page.words()


def test_signs_are_dead_after_ten_seconds_of_real_time_and_dated_in_the_site_s_time() -> None:
    moment = datetime(2016, 11, 13, 16, 20, 48, tzinfo=UTC)
    late = Pulse(moment, speed=60, beat_age=DEAD_AFTER - timedelta(milliseconds=1))
    assert not Signs.of(late, LOS_ANGELES).is_dead
    assert Signs.of(late, LOS_ANGELES).as_of == Signs.of(late, LOS_ANGELES).last == "08:10:48"
    assert Signs.of(replace(late, beat_age=DEAD_AFTER), LOS_ANGELES).is_dead
    live = Signs.of(replace(late, beat_age=timedelta(seconds=1)), LOS_ANGELES)
    assert (live.last, live.as_of, live.day) == ("08:19:48", "08:20:48", "Sun 13 Nov PST")
    assert live.document == {"now_ms": moment.timestamp() * 1000, "speed": 60, "beat_age_ms": 1000}


def test_page_and_script_call_the_clock_late_and_dead_after_the_same_time() -> None:
    script = STATIC.joinpath("board-clock.js").read_text()
    found = dict(re.findall(r"export const (LATE|DEAD)_MS = ([\d_]+);", script))
    assert timedelta(milliseconds=int(found["LATE"])) == LATE_AFTER
    assert timedelta(milliseconds=int(found["DEAD"])) == DEAD_AFTER


@pytest.mark.parametrize(
    ("instant", "day", "time", "zone"),
    [
        (datetime(2016, 11, 6, 9, 30, tzinfo=UTC), "Sun", "01:30", "PST"),  # the hour that comes twice
        (datetime(2016, 11, 6, 8, 30, tzinfo=UTC), "Sun", "01:30", ""),
        (datetime(2016, 11, 13, 17, 5, tzinfo=UTC), "13 Nov", "09:05", "PST"),
    ],
)
def test_an_instant_is_never_ambiguous(instant: datetime, day: str, time: str, zone: str) -> None:
    beside = datetime(2016, 11, 5, 19, 0, tzinfo=UTC)
    moment = Moment.of(instant, beside, LOS_ANGELES)
    assert (moment.day, moment.time, moment.zone) == (day, time, zone)
