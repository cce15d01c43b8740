"""The days on which California courts are closed, and what a local day is."""

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

from tests.support.law_vectors import COURT, arrested, expiry, expiry_and_steps, instants, la
from tests.support.repository import SHARED_DATA
from worker.law.calendar import Calendar
from worker.law.california.court_holidays import court_holidays_of_year
from worker.law.errors import ProfileError
from worker.law.profiles import load_profile

PUBLISHED = Path(__file__).with_name("published_court_holidays.csv")
"""The lists that courts published, one per line, with the page on which each was found."""
SHARED = SHARED_DATA / "ca_judicial_holidays.csv"


def is_closed(day: str) -> bool:
    on = date.fromisoformat(day)
    return on in court_holidays_of_year(on.year)


@pytest.mark.parametrize(
    "day",
    [
        pytest.param("2021-12-31", id="New Year's Day of 2022, a Saturday"),
        pytest.param("2018-03-30", id="César Chávez Day of 2018, a Saturday"),
        pytest.param("2024-04-01", id="César Chávez Day of 2024, a Sunday"),
        pytest.param("2023-11-10", id="Veterans Day of 2023, a Saturday"),
        pytest.param("2016-02-12", id="Lincoln's Birthday"),
        pytest.param("2016-11-25", id="the day after Thanksgiving"),
        pytest.param("2023-06-19", id="Juneteenth, kept from 2023"),
        pytest.param("2022-09-23", id="Native American Day, kept from 2022"),
        pytest.param("2021-10-11", id="Columbus Day, kept until 2021"),
        pytest.param("2012-01-02", id="New Year's Day of 2012, a Sunday"),
        pytest.param("2026-07-03", id="Independence Day of 2026, a Saturday"),
        pytest.param("9999-12-24", id="Christmas of the last year there is, a Saturday"),
    ],
)
def test_courts_are_closed(day: str) -> None:
    assert is_closed(day)


@pytest.mark.parametrize(
    "day",
    [
        pytest.param("2022-01-01", id="New Year's Day of 2022 is kept on the Friday before"),
        pytest.param("2018-03-31", id="César Chávez Day of 2018 is kept on the Friday before"),
        pytest.param("2024-03-31", id="César Chávez Day of 2024 is kept on the Monday after"),
        pytest.param("2022-06-20", id="Juneteenth was no court holiday in 2022"),
        pytest.param("2022-10-10", id="Columbus Day is none from 2022"),
        pytest.param("2021-09-24", id="Native American Day was none in 2021"),
        pytest.param("2016-11-08", id="a general election is none"),
        pytest.param("2016-09-09", id="Admission Day is none"),
        pytest.param("2016-03-25", id="Good Friday is none"),
        pytest.param("2016-12-24", id="Christmas Eve is none"),
    ],
)
def test_courts_sit_or_the_holiday_is_kept_on_another_day(day: str) -> None:
    assert not is_closed(day)


def test_a_holiday_that_is_moved_says_so() -> None:
    assert court_holidays_of_year(2021)[date(2021, 12, 31)] == "New Year's Day (observed)"
    assert court_holidays_of_year(2016)[date(2016, 11, 24)] == "Thanksgiving Day"


@pytest.mark.parametrize("year", range(1990, 2101))
def test_every_year_has_its_holidays_on_weekdays(year: int) -> None:
    days = court_holidays_of_year(year)
    assert 12 <= len(days) <= 15
    assert all(day.year == year and day.weekday() < 5 for day in days)


@dataclass(frozen=True)
class PublishedList:
    """The days of a year on which a court said that it is closed; `whole` unless only its start was read."""

    court: str
    year: int
    days: tuple[date, ...]
    whole: bool

    def by_rule(self) -> tuple[date, ...]:
        """The days that the rule gives, as far as the list was read."""
        last = date(self.year, 12, 31) if self.whole else self.days[-1]
        return tuple(sorted(day for day in court_holidays_of_year(self.year) if day <= last))


def published_lists() -> list[PublishedList]:
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        return [
            PublishedList(
                row["court"],
                int(row["year"]),
                tuple(date.fromisoformat(f"{row['year']}-{day}") for day in row["days"].split()),
                row["read_to_its_end"] == "yes",
            )
            for row in csv.DictReader(file)
        ]


def shared_lists() -> dict[tuple[str, int], tuple[date, ...]]:
    """The same from the rows that the lists were taken from. Unofficial copies are no evidence."""
    with SHARED.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if "unofficial" not in row["court"] + row["note"].lower()]
    rows.sort(key=lambda row: (row["court"], row["observed_date"]))
    grouped = groupby(rows, key=lambda row: (row["court"], int(row["observed_date"][:4])))
    return {
        court_year: tuple(date.fromisoformat(row["observed_date"]) for row in rows)
        for court_year, rows in grouped
    }


@pytest.mark.parametrize("published", published_lists(), ids=lambda one: f"{one.court}, {one.year}")
def test_the_rule_gives_the_days_that_a_court_published(published: PublishedList) -> None:
    assert published.by_rule() == published.days


def test_lists_of_eight_years_and_six_courts_are_compared() -> None:
    lists = published_lists()
    assert len({one.year for one in lists}) >= 8
    assert len({one.court for one in lists}) >= 6


@pytest.mark.skipif(not SHARED.exists(), reason="the rows that the lists were taken from are not here")
def test_the_lists_are_those_of_the_rows_that_they_were_taken_from() -> None:
    assert {(one.court, one.year): one.days for one in published_lists()} == shared_lists()


@pytest.mark.skipif(not SHARED.exists(), reason="the rows that the lists were taken from are not here")
def test_the_rule_gives_the_days_of_those_rows() -> None:
    for (court, year), days in shared_lists().items():
        by_rule = tuple(sorted(day for day in court_holidays_of_year(year) if days[0] <= day <= days[-1]))
        assert by_rule == days, f"{court}, {year}"


@pytest.mark.parametrize(
    ("year", "observed", "name"),
    [
        (2023, "2023-03-31", "César Chávez Day"),
        (2024, "2024-04-01", "César Chávez Day (observed)"),
        (2025, "2025-03-31", "César Chávez Day"),
        (2026, "2026-03-31", "Farmworkers Day"),
        (2027, "2027-03-31", "Farmworkers Day"),
        (2029, "2029-03-30", "Farmworkers Day (observed)"),
        (2030, "2030-04-01", "Farmworkers Day (observed)"),
    ],
)
def test_the_holiday_of_31_march_has_a_new_name_from_2026_and_does_not_move(
    year: int, observed: str, name: str
) -> None:
    near = {day: said for day, said in court_holidays_of_year(year).items() if day.month in (3, 4)}
    assert near == {date.fromisoformat(observed): name}


@pytest.mark.parametrize(
    ("arrest", "expires", "name"),
    [
        pytest.param(
            "2025-03-30 10:00", "2025-04-03 00:00", "César Chávez Day", id="the last under the old name"
        ),
        pytest.param(
            "2026-03-30 10:00", "2026-04-02 10:00", "Farmworkers Day", id="the first under the new one"
        ),
    ],
)
def test_31_march_is_not_counted_under_either_name(arrest: str, expires: str, name: str) -> None:
    """Sunday 30 and Monday 31 March of 2025 are left out; of 2026, only Tuesday 31 March."""
    expires_at, steps = expiry_and_steps("court_48h", arrested(arrest))
    assert expires_at == la(expires)
    assert f"03-31 not counted: {name}" in " ".join(step.text for step in steps)


ZONES = ("America/Los_Angeles", "America/St_Johns", "America/Sao_Paulo", "America/Havana", "Pacific/Apia")


@pytest.mark.parametrize("zone", ZONES)
@settings(deadline=None)
@given(instant=instants(1985, 2037))
def test_every_instant_lies_in_exactly_one_local_day(zone: str, instant: datetime) -> None:
    calendar = Calendar(ZoneInfo(zone), court_holidays_of_year)
    day = calendar.day_of(instant)
    assert day.starts_at <= instant < day.ends_at
    assert calendar.day(day.ordinal + 1).starts_at == day.ends_at


def test_where_clocks_go_back_across_midnight_the_day_that_has_begun_goes_on() -> None:
    """In St. John's in 2010, a minute after midnight it was a minute past eleven of the day before."""
    calendar = Calendar(ZoneInfo("America/St_Johns"), court_holidays_of_year)
    repeated = datetime(2010, 11, 7, 2, 45, tzinfo=UTC)
    assert repeated.astimezone(calendar.zone).date() == date(2010, 11, 6)
    assert calendar.day_of(repeated).date == date(2010, 11, 7)


def test_a_day_on_which_clocks_change_is_an_hour_shorter_or_longer() -> None:
    def length(day: date) -> timedelta:
        found = COURT.calendar.day_of(la(f"{day} 12:00"))
        return found.ends_at - found.starts_at

    assert length(date(2016, 3, 13)) == timedelta(hours=23)
    assert length(date(2016, 11, 6)) == timedelta(hours=25)
    assert length(date(2016, 11, 7)) == timedelta(hours=24)


def test_a_closure_of_the_local_court_is_not_counted(tmp_path: Path) -> None:
    closures = tmp_path / "closures.csv"
    closures.write_text("date,name\n2016-11-15,Courthouse flooded\n", encoding="utf-8")
    court = load_profile("lapd-2016-11", extra_closures=closures).court
    assert expiry("court_48h", arrested("2016-11-14 10:00"), court) == la("2016-11-17 10:00")
    assert expiry("second_court_day", arrested("2016-11-14 10:00"), court) == la("2016-11-17 16:30")
    assert expiry("cap_72h", arrested("2016-11-14 10:00"), court) == la("2016-11-17 10:00")


def test_closures_may_be_written_in_toml(tmp_path: Path) -> None:
    closures = tmp_path / "closures.toml"
    closures.write_text('[[closures]]\ndate = 2016-11-15\nname = "Courthouse flooded"\n', encoding="utf-8")
    profile = load_profile("lapd-2016-11", extra_closures=str(closures))
    assert profile.calendar.holiday_on(date(2016, 11, 15)) == "Courthouse flooded"
    assert profile.closures.content_hash is not None


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("date,name\n2016-02-30,Never\n", "date"),
        ("date,name\n2016-11-15,\n", "name"),
        ("day,name\n2016-11-15,Flooded\n", "date,name"),
        ("date,name\n2016-11-15,Flooded,again\n", "date,name"),
        ("date,name\n2016-11-15,Flooded\n2016-11-15,Again\n", "listed twice"),
    ],
)
def test_a_closures_file_with_a_mistake_is_refused(tmp_path: Path, written: str, complaint: str) -> None:
    closures = tmp_path / "closures.csv"
    closures.write_text(written, encoding="utf-8")
    with pytest.raises(ProfileError, match=complaint):
        load_profile("lapd-2016-11", extra_closures=closures)


def test_a_closures_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"nowhere\.csv"):
        load_profile("lapd-2016-11", extra_closures=tmp_path / "nowhere.csv")
