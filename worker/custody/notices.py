"""What ICE is told, and on which routes. Never anything about a booking that ICE did not ask about."""

from datetime import datetime

from events.instants import AT_COMMIT
from events.outbound import (
    DeclinedRequest,
    HoldAnswer,
    IceReleaseDateGiven,
    IceRequestDeclined,
    ReleaseDate,
)
from worker.custody.record import Contact, Record
from worker.custody.transition import Notice


def scheduled(record: Record, release_at: datetime) -> tuple[Notice, ...]:
    """The release date, to every route on which ICE made contact."""
    return tuple(scheduled_on(record, route, release_at) for route in record.routes)


def scheduled_on(record: Record, route: str, release_at: datetime) -> Notice:
    """The release date, in answer to one contact."""
    date = ReleaseDate(status="scheduled", release_at=release_at, hold_request=_hold_answer(record, route))
    return Notice(IceReleaseDateGiven, date, route)


def released(record: Record, released_at: datetime) -> tuple[Notice, ...]:
    """That the person has been released, to every route on which ICE made contact."""
    return tuple(released_on(record, route, released_at) for route in record.routes)


def released_on(record: Record, route: str, released_at: datetime) -> Notice:
    """That the person has been released, in answer to one contact."""
    date = ReleaseDate(status="released", released_at=released_at, hold_request=_hold_answer(record, route))
    return Notice(IceReleaseDateGiven, date, route)


def withdrawn(record: Record) -> tuple[Notice, ...]:
    """That the date given no longer holds, since the record was closed without a release."""
    return tuple(
        Notice(
            IceReleaseDateGiven,
            ReleaseDate(status="withdrawn", closed_at=AT_COMMIT, hold_request=_hold_answer(record, route)),
            route,
        )
        for route in record.routes
    )


def not_in_custody(contact: Contact) -> Notice:
    """There is no person here to give a date for."""
    return Notice(IceRequestDeclined, DeclinedRequest(reason="not_in_custody"), contact.reply_to)


def already_released(contact: Contact) -> Notice:
    """ICE came for a person who was free already."""
    return Notice(IceRequestDeclined, DeclinedRequest(reason="already_released"), contact.reply_to)


def _hold_answer(record: Record, route: str) -> HoldAnswer:
    """Any request to hold, on this route, is declined (clause 2 of the policy)."""
    asked = any(contact.asks_to_hold for contact in record.contacts if contact.reply_to == route)
    return "declined" if asked else "none"
