"""Over-detention grouped: by station, cause, month and length; sums agree, and the picture is safe."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.parsers import expat
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.ended import HOUR, MINUTE, NOW, closed, record, released
from worker.custody.record import Record
from worker.desk.reports.entitled import Entitlements
from worker.desk.reports.over_detention import BUCKETS_HOURS, OverDetention, Sums, bucket
from worker.desk.reports.over_detention_picture import svg
from worker.desk.reports.period import Period

LA = ZoneInfo("America/Los_Angeles")
PERIOD = Period(NOW - timedelta(days=60), NOW)


class Drawing:
    """The elements of a drawing, its texts, and how wide its bars are."""

    def __init__(self, document: str) -> None:
        self.elements: set[str] = set()
        self.texts: list[str] = []
        self.bars: list[float] = []
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.CharacterDataHandler = self._characters
        parser.Parse(document.encode(), True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.elements.add(name)
        self.texts.append("")
        if name == "rect" and "x" in attributes:
            self.bars.append(float(attributes["width"]))

    def _characters(self, text: str) -> None:
        self.texts[-1] += text.strip("\n")


places = st.sampled_from([None, "Central", "CENTRAL", " central ", "77th Street", "=1+1"])
spans = st.integers(-600, 5_000).map(lambda minutes: minutes * MINUTE)


@st.composite
def ended_records(draw: st.DrawFn) -> list[Record]:
    found = []
    for number in range(draw(st.integers(0, 12))):
        deadline = NOW - draw(st.integers(0, 70 * 24)) * HOUR
        what = draw(st.sampled_from(["released", "held", "transferred", "voided"]))
        name, facility, after = f"B{number}", draw(places), draw(spans)
        if what == "released":
            left = draw(st.one_of(st.none(), spans.map(lambda span, at=deadline: at + span)))
            late = max(after, timedelta(0))
            found.append(released(name, deadline, after=late, left=left, facility=facility))
        elif what == "held":
            found.append(record(name, deadline, facility=facility))
        else:
            found.append(closed(name, deadline, what, deadline + after, facility=facility))
    return found


def report(records: Iterable[Record], **more: Any) -> OverDetention:
    found = Entitlements(PERIOD, NOW, departures_expected=True, late_after=MINUTE)
    found.read(records)
    return OverDetention(PERIOD, tuple(found.people()), departures_expected=True, zone=LA, **more)


@given(ended_records())
def test_sums_are_equal_however_they_are_grouped(records: list[Record]) -> None:
    found = report(records)
    whole = Sums.of(found.people)
    assert whole.people == sum(whole.buckets)
    for grouped in (found.by_station(), found.by_basis(), found.by_why(), found.by_month()):
        groups: list[Sums] = list(grouped.values())
        assert sum(group.people for group in groups) == whole.people
        assert sum(group.minutes for group in groups) == whole.minutes
        assert tuple(sum(group.buckets[n] for group in groups) for n in range(5)) == whole.buckets
        assert all(group.minutes >= 0 for group in groups)
    assert sum(person["minutes"] for person in found.to_document()["people"]) == whole.minutes


@pytest.mark.parametrize(
    ("minutes", "hours"),
    [(0, 0), (119, 0), (120, 2), (239, 2), (240, 4), (719, 4), (720, 12), (1439, 12), (1440, 24), (9999, 24)],
)
def test_a_bucket_begins_with_its_first_minute(minutes: int, hours: int) -> None:
    assert bucket(minutes) == hours


def test_people_are_in_the_month_of_the_local_time_of_their_entitlement() -> None:
    """31 October 2026, 23:59 in Los Angeles, is 1 November, 06:59, in UTC."""
    last = datetime(2026, 11, 1, 6, 59, 59, tzinfo=UTC)
    first = datetime(2026, 11, 1, 7, 0, tzinfo=UTC)
    found = report([released("A", last, left=last + HOUR), released("B", first, left=first + 2 * HOUR)])
    months = {month: (sums.people, sums.minutes) for month, sums in found.by_month().items()}
    assert months == {"2026-10": (1, 60), "2026-11": (1, 120)}


def test_spellings_of_a_station_are_one_and_it_is_named() -> None:
    at = NOW - 2 * HOUR
    names = ["central", "Central ", "CENTRAL", "Van Nuys", None, ""]
    found = report(released(f"B{n}", at, left=at, facility=name) for n, name in enumerate(names))
    assert {name: sums.people for name, sums in found.by_station().items()} == {
        "CENTRAL": 3,
        "Van Nuys": 1,
        None: 2,
    }


def test_the_document_has_every_sum() -> None:
    at = NOW - 3 * HOUR
    found = report([released("A", at, left=at + HOUR), record("B", at)], unreadable=("C",)).to_document()
    assert found["total"] == {
        "people": 2,
        "minutes": 240,
        "buckets": {"0": 1, "2": 1, "4": 0, "12": 0, "24": 0},
        "over_detained": 2,
        "still_here": 1,
    }
    assert found["unreadable"] == ["C"]
    assert [group["basis"] for group in found["by_cause"]] == [None, "deadline"]
    assert [group["why"] for group in found["by_reason_late"]] == ["clock_late", "not_departed"]
    assert found["people"][1] == {
        "booking": "B",
        "facility": "Central",
        "basis": None,
        "why": "clock_late",
        "entitled_at": "2026-11-30T17:00:00.000Z",
        "released_at": None,
        "departed_at": None,
        "still_here": True,
        "minutes": 180,
        "bucket_hours": 2,
        "month": "2026-11",
    }


HOSTILE = '</text><script>alert(1)</script> & "x" \x1b[2J\x00\u202e\ufffe\ud800'


def test_text_from_outside_is_text_in_the_picture() -> None:
    at = NOW - 3 * HOUR
    drawn = svg(report([released("A", at, left=at + HOUR, facility=HOSTILE)]))
    drawing = Drawing(drawn)
    assert drawing.elements == {"svg", "title", "style", "rect", "g", "text"}
    assert any("</text><script>alert(1)</script>" in text for text in drawing.texts)
    assert drawn.replace("\n", "").isprintable()


def test_the_picture_has_a_bar_for_every_bucket_and_group_as_long_as_its_number() -> None:
    at = NOW - 60 * HOUR
    found = report([released("A", at, left=at + HOUR), released("B", at, left=at + 3 * HOUR, facility="X")])
    drawing = Drawing(svg(found))
    assert drawing.bars[: len(BUCKETS_HOURS)] == [380, 380, 0, 0, 0]  # one person each
    assert drawing.bars[5:7] == [380, 126.7]  # X 180 min, Central 60 min
    assert "180 min, 1 person" in drawing.texts


def test_a_report_on_nobody_is_drawn_all_the_same() -> None:
    assert "nobody" in Drawing(svg(report([]))).texts
