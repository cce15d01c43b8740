"""A real HTTP receiver of webhooks, which answers as it is made to."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HUGE_BYTES = 1 << 30


@dataclass
class Got:
    """One request as it arrived."""

    headers: dict[str, str]
    body: bytes
    path: str


@dataclass
class Receiver:
    """Keeps what arrives.

    Attributes:
        answer: writes the response to a request; a plain 200 if None.
    """

    url: str
    got: list[Got] = field(default_factory=list)
    answer: "Callable[[BaseHTTPRequestHandler], None] | None" = None


def status(code: int, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answers with a status and headers (`retry_after` is Retry-After)."""

    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return respond


def hang(until: threading.Event) -> Callable[[BaseHTTPRequestHandler], None]:
    """Never answers; ends its thread when the test does."""

    def respond(_handler: BaseHTTPRequestHandler) -> None:
        until.wait(60)

    return respond


def close_in_mid_body(handler: BaseHTTPRequestHandler) -> None:
    """Promises a body and closes the connection within it."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"x")
    handler.close_connection = True


def close_before_the_answer(handler: BaseHTTPRequestHandler) -> None:
    """Closes the connection without a word."""
    handler.close_connection = True


def send_a_huge_body(handler: BaseHTTPRequestHandler) -> None:
    """Sends 1 GB, as long as anybody reads."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(HUGE_BYTES))
    handler.end_headers()
    block = b"x" * (1 << 20)
    with suppress(OSError):
        for _ in range(HUGE_BYTES // len(block)):
            handler.wfile.write(block)


def trickle(until: threading.Event) -> Callable[[BaseHTTPRequestHandler], None]:
    """Sends a byte of its headers now and then, for ever."""

    def respond(handler: BaseHTTPRequestHandler) -> None:
        with suppress(OSError):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not until.wait(0.05):
                handler.wfile.write(b"x")
                handler.wfile.flush()

    return respond


@contextmanager
def receiver(host: str = "127.0.0.1") -> Iterator[Receiver]:
    """A receiver on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self._take()

        def do_GET(self) -> None:
            self._take()

        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            kept.got.append(Got({k.lower(): v for k, v in self.headers.items()}, body, self.path))
            (kept.answer or status(200))(self)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer((host, 0), Handler)
    server.daemon_threads = True
    kept = Receiver(f"http://{host}:{server.server_address[1]}/custody")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield kept
    server.shutdown()
    server.server_close()
    thread.join()
