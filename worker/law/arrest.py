"""The facts of an arrest on which the limits depend."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias, get_args

from worker.law.errors import LawError

ArrestKind: TypeAlias = Literal["warrantless", "warrant"]

_KINDS = frozenset(get_args(ArrestKind))


@dataclass(frozen=True, slots=True)
class Arrest:
    """When a person was arrested and booked, and whether on a warrant.

    Both instants are converted to UTC and keep their microseconds. Their order is not checked here: intake
    rejects a booking that is earlier than its arrest.

    Raises:
        LawError: an instant has no offset or is outside the years 1 to 9999 in UTC, or the kind is unknown.
    """

    arrested_at: datetime
    booked_at: datetime
    kind: ArrestKind = "warrantless"

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise LawError(f"an arrest is 'warrantless' or 'warrant', not {self.kind!r}")
        for name in ("arrested_at", "booked_at"):
            instant: datetime = getattr(self, name)
            if instant.tzinfo is not UTC:
                object.__setattr__(self, name, _in_utc(name, instant))


def _in_utc(name: str, instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise LawError(f"{name} needs an offset, as in 2016-11-15T10:00:00-08:00")
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise LawError(f"{name} is outside the years 1 to 9999 in UTC") from error
