"""A profile for a county in Texas is refused until it says what it relies on, with what to add."""

from datetime import date
from pathlib import Path

import pytest

from tests.law.texas import CALENDAR_FILE, HOLIDAYS, Site, expiries, local, site_under
from worker.law.errors import ProfileError
from worker.law.profiles import restore_profile


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return site_under(tmp_path)


def refusal(site: Site, replaced: dict[str, str], holidays: str = HOLIDAYS) -> str:
    """The one line with which a profile is refused."""
    with pytest.raises(ProfileError) as refused:
        site(replaced, holidays)
    line = str(refused.value)
    assert "\n" not in line
    return line


def test_without_a_calendar_it_is_refused_with_what_to_add(site: Site) -> None:
    line = refusal(site, {CALENDAR_FILE: ""})
    assert "which holidays its court keeps" in line
    assert 'add calendar_file = "holidays.csv"' in line
    assert "date,name" in line
    assert 'or calendar = "federal_holidays"' in line
    assert "california" not in line


def test_the_calendar_of_california_is_refused_in_texas(site: Site) -> None:
    line = refusal(site, {'calendar_file = "holidays.csv"': 'calendar = "california_courts"'})
    assert "'california_courts' do not sit in America/Chicago" in line
    assert "calendar_file" in line


def test_the_federal_holidays_may_be_kept_anywhere(site: Site) -> None:
    """Independence Day of 2026 is a Saturday: observed on the Friday, and on that day only."""
    profile = site({'calendar_file = "holidays.csv"': 'calendar = "federal_holidays"'})
    assert profile.calendar.holiday_on(date(2026, 7, 3)) is not None
    assert profile.calendar.holiday_on(date(2026, 7, 4)) is None
    assert profile.calendar.holiday_on(date(2026, 3, 31)) is None
    assert expiries(profile, local("2026-07-02 12:00"))["court_48h"] == local("2026-07-06 12:00")


@pytest.mark.parametrize(
    ("replaced", "said"),
    [
        ({'violent_felonies = "none"\n': ""}, 'violent_felonies is missing: add violent_felonies = "none"'),
        (
            {"[qualification]\nrelease_date = []\nhandover = []\n": ""},
            "qualification is missing: add a table [qualification] with release_date = [] and handover = []",
        ),
        ({"\nhandover = []": ""}, "qualification.handover is missing"),
        ({'time_zone = "America/Chicago"\n': ""}, "time_zone is missing: add the zone of the court"),
        (
            {"[session]\nopens = 08:00:00\ncloses = 17:00:00\n": ""},
            "session is missing: add a table [session]",
        ),
        (
            {'calendar_file = "holidays.csv"': f'{CALENDAR_FILE}calendar = "federal_holidays"'},
            "has both calendar and calendar_file: keep one of the two",
        ),
        (
            {'calendar_file = "holidays.csv"': 'calendar = "texas_courts"'},
            "no court calendar 'texas_courts': give calendar = \"federal_holidays\", or",
        ),
        (
            {'"none"': '"texas"'},
            "no list of violent felonies 'texas'; the lists are none, california_667_5_c",
        ),
        ({'calendar_file = "holidays.csv"': 'calendar_file = "nowhere.csv"'}, "nowhere.csv"),
        ({'time_zone = "America/Chicago"': 'time_zone = "Texas"'}, "no time zone 'Texas'"),
        ({"release_date = []": 'release_date = ["a nod"]'}, "qualification.release_date.0"),
        ({'calendar_file = "': 'calender_file = "'}, "calender_file is no entry of a profile"),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "",
)
def test_a_profile_that_leaves_a_question_open_is_refused_with_what_to_do(
    site: Site, replaced: dict[str, str], said: str
) -> None:
    assert said in refusal(site, replaced)


def test_an_entry_that_was_added_at_the_end_of_the_file_is_said_to_be_out_of_place(site: Site) -> None:
    last = 'active_assistance = "our order"\n'
    moved = {CALENDAR_FILE: "", last: last + CALENDAR_FILE}
    line = refusal(site, moved)
    assert "calendar_file is in the table [notices.citations]: move it above the first table" in line


@pytest.mark.parametrize("holidays", ["date,name\n", ""])
def test_a_calendar_file_that_lists_nothing_is_refused(site: Site, holidays: str) -> None:
    assert "calendar_file lists no holidays" in refusal(site, {}, holidays)


# When the list of holidays ends, and what is kept with the records


def test_a_calendar_file_that_ends_too_soon_is_a_warning_that_names_the_year(site: Site) -> None:
    to_the_end_of_2026 = HOLIDAYS.replace("2027-01-01,New Year's Day\n", "")
    profile = site({}, to_the_end_of_2026)
    assert profile.out_of_dates(date(2026, 12, 17)) is None
    for day in (date(2026, 12, 18), date(2027, 1, 1), date(2027, 6, 1)):
        warning = profile.out_of_dates(day)
        assert warning is not None
        assert "lists no court holidays for 2027: add them to its calendar_file" in warning
    assert site().out_of_dates(date(2026, 12, 31)) is None


def test_a_year_that_is_missing_between_two_others_is_a_warning_too(site: Site) -> None:
    profile = site({}, "date,name\n2026-12-25,Christmas Day\n2028-12-25,Christmas Day\n")
    warning = profile.out_of_dates(date(2027, 6, 1))
    assert warning is not None and "2027" in warning


def test_the_last_day_of_the_calendar_has_no_year_after_it(site: Site) -> None:
    assert site({}, "date,name\n9999-12-25,Christmas Day\n").out_of_dates(date(9999, 12, 31)) is None


def test_before_it_is_in_force_a_warning_says_so(site: Site) -> None:
    warning = site().out_of_dates(date(2026, 1, 1))
    assert warning is not None and "is in force from 2026-01-02" in warning


def test_a_restored_profile_decides_as_it_did_with_its_listed_holidays(site: Site) -> None:
    used = site()
    restored = restore_profile(used.content, used.closures.days, used.holidays.days)
    assert (restored.name, restored.fingerprint) == (used.name, used.fingerprint)
    for text in ("2026-02-13 10:00", "2026-03-06 20:00", "2026-12-31 10:00"):
        assert expiries(restored, local(text)) == expiries(used, local(text))
    assert restored.calendar.holiday_on(date(2026, 12, 24)) == "Christmas Eve"


def test_a_profile_whose_listed_holidays_were_not_kept_is_not_restored_without_them(site: Site) -> None:
    with pytest.raises(ProfileError, match="lists no holidays"):
        restore_profile(site().content, {})


def test_two_lists_of_holidays_make_two_sets_of_rules(site: Site) -> None:
    """The profile's own text is the same; what is kept with the records must tell the two apart."""
    one = site()
    another = site({}, HOLIDAYS.replace("2026-12-24,Christmas Eve\n", ""))
    renamed = site({}, HOLIDAYS.replace("Christmas Eve", "Closed"))
    assert one.content_hash == another.content_hash == renamed.content_hash
    assert len({one.fingerprint, another.fingerprint, renamed.fingerprint, site().fingerprint}) == 3


def test_a_holiday_is_not_the_same_as_a_closure_on_that_day(site: Site) -> None:
    holiday = site()
    closure = restore_profile(
        holiday.content,
        {date(2026, 12, 24): "Christmas Eve"},
        {day: name for day, name in holiday.holidays.days.items() if day != date(2026, 12, 24)},
    )
    assert closure.calendar.holiday_on(date(2026, 12, 24)) == "Christmas Eve"
    assert closure.fingerprint != holiday.fingerprint
