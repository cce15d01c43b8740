"""Which notices a newer one makes untrue: those are not sent any more."""

from collections.abc import Iterable

from events.outbound import IceReleaseDateGiven, Outbound, SubjectReleaseDateGiven


def is_superseded(older: Outbound, newer: Iterable[Outbound]) -> bool:
    """Whether one of these newer notices about the same booking says something else about the date."""
    if not isinstance(older, IceReleaseDateGiven | SubjectReleaseDateGiven):
        return False
    if older.data.status not in {"scheduled", "approaching"}:
        return False
    return any(
        isinstance(other, type(older))
        and (other.audience, other.route) == (older.audience, older.route)
        and other.data.status != "approaching"
        for other in newer
    )
