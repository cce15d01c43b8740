"""What the address of a report asks for."""

from dataclasses import dataclass
from typing import Annotated, TypeAlias
from urllib.parse import urlencode

from fastapi import Query

from worker.desk.reports.period import Period, read_period
from worker.store.context import Context

From: TypeAlias = Annotated[str, Query(alias="from")]
Until: TypeAlias = Annotated[str, Query(alias="to")]
Facility: TypeAlias = Annotated[str, Query(max_length=200)]

_LONGEST = 80


@dataclass(frozen=True, slots=True)
class AskedPeriod:
    """The two instants as a person wrote them; empty where nothing was written."""

    since: str
    until: str

    @classmethod
    def of(cls, since: str, until: str) -> "AskedPeriod":
        """From a query; what is too long for an instant is cut off, and not understood."""
        return cls(since.strip()[:_LONGEST], until.strip()[:_LONGEST])

    def read(self, context: Context) -> Period:
        """The period that is meant.

        Raises:
            PeriodError: none can be.
        """
        zone = context.rules_by_record.current.profile.calendar.zone
        return read_period(self.since, self.until, context.store_now(), zone, ("From", "To"))

    def href(self, form: str) -> str:
        """The query for the same report in another format."""
        return query(("from", self.since), ("to", self.until), ("format", form))


def query(*given: tuple[str, str]) -> str:
    """A query with whatever is not empty."""
    return "?" + urlencode([(name, value) for name, value in given if value])
