"""The time that a report is about."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

EVER: Final = datetime.min.replace(tzinfo=UTC)
"""Before everything."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` up to, not including, `until`; both UTC."""

    since: datetime
    until: datetime

    def __contains__(self, instant: datetime) -> bool:
        return self.since <= instant < self.until
