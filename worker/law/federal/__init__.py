"""The United States: the constitutional limit, the federal holidays, and the detainer, which is declined."""

from types import MappingProxyType
from typing import Final

from worker.law.federal import detainer_48h, pc_determination_48h
from worker.law.federal.holidays import federal_holidays_of_year
from worker.law.jurisdiction import CourtCalendar, Jurisdiction

JURISDICTION: Final = Jurisdiction(
    name="federal",
    limits=(pc_determination_48h.LIMIT,),
    never_enabled=MappingProxyType({detainer_48h.NAME: detainer_48h.WHY_NEVER_ENABLED}),
    calendars=MappingProxyType({"federal_holidays": CourtCalendar(federal_holidays_of_year)}),
)
