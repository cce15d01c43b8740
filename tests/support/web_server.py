"""The board's application on a real HTTP server, in a thread of the test."""

import hashlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import uvicorn

from tests.support.waiting import wait_until
from worker.store.context import Context
from worker.web.access.access import Access
from worker.web.access.tokens import Role, Token
from worker.web.app import create_app
from worker.web.board.feed import BoardFeed
from worker.web.intake.routes import ON_DISK, Safety
from worker.web.server import listen, server_config
from worker.web.store_door import StoreDoor


def token_of(secret: str, role: Role, source: str | None = None) -> Token:
    """A token as the token file has it."""
    digest = hashlib.sha256(secret.encode()).hexdigest()
    return Token(name=f"{role}-{digest[:8]}", role=role, sha256=digest, source=source)


@contextmanager
def web_server(
    context: Context,
    tokens: Sequence[Token] = (),
    *,
    is_open_desk: bool = False,
    safety: Safety = ON_DISK,
    access: Access | None = None,
    only_loopback: bool = False,
    trusted_proxies: tuple[str, ...] = (),
) -> Iterator[str]:
    """The base URL of a board on this store; it has read the store once."""
    door = StoreDoor(lambda: context)
    feed = BoardFeed(door)
    access = access or Access(lambda: tuple(tokens), is_open_desk=is_open_desk)
    app = create_app(door, feed, access, safety, only_loopback=only_loopback)
    listening = listen("127.0.0.1", 0)
    server = uvicorn.Server(server_config(app, trusted_proxies))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        assert wait_until(lambda: server.started and feed.pulse is not None, 20)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        feed.stop()
        server.should_exit = True
        thread.join(20)
