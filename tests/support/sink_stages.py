"""Each kind of sink with a real receiver, which works, fails, or hangs."""

import base64
import fcntl
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from standardwebhooks import Webhook

from tests.support import http_receiver, smtp_receiver
from tests.support.letter_samples import subject_and_text
from tests.support.other_store import other_store
from worker.clock import SystemClock
from worker.delivery.routing import SmtpSettings, StreamSettings, WebhookSettings
from worker.delivery.sink import Answer, Outcome, OutgoingNotice, Sink
from worker.delivery.sinks.file import FileSink
from worker.delivery.sinks.smtp import SmtpSink
from worker.delivery.sinks.stream import StreamSink
from worker.delivery.sinks.webhook import WebhookSink

KEY = "custody-notices"
SIGNING_SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


@dataclass(frozen=True)
class Arrived:
    """A notice as the receiver has it.

    Attributes:
        id: what it recognises a repeat by.
        body: the notice, where a machine reads it.
    """

    id: str
    body: bytes | None


@dataclass
class Stage:
    """A sink and its receiver.

    Attributes:
        arrived: what the receiver has, in order.
        failing: while it lasts the receiver takes nothing.
        hanging: while it lasts the receiver answers nothing.
        secrets: what no receipt may have in it.
    """

    sink: Sink
    arrived: Callable[[], list[Arrived]]
    failing: Callable[[], AbstractContextManager[object]]
    hanging: Callable[[], AbstractContextManager[object]]
    secrets: tuple[str, ...]

    def send(self, notices: Sequence[OutgoingNotice]) -> list[Answer]:
        """Send these as the deliverer does, in batches that the sink takes, up to the first not delivered."""
        answers: list[Answer] = []
        for start in range(0, len(notices), self.sink.most_at_once):
            answers.append(self._attempt(notices[start : start + self.sink.most_at_once]))
            if answers[-1].outcome is not Outcome.DELIVERED:
                break
        return answers

    def _attempt(self, batch: Sequence[OutgoingNotice]) -> Answer:
        try:
            return self.sink.send(batch)
        except Exception as error:  # as the deliverer does
            return Answer(Outcome.AGAIN, type(error).__name__)


@contextmanager
def webhook_stage(_directory: Path, answer_seconds: float) -> Iterator[Stage]:
    """A webhook with an HTTP receiver that checks signatures."""
    ending = threading.Event()
    with http_receiver.receiver() as jail:
        settings = WebhookSettings.model_validate({"kind": "webhook", "url": jail.url, "secret_env": "X"})
        sink = WebhookSink(settings, [SIGNING_SECRET], SystemClock(), answer_seconds=answer_seconds)

        def arrived() -> list[Arrived]:
            for got in jail.got:
                Webhook(SIGNING_SECRET).verify(got.body, got.headers)
            return [Arrived(got.headers["webhook-id"], got.body) for got in jail.got]

        @contextmanager
        def answering(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[None]:
            before, jail.answer, kept = jail.answer, answer, list(jail.got)
            yield
            jail.answer = before
            jail.got[:] = kept  # it has seen them and taken none

        yield Stage(
            sink,
            arrived,
            failing=lambda: answering(http_receiver.status(500)),
            hanging=lambda: answering(http_receiver.hang(ending)),
            secrets=(SIGNING_SECRET, jail.url, "127.0.0.1"),
        )
        ending.set()


@contextmanager
def smtp_stage(_directory: Path, answer_seconds: float) -> Iterator[Stage]:
    """A mail server with STARTTLS and a login."""
    with smtp_receiver.mail_server(login=True) as mail:
        settings = SmtpSettings.model_validate(
            {
                "kind": "smtp",
                "host": smtp_receiver.HOST,
                "port": mail.port,
                "security": "starttls",
                "username": smtp_receiver.USERNAME,
                "password_env": "X",
                "from": "custody-clock@example.org",
                "to": ["watch@example.org"],
            }
        )
        tls = smtp_receiver.trusting()
        sink = SmtpSink(settings, smtp_receiver.PASSWORD, subject_and_text, tls, answer_seconds)

        @contextmanager
        def failing() -> Iterator[None]:
            mail.replies["DATA"] = "451 later watch@example.org"
            yield
            mail.replies.clear()

        @contextmanager
        def hanging() -> Iterator[None]:
            mail.hangs = True
            yield
            mail.hangs = False
            mail.got.clear()

        yield Stage(
            sink,
            lambda: [Arrived(got.message["Message-ID"], None) for got in mail.got],
            failing,
            hanging,
            secrets=(smtp_receiver.PASSWORD, smtp_receiver.USERNAME, "example.org", smtp_receiver.HOST),
        )


@contextmanager
def stream_stage(directory: Path, answer_seconds: float) -> Iterator[Stage]:
    """A second Valkey."""
    with other_store(directory) as bus:
        settings = StreamSettings.model_validate({"kind": "stream", "url_env": "X", "key": KEY})

        @contextmanager
        def failing() -> Iterator[None]:
            bus.client.config_set("maxmemory", 1)
            yield
            bus.client.config_set("maxmemory", 0)

        @contextmanager
        def hanging() -> Iterator[None]:
            with bus.frozen():
                yield
            bus.client.delete(KEY)

        yield Stage(
            StreamSink(settings, bus.client, answer_seconds),
            lambda: [_by_event_id(event) for event in bus.events(KEY)],
            failing,
            hanging,
            secrets=(bus.url, *bus.url.removeprefix("redis://").split("@"), KEY),
        )


@contextmanager
def file_stage(directory: Path, _answer_seconds: float) -> Iterator[Stage]:
    """A file of JSON lines."""
    path = directory / "spool" / "served.jsonl"

    @contextmanager
    def failing() -> Iterator[None]:
        kept = path.with_suffix(".kept")
        path.parent.mkdir(exist_ok=True)
        path.touch()
        path.rename(kept)
        path.mkdir()
        yield
        path.rmdir()
        kept.rename(path)

    @contextmanager
    def hanging() -> Iterator[None]:
        path.parent.mkdir(exist_ok=True)
        with path.open("ab") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            yield

    def arrived() -> list[Arrived]:
        return [_by_event_id(line) for line in path.read_bytes().splitlines()] if path.is_file() else []

    yield Stage(FileSink(path), arrived, failing, hanging, secrets=(str(path),))


def _by_event_id(body: bytes) -> Arrived:
    return Arrived(json.loads(body)["id"], body)


STAGES = {"webhook": webhook_stage, "smtp": smtp_stage, "stream": stream_stage, "file": file_stage}
