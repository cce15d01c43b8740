"""California: court calendar, statutory limits, list of violent felonies, profiles."""

from importlib.resources import files
from types import MappingProxyType
from typing import Final

from worker.law.california import pc_825, second_court_day, type1_96h
from worker.law.california.court_holidays import court_holidays_of_year
from worker.law.california.violent_felony import is_violent_felony
from worker.law.jurisdiction import CourtCalendar, Jurisdiction

JURISDICTION: Final = Jurisdiction(
    name="california",
    limits=(pc_825.LIMIT, second_court_day.LIMIT, type1_96h.LIMIT),
    calendars=MappingProxyType(
        {"california_courts": CourtCalendar(court_holidays_of_year, ("America/Los_Angeles", "US/Pacific"))}
    ),
    violent_felony_lists=MappingProxyType({"california_667_5_c": is_violent_felony}),
    profiles=files("worker.law.california") / "profiles",
)
