"""Runs the board's HTTP server in this process until it is stopped."""

import asyncio
import contextlib
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import Final

import structlog
import uvicorn
from fastapi import FastAPI

from worker.host import wiring
from worker.settings import Settings
from worker.store.day_file import DayFiles
from worker.telemetry import configure_logging, flush_log
from worker.web.access import own_token
from worker.web.access.access import Access
from worker.web.access.names import is_loopback
from worker.web.access.token_file import TokenFile
from worker.web.app import create_app
from worker.web.binding import BoardAddressError, address_of, check_binding
from worker.web.board.feed import BoardFeed
from worker.web.connection import Connection
from worker.web.intake.routes import Safety
from worker.web.store_door import StoreDoor

log = structlog.get_logger("custody")

_FINISH_SECONDS: Final = 1.2
_GONE_MS: Final = 20_000


class _Server(uvicorn.Server):
    """Ends the viewers' streams when it is stopped, for which it would wait, and then ends in good order.

    The library's server would raise the signal again once all is done.
    """

    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._on_stop()
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End, after what is still being answered or, where a store hangs, without.

        The library would wait for the threads that wait for the store, and report each as a failure.
        """
        try:
            async with asyncio.timeout(_FINISH_SECONDS):
                await super().shutdown(sockets)
        except TimeoutError:
            log.warning("board_cut_short", requests=len(self.server_state.tasks))
            flush_log()
            os._exit(os.EX_OK)


def serve(
    settings: Settings,
    *,
    is_open_desk: bool = False,
    trusted_proxies: tuple[str, ...] = (),
    announce: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Without a token file the board has a desk token for its life: the one that its parent hands it in the
    environment (`own_token.VARIABLE`), or a new one.

    Args:
        is_open_desk: show the board to whoever asks; for the demo, on loopback.
        trusted_proxies: addresses and networks of the proxies whose X-Forwarded-For and -Proto count.
        announce: takes the address once it is listened on; with the board's own token in it, so it must not
            go to a log.

    Raises:
        worker.web.binding.BoardAddressError: it cannot listen there, or must not.
        worker.web.access.token_file.TokenFileError: the token file cannot be used.
    """
    configure_logging(settings.log_format)
    _allow_many_connections()
    check_binding(settings, is_open_desk=is_open_desk)
    secret = None if is_open_desk or settings.tokens else own_token.take()
    access = _access(settings, secret, is_open_desk=is_open_desk)
    door = StoreDoor(lambda: wiring.reading_context(settings))
    feed = BoardFeed(door)
    day_files = DayFiles(settings.data_dir) if settings.accepted_files else None
    safety = Safety(settings.min_replicas, settings.accept_unsafe_store, day_files)
    only_loopback = is_loopback(settings.board_host) and not trusted_proxies
    app = create_app(door, feed, access, safety, only_loopback=only_loopback)
    listening = listen(settings.board_host, settings.board_port)
    address = address_of(settings.board_host, listening.getsockname()[1])
    log.info("board_serving", address=address)
    announce(f"{address}?token={secret}" if secret else address)
    _Server(server_config(app, trusted_proxies), feed.stop).run(sockets=[listening])


def server_config(app: FastAPI, trusted_proxies: tuple[str, ...] = ()) -> uvicorn.Config:
    """How the HTTP server runs. Addresses are not logged: they may have a booking or a token in them."""
    return uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
    )


def _allow_many_connections() -> None:
    """Up to what the system allows: while slow clients have all of them, nobody else is let in."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _access(settings: Settings, secret: str | None, *, is_open_desk: bool) -> Access:
    if secret is not None:
        return Access(tuple, own_token=own_token.token_with(secret))
    if settings.tokens is None:
        return Access(tuple, is_open_desk=is_open_desk)
    file = TokenFile(settings.tokens)
    return Access(file.tokens, is_open_desk=is_open_desk, problem=lambda: file.problem)


def listen(host: str, port: int) -> socket.socket:
    """A socket for the server.

    Raises:
        BoardAddressError: it cannot listen there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Where the protocol is not named, asyncio leaves Nagle's algorithm on: 40 ms for each further request.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if sys.platform == "linux":  # inherited by the connections: who is gone, or reads nothing, is cut off
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _GONE_MS)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise BoardAddressError(
            f"the board cannot listen on {address_of(host, port)} ({error.strerror}): set CUSTODY_BOARD_HOST "
            "and CUSTODY_BOARD_PORT"
        ) from None
    return listening
