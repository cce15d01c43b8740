"""A receiver of webhooks, as the jail and ICE might run one: it checks each signature before it accepts."""

import base64
import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from standardwebhooks import Webhook, WebhookVerificationError

from ops.demo.received import WEBHOOKS, Received, ReceivedNotice
from ops.demo.routes import write_routes
from ops.demo.weekend import ScheduledEvent
from worker.desk.sent import OUTBOUND

_ACCEPTED: Final = 204
_REFUSED: Final = 401
_MOST_BYTES: Final = 1 << 20
_STOP_SECONDS: Final = 0.1


@contextmanager
def receiving_by_routes(directory: Path, events: Iterable[ScheduledEvent]) -> Iterator[Received]:
    """The receiver of the jail and of ICE, and a routing file in the directory that leads there.

    Args:
        events: whatever they name as a route of ICE leads to ICE's receiver.
    """
    received = Received(directory)
    secret_by_audience = {audience: _new_secret() for audience in WEBHOOKS}
    with receiving(received, secret_by_audience) as url:
        write_routes(directory, url, secret_by_audience, events)
        yield received


@contextmanager
def receiving(received: Received, secret_by_audience: Mapping[str, str]) -> Iterator[str]:
    """Receive on a free port of the loopback interface; give the address, to which `/AUDIENCE` is added.

    Each audience has its own secret; what is signed with another one is refused.
    """

    verifier_by_audience = {audience: Webhook(secret) for audience, secret in secret_by_audience.items()}

    class Handler(_Handler):
        verifiers = verifier_by_audience
        kept = received

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(_STOP_SECONDS,), name="receiver")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _new_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that went away in mid-request tries again; a traceback would spoil the picture."""


class _Handler(BaseHTTPRequestHandler):
    verifiers: Mapping[str, Webhook]
    kept: Received
    timeout = 15

    def do_POST(self) -> None:
        audience = self.path.removeprefix("/")
        length = self.headers.get("Content-Length", "0")
        body = self.rfile.read(min(int(length), _MOST_BYTES) if length.isdecimal() else 0)
        try:
            self.verifiers[audience].verify(body, dict(self.headers.items()), json_parse=False)
            self.kept.by_webhook.append(ReceivedNotice(audience, OUTBOUND.validate_json(body)))
        except (KeyError, ValueError, WebhookVerificationError) as error:
            self.kept.refused.append((audience, f"{type(error).__name__}: {error}"))
            self._answer(_REFUSED)
        else:
            self._answer(_ACCEPTED)

    def log_message(self, *_: Any) -> None:
        """Nothing: the picture is the log."""

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()
