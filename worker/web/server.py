"""Runs the board's HTTP server in this process until it is stopped."""

import socket
from collections.abc import Callable
from types import FrameType
from typing import Final

import structlog
import uvicorn

from worker.host import wiring
from worker.settings import Settings
from worker.telemetry import configure_logging
from worker.web.access.access import Access
from worker.web.access.tokens import read_tokens
from worker.web.app import create_app
from worker.web.board.feed import BoardFeed
from worker.web.intake.routes import Safety
from worker.web.store_door import StoreDoor

log = structlog.get_logger("custody")

_FINISH_SECONDS: Final = 1


class _Server(uvicorn.Server):
    """Ends the viewers' streams when it is told to stop: it would wait for them for ever."""

    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._on_stop()
        super().handle_exit(sig, frame)


def serve(settings: Settings, *, is_open_desk: bool = False) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Args:
        is_open_desk: show the board to whoever asks; for the demo, on loopback.

    Raises:
        worker.web.access.tokens.TokenFileError: the token file cannot be used.
        OSError: the address is taken, or not this machine's.
    """
    configure_logging(settings.log_format)
    tokens = read_tokens(settings.tokens) if settings.tokens else ()
    door = StoreDoor(lambda: wiring.reading_context(settings))
    feed = BoardFeed(door)
    safety = Safety(settings.min_replicas, settings.accept_unsafe_store)
    app = create_app(door, feed, Access(lambda: tokens, is_open_desk=is_open_desk), safety)
    listening = _listen(settings.board_host, settings.board_port)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=_FINISH_SECONDS
    )
    log.info("board_serving", address=f"http://{settings.board_host}:{listening.getsockname()[1]}/")
    _Server(config, feed.stop).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    listening.listen(128)
    return listening
