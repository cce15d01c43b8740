"""What ICE reads, in the words of the policy. ASCII alone: a teletype has nothing else."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from events.outbound import DeclineReason, IceReleaseDateGiven, IceRequestDeclined
from worker.desk.letter import Letter, paragraphs
from worker.desk.letter_words import instant_of, official_time

_FIRST: Final[Mapping[str, str]] = MappingProxyType(
    {
        "scheduled": "The person booked as {booking} is to be released at {when}",
        "approaching": "The person booked as {booking} is about to be released, at {when}",
        "released": "The person booked as {booking} was released at {when}",
        "withdrawn": "The release date of the person booked as {booking} was withdrawn at {when}",
    }
)

_NO_LONGER: Final = "Nobody is held past the release date."

_REST: Final[Mapping[str, str]] = MappingProxyType(
    {
        "scheduled": f"{_NO_LONGER} If bail is posted, or a release is ordered, the person is released then. "
        "If the date changes, you are sent the new one.",
        "approaching": _NO_LONGER,
        "withdrawn": "The record here was closed without a release.",
    }
)

_REASONS: Final[Mapping[DeclineReason, str]] = MappingProxyType(
    {
        "already_released": "the person is already released",
        "not_in_custody": "the person is not in custody here",
        "release_date_not_public": "the release date is not public",
        "judicial_authority_required": "judicial authority is required",
    }
)


def release_date(event: IceReleaseDateGiven, zone: ZoneInfo) -> Letter:
    """The date; a request to hold is declined in the same sentence."""
    data = event.data
    first = _FIRST[data.status].format(booking=event.subject, when=official_time(instant_of(data), zone))
    hold = "; the request to hold is declined" if data.hold_request == "declined" else ""
    return Letter(
        f"Release date: booking {event.subject}",
        paragraphs(f"{first}{hold}.", _REST.get(data.status, "")),
    )


def request_declined(event: IceRequestDeclined, zone: ZoneInfo) -> Letter:
    """No date, or no person, and why."""
    return Letter(
        f"Request declined: booking {event.subject}",
        paragraphs(
            f"The request about the person booked as {event.subject} was declined at "
            f"{official_time(event.time, zone)}: {_REASONS[event.data.reason]}."
        ),
    )
