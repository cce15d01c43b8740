"""Who sends slowly, or nothing, is cut off, and keeps nobody else from being answered."""

from contextlib import ExitStack

import httpx2
import pytest

from tests.support.bookings import bail_posted, now, raw
from tests.support.raw_client import raw_client
from tests.support.sender import INTAKE, ONE, TOKENS, Sender, in_the_inbox
from tests.support.web_server import web_server
from worker.store.context import Context
from worker.web import body, slow_clients

AUTHORIZATION = f"Authorization: Bearer {INTAKE}"
LIMIT_SECONDS = 0.3


@pytest.fixture
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A board that waits for nobody for long."""
    monkeypatch.setattr(slow_clients, "ARRIVE_WITHIN_SECONDS", LIMIT_SECONDS)
    monkeypatch.setattr(body, "ARRIVES_WITHIN_SECONDS", LIMIT_SECONDS)


@pytest.mark.usefixtures("in_a_hurry")
def test_a_connection_on_which_nothing_comes_is_ended_without_a_word(context: Context) -> None:
    with web_server(context) as url, raw_client(url) as idle:
        assert idle.rest() == b""


@pytest.mark.usefixtures("in_a_hurry")
@pytest.mark.parametrize("head", [b"POST /events HT", b"GET / HTTP/1.1\r\nX: "])
def test_headers_that_trickle_are_answered_408(context: Context, head: bytes) -> None:
    with web_server(context) as url, raw_client(url) as slow:
        answer = slow.trickle(head, then=b"x")
    assert answer.startswith(b"HTTP/1.1 408 ")


@pytest.mark.usefixtures("in_a_hurry")
def test_headers_that_trickle_after_an_answer_are_cut_off_too(context: Context) -> None:
    with web_server(context) as url, raw_client(url) as slow:
        slow.request("GET /healthz")
        assert slow.until(b"}").startswith(b"HTTP/1.1 200 ")
        assert slow.trickle(b"GET /healthz HTTP/1.1\r\nX: ", then=b"x").startswith(b"HTTP/1.1 408 ")


@pytest.mark.usefixtures("in_a_hurry")
def test_a_second_request_begun_with_the_first_is_cut_off_too(context: Context) -> None:
    with web_server(context) as url, raw_client(url) as slow:
        slow.request("GET /healthz", body=b"GET /healthz HTTP/1.1\r\n")
        assert slow.rest().count(b"HTTP/1.1 ") == 1


@pytest.mark.usefixtures("in_a_hurry")
@pytest.mark.parametrize(
    ("line", "headers"),
    [
        ("POST /events", [AUTHORIZATION, f"Content-Type: {ONE}", "Content-Length: 60000"]),
        ("POST /login", ["Content-Length: 8000"]),
    ],
)
def test_a_body_that_trickles_is_answered_408(context: Context, line: str, headers: list[str]) -> None:
    with web_server(context, TOKENS) as url, raw_client(url) as slow:
        slow.request(line, *headers)
        answer = slow.trickle(b"{", then=b" ")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"send it again" in answer
    assert in_the_inbox(context) == []


@pytest.mark.usefixtures("in_a_hurry")
def test_an_answer_may_take_longer_than_a_request(context: Context) -> None:
    """The board's stream goes on, though nothing more is asked."""
    with web_server(context, is_open_desk=True) as url, raw_client(url) as viewer:
        viewer.request("GET /stream")
        for _ in range(3):  # one a second
            viewer.until(b"event: beat")


def test_500_slow_connections_keep_nobody_else_out(context: Context) -> None:
    with web_server(context, TOKENS) as url, ExitStack() as open_ones:
        slow = [open_ones.enter_context(raw_client(url)) for _ in range(500)]
        for place, client in enumerate(slow):
            client.send(b"POST /events HTTP/1.1\r\nX: "[: place % 30])
        upstream = Sender(url)
        answers = [upstream.post(raw(bail_posted("B-1", now()))) for _ in range(3)]
        upstream.close()
        assert [answer.status_code for answer in answers] == [202, 202, 202]
        assert httpx2.get(f"{url}/healthz").status_code == 200
