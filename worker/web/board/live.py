"""The part of the page that changes with the board."""

from zoneinfo import ZoneInfo

from worker.desk.board.answers import Board
from worker.web import pages
from worker.web.board.screen import Screen
from worker.web.board.view import board_view


def render(board: Board, screen: Screen, zone: ZoneInfo) -> str:
    """As HTML; `zone` is the one of the instants in it."""
    return pages.fragment("live.html", view=board_view(board, screen, zone))
