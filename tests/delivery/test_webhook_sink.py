"""Webhooks: signed so that the library accepts them; whatever the receiver does, the clock is not held up."""

import base64
import json
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from ipaddress import IPv4Network, ip_network
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from events.outbound import SOURCE, DeclinedRequest, IceRequestDeclined
from tests.support.bookings import now
from tests.support.http_receiver import (
    Receiver,
    close_before_the_answer,
    close_in_mid_body,
    hang,
    receiver,
    send_a_huge_body,
    status,
    trickle,
)
from worker.clock import SystemClock
from worker.delivery.routing import WebhookSettings
from worker.delivery.sink import Answer, Outcome, OutgoingNotice
from worker.delivery.sinks.allowed_address import is_allowed
from worker.delivery.sinks.webhook import WebhookSink, message_id_of

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
OTHER = "whsec_" + base64.b64encode(b"o" * 32).decode()


def notice(id: str = "B1:2:0:ice.request_declined.v1:abc:2026-11-30T10:00:00.000Z") -> OutgoingNotice:
    data = DeclinedRequest(reason="already_released")
    event = IceRequestDeclined(
        specversion="1.0", id=id, source=SOURCE, subject="B1", time=now(), route="ice", data=data
    )
    return OutgoingNotice("1-0", event, event.to_wire(), 1)


def sink(url: str, *secrets: str, answer_seconds: float = 15.0, **settings: Any) -> WebhookSink:
    parsed = WebhookSettings.model_validate({"kind": "webhook", "url": url, "secret_env": "X", **settings})
    return WebhookSink(parsed, secrets or (SECRET,), SystemClock(), answer_seconds=answer_seconds)


@pytest.fixture
def jail() -> Iterator[Receiver]:
    with receiver() as here:
        yield here


@pytest.fixture
def ending() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_the_library_accepts_it_and_the_body_is_the_notice(jail: Receiver) -> None:
    sent = notice()
    assert sink(jail.url).send([sent]) == Answer(Outcome.DELIVERED, "HTTP 200")
    (got,) = jail.got
    assert Webhook(SECRET).verify(got.body, got.headers) == json.loads(sent.raw)
    assert got.headers["content-type"].startswith("application/cloudevents+json")
    assert got.headers["webhook-id"] == message_id_of(sent.event.id)
    assert "." not in got.headers["webhook-id"]
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER).verify(got.body, got.headers)


def test_the_id_is_the_same_at_every_attempt_and_another_for_another_notice(jail: Receiver) -> None:
    for one in (notice(), notice(), notice("B1:3:0:x")):
        sink(jail.url).send([one])
    ids = [got.headers["webhook-id"] for got in jail.got]
    assert ids[0] == ids[1] != ids[2]


def test_during_a_rotation_both_secrets_sign(jail: Receiver) -> None:
    sink(jail.url, SECRET, OTHER).send([notice()])
    for secret in (SECRET, OTHER):
        Webhook(secret).verify(jail.got[0].body, jail.got[0].headers)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (status(204), Answer(Outcome.DELIVERED, "HTTP 204")),
        (status(500), Answer(Outcome.AGAIN, "HTTP 500")),
        (status(404), Answer(Outcome.AGAIN, "HTTP 404")),
        (status(410), Answer(Outcome.GONE, "HTTP 410")),
        (status(429, retry_after="120"), Answer(Outcome.AGAIN, "HTTP 429", retry_after_seconds=120.0)),
        (status(503, retry_after="soon"), Answer(Outcome.AGAIN, "HTTP 503")),
        (close_in_mid_body, Answer(Outcome.DELIVERED, "HTTP 200")),
        (send_a_huge_body, Answer(Outcome.DELIVERED, "HTTP 200")),
    ],
)
def test_what_the_receiver_answers(
    jail: Receiver, answer: Callable[[BaseHTTPRequestHandler], None], expected: Answer
) -> None:
    jail.answer = answer
    assert sink(jail.url).send([notice()]) == expected


def test_retry_after_may_be_an_instant(jail: Receiver) -> None:
    jail.answer = status(503, retry_after="Fri, 31 Dec 2100 23:59:59 GMT")
    answer = sink(jail.url).send([notice()])
    wait = datetime(2100, 12, 31, 23, 59, 59, tzinfo=UTC) - datetime.now(UTC)
    assert answer.retry_after_seconds == pytest.approx(wait.total_seconds(), abs=60)


def test_a_redirect_is_not_followed(jail: Receiver) -> None:
    jail.answer = status(301, location=jail.url + "/elsewhere")
    assert sink(jail.url).send([notice()]).outcome is Outcome.AGAIN
    assert [got.path for got in jail.got] == ["/custody"]


def test_a_proxy_of_the_environment_is_not_used(jail: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert sink(jail.url).send([notice()]).outcome is Outcome.DELIVERED


def test_a_huge_answer_is_not_read(jail: Receiver) -> None:
    jail.answer = send_a_huge_body
    tracemalloc.start()
    sink(jail.url).send([notice()])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000


@pytest.mark.parametrize("slow", [hang, trickle])
def test_one_that_does_not_answer_in_time_is_left(
    jail: Receiver, ending: threading.Event, slow: Callable[[threading.Event], Any]
) -> None:
    jail.answer = slow(ending)
    with pytest.raises(Exception, match=r"(?i)time"):
        sink(jail.url, answer_seconds=0.3).send([notice()])


def test_a_connection_that_is_closed_or_refused_is_an_error(jail: Receiver) -> None:
    jail.answer = close_before_the_answer
    with pytest.raises(Exception, match=r"disconnected|closed|reset"):
        sink(jail.url).send([notice()])
    with pytest.raises(Exception, match="refused"):
        sink("http://127.0.0.1:9/custody").send([notice()])


@pytest.mark.parametrize(
    ("address", "allowed", "answer"),
    [
        ("93.184.215.14", None, True),
        ("10.1.2.3", None, False),
        ("10.1.2.3", "10.1.2.0/24", True),
        ("10.1.3.3", "10.1.2.0/24", False),
        ("127.0.0.1", None, False),
        ("169.254.169.254", None, False),
        ("100.64.0.1", None, False),
        ("0.0.0.0", None, False),  # noqa: S104 (never bound)
        ("224.0.0.1", None, False),
        ("255.255.255.255", None, False),
        ("2606:2800:220:1::1", None, True),
        ("::1", None, False),
        ("fe80::1%eth0", None, False),
        ("fd00::1", None, False),
        ("fd00::1", "fd00::/8", True),
        ("::ffff:10.1.2.3", None, False),
        ("::ffff:93.184.215.14", None, True),
        ("::ffff:10.1.2.3", "10.1.2.0/24", True),
        ("::127.0.0.1", None, False),
        ("2002:0a01:0203::1", None, False),
        ("64:ff9b::10.1.2.3", None, False),
        ("64:ff9b:1::a01:203", None, False),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", None, False),
        ("ff02::1", None, False),
    ],
)
def test_only_public_addresses_and_the_named_network_are_called(
    address: str, allowed: str | None, answer: bool
) -> None:
    network = ip_network(allowed) if allowed else None
    assert is_allowed(address, "jms.example", network) is answer


def test_a_name_that_leads_to_a_private_address_is_not_called(
    jail: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(jail.url.split(":")[2].split("/")[0])
    found = [(2, 1, 6, "", ("127.0.0.1", port))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: found)
    with pytest.raises(OSError, match="nothing may be sent to"):
        sink(f"https://jms.example:{port}/custody").send([notice()])
    assert jail.got == []


def test_the_socket_goes_to_what_was_resolved(jail: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that changes between the look and the call leads nowhere else."""
    port = int(jail.url.split(":")[2].split("/")[0])
    asked: list[object] = []

    def resolve_once(host: str, *_: object, **__: object) -> list[Any]:
        asked.append(host)
        return [(2, 1, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr("worker.delivery.sinks.allowed_address.socket.getaddrinfo", resolve_once)
    monkeypatch.setattr("worker.delivery.sinks.allowed_address.is_allowed", lambda *_: True)
    with pytest.raises(Exception, match=r"(?i)ssl|tls|record"):
        sink(f"https://jms.example:{port}/custody", allow_network="127.0.0.0/8").send([notice()])
    assert asked[0] == "jms.example"


def test_a_private_network_is_named_as_a_network() -> None:
    settings = WebhookSettings.model_validate(
        {"kind": "webhook", "url": "https://jms.example/x", "secret_env": "X", "allow_network": "10.1.2.0/24"}
    )
    assert settings.allow_network == IPv4Network("10.1.2.0/24")
