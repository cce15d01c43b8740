"""A county in Texas, as a stranger would set it up: its profile, its list of holidays, its local time."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias
from zoneinfo import ZoneInfo

from worker.law.arrest import Arrest
from worker.law.deadline import explain
from worker.law.profile import Profile
from worker.law.profiles import load_profile

CHICAGO = ZoneInfo("America/Chicago")

PROFILE = """
name = "our-county"
version = 1
source = "Order of the county's sheriff of 2 January 2026"
in_force_from = 2026-01-02
time_zone = "America/Chicago"
calendar_file = "holidays.csv"
release_dates_public = false
violent_felonies = "none"
limits = ["court_48h", "cap_72h"]

[session]
opens = 08:00:00
closes = 17:00:00

[qualification]
release_date = []
handover = []

[notices]
serve_request_on_person = true
twin_of_release_date = true
release_date_needs = "contact"
handover_needs = "custody"
active_assistance = false

[notices.citations]
serve_request_on_person = "our order"
twin_of_release_date = "our order"
release_date_needs = "our order"
handover_needs = "our order"
active_assistance = "our order"
"""

HOLIDAYS = """date,name
2026-01-01,New Year's Day
2026-01-19,Martin Luther King Jr. Day
2026-02-16,Presidents' Day
2026-05-25,Memorial Day
2026-06-19,Juneteenth
2026-07-03,Independence Day (observed)
2026-09-07,Labor Day
2026-11-11,Veterans Day
2026-11-26,Thanksgiving Day
2026-11-27,the day after Thanksgiving
2026-12-24,Christmas Eve
2026-12-25,Christmas Day
2027-01-01,New Year's Day
"""

CALENDAR_FILE = 'calendar_file = "holidays.csv"\n'

Site: TypeAlias = Callable[..., Profile]
"""The county's profile, with replacements in its text, from the folder of its list of holidays."""


def site_under(parent: Path) -> Site:
    """Loads the profile from a new folder each time."""

    def load(replaced: dict[str, str] | None = None, holidays: str = HOLIDAYS) -> Profile:
        text = PROFILE
        for before, after in (replaced or {}).items():
            assert text.count(before) == 1
            text = text.replace(before, after)
        folder = parent / str(len(list(parent.iterdir())))
        folder.mkdir()
        (folder / "texas.toml").write_text(text, encoding="utf-8")
        (folder / "holidays.csv").write_text(holidays, encoding="utf-8")
        return load_profile(str(folder / "texas.toml"))

    return load


def local(text: str, fold: int = 0) -> datetime:
    """A local time of the county in UTC; fold 1 is the second of two equal ones."""
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO, fold=fold).astimezone(UTC)


def expiries(profile: Profile, arrested_at: datetime) -> dict[str, datetime]:
    explained = explain(Arrest(arrested_at, arrested_at), profile)
    return {one.limit.name: one.expires_at for one in explained.limits}
