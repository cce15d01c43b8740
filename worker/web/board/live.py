"""The part of the page that changes with the board."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from worker.desk.board.answers import Board
from worker.web import pages


@dataclass(frozen=True, slots=True)
class Screen:
    """One kind of screen: viewers of the same kind are shown the same.

    Attributes:
        facility: the only one whose people it shows; None for all.
        wall: the diagonal of a wall's screen in inches; None for a desk or a phone.
    """

    facility: str | None = None
    wall: int | None = None


def render(board: Board, screen: Screen, zone: ZoneInfo) -> str:
    """As HTML; `zone` is the one of the instants in it."""
    return pages.fragment("live.html", board=board, screen=screen, zone=zone)
