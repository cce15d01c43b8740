"""The two published arrest files, row by row. The figures were counted apart, by a Perl script."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from events.importers.lapd import (
    Imported,
    Outcome,
    Refused,
    read_arrests,
    shift_latest_to,
    to_event,
    to_json_line,
)
from events.parse import Rejection, parse
from tests.support.repository import SHARED_DATA as DATA

OLDER = DATA / "lapd_arrests_2010_2019.csv"
NEWER = DATA / "lapd_arrests_2021_2023.csv"

pytestmark = pytest.mark.skipif(
    not (OLDER.exists() and NEWER.exists()), reason="the published arrest files are not here"
)


def read(path: Path) -> list[Outcome]:
    with path.open(encoding="utf-8", newline="") as text:
        return list(read_arrests(text))


def count(outcomes: list[Outcome]) -> Counter[str]:
    return Counter("imported" if isinstance(o, Imported) else o.reason.value for o in outcomes)


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        (OLDER, {"imported": 136, "released_in_field": 84, "juvenile": 9}),
        (NEWER, {"imported": 731, "released_in_field": 232, "juvenile": 35, "impossible_times": 2}),
    ],
    ids=["older", "newer"],
)
def test_each_row_is_accounted_for(path: Path, counts: dict[str, int]) -> None:
    assert count(read(path)) == counts


@pytest.mark.parametrize(
    ("path", "levels", "warrants"),
    [
        (OLDER, {"felony": 69, "misdemeanor": 63, "other": 4}, 6),
        (NEWER, {"felony": 462, "misdemeanor": 264, "infraction": 1, "other": 4}, 23),
    ],
    ids=["older", "newer"],
)
def test_levels_and_warrants_are_as_counted_apart(path: Path, levels: dict[str, int], warrants: int) -> None:
    imported = [outcome for outcome in read(path) if isinstance(outcome, Imported)]
    assert Counter(booking.level for booking in imported) == levels
    assert sum(booking.arrest_kind == "warrant" for booking in imported) == warrants


def test_the_two_bookings_that_precede_their_arrest_by_months_are_refused() -> None:
    impossible = [o for o in read(NEWER) if isinstance(o, Refused) and o.reason.value == "impossible_times"]
    assert [row.line for row in impossible] == [377, 886]


@pytest.mark.parametrize("path", [OLDER, NEWER], ids=["older", "newer"])
def test_every_imported_row_is_an_event_of_the_contract(path: Path) -> None:
    imported = [outcome for outcome in read(path) if isinstance(outcome, Imported)]
    assert not [booking.line for booking in imported if isinstance(parse(to_json_line(booking)), Rejection)]
    assert len({to_event(booking)["subject"] for booking in imported}) == len(imported)


@pytest.mark.parametrize("path", [OLDER, NEWER], ids=["older", "newer"])
def test_no_one_is_booked_more_than_a_day_after_arrest(path: Path) -> None:
    imported = [outcome for outcome in read(path) if isinstance(outcome, Imported)]
    waits = [booking.booked_at - booking.arrested_at for booking in imported]
    assert timedelta(0) < min(waits)
    assert max(waits) < timedelta(days=1)


@pytest.mark.parametrize("path", [OLDER, NEWER], ids=["older", "newer"])
def test_moved_so_that_the_newest_arrest_is_now_only_the_newest_is_not_booked_yet(path: Path) -> None:
    imported = [outcome for outcome in read(path) if isinstance(outcome, Imported)]
    now = max(booking.arrested_at for booking in imported) + timedelta(weeks=7, hours=3)
    moved = shift_latest_to(imported, now, now)
    assert count(list(moved)) == {"imported": len(imported) - 1, "not_yet_booked": 1}
