"""`POST /events` reads no more than it must, and what is odd in one event costs no other its place."""

import tracemalloc
from contextlib import ExitStack

import pytest

from events.envelope import MAX_BATCH_EVENTS, MAX_EVENT_BYTES
from tests.support.bookings import SOURCE, bail_posted, now, raw
from tests.support.raw_client import RawClient, raw_client
from tests.support.sender import BATCH, INTAKE, ONE, TOKENS, Sender, in_the_inbox, sender
from tests.support.web_server import token_of, web_server
from worker.store.context import Context
from worker.web.intake.batch_text import items_of
from worker.web.intake.media import MAX_BATCH_BYTES
from worker.web.intake.places import MOST_REQUESTS_OF_A_TOKEN

AUTHORIZATION = f"Authorization: Bearer {INTAKE}"


def event(id_: str = "e1") -> bytes:
    return raw(bail_posted("B-1", now(), id=id_))


def with_field(value: bytes) -> bytes:
    return event()[:-1] + b',"x":' + value + b"}"


def begin(client: RawClient, content_type: str, length: str, *headers: str) -> None:
    client.request("POST /events", AUTHORIZATION, f"Content-Type: {content_type}", length, *headers)


@pytest.mark.parametrize(
    ("content_type", "most"), [(ONE, MAX_EVENT_BYTES), (BATCH, MAX_BATCH_BYTES)], ids=["one", "batch"]
)
def test_a_length_that_is_too_large_is_refused_before_a_byte_of_it_is_sent(
    context: Context, content_type: str, most: int
) -> None:
    with web_server(context, TOKENS) as url, raw_client(url) as upstream:
        begin(upstream, content_type, f"Content-Length: {most + 1}", "Expect: 100-continue")
        answer = upstream.until(b"}")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer.lower()
    assert str(most).encode() in answer


def test_a_chunked_body_is_refused_once_it_has_a_byte_too_many(context: Context) -> None:
    with web_server(context, TOKENS) as url, raw_client(url) as upstream:
        begin(upstream, ONE, "Transfer-Encoding: chunked")
        upstream.send(b"%x\r\n%s\r\n" % (MAX_EVENT_BYTES, b" " * MAX_EVENT_BYTES))
        upstream.send(b"1\r\n \r\n")
        assert upstream.until(b"}").startswith(b"HTTP/1.1 413 ")


def test_a_sender_that_goes_on_sending_sees_the_answer(context: Context) -> None:
    with sender(context) as upstream:
        answer = upstream.post(b" " * (2 * MAX_BATCH_BYTES), BATCH)
        assert (answer.status_code, "more than" in answer.json()["detail"]) == (413, True)
        assert upstream.post(event()).status_code == 202
    assert len(in_the_inbox(context)) == 1


def test_a_batch_as_large_as_may_be_is_taken(context: Context) -> None:
    events = b"[" + b",".join(event(f"e{number}") for number in range(MAX_BATCH_EVENTS)) + b"]"
    with sender(context) as upstream:
        answer = upstream.post(events.ljust(MAX_BATCH_BYTES), BATCH)
    assert (answer.status_code, len(answer.json()["accepted"])) == (202, MAX_BATCH_EVENTS)
    assert len(in_the_inbox(context)) == MAX_BATCH_EVENTS


def test_of_a_batch_with_an_event_too_many_nothing_is_taken(context: Context) -> None:
    with sender(context) as upstream:
        answer = upstream.batch(*[event()] * (MAX_BATCH_EVENTS + 1))
    assert (answer.status_code, str(MAX_BATCH_EVENTS) in answer.json()["detail"]) == (413, True)
    assert in_the_inbox(context) == []


def test_items_beyond_the_most_cost_no_memory() -> None:
    body = b"[" + b"{}," * 1_000_000 + b"{}]"
    tracemalloc.start()
    items = items_of(body, 1_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert items == [b"{}"] * 1_001
    assert peak < 2 * len(body)


def test_an_event_may_have_64_kib_and_a_larger_one_of_a_batch_is_refused_alone(context: Context) -> None:
    largest = with_field(b'"%s"' % (b"x" * (MAX_EVENT_BYTES - len(with_field(b'""')))))
    assert len(largest) == MAX_EVENT_BYTES
    with sender(context) as upstream:
        assert upstream.post(largest).status_code == 202
        answer = upstream.batch(event("a"), largest.replace(b'"x":', b' "x":'), event("b"))
    assert answer.status_code == 202
    assert answer.json()["accepted"] == ["a", "b"]
    assert [(one["index"], one["reason"]) for one in answer.json()["refused"]] == [(1, "too_large")]


@pytest.mark.parametrize(
    "odd",
    [
        with_field(b"[" * 30_000 + b"]" * 30_000),
        with_field(b'{"x":' * 9_000 + b"1" + b"}" * 9_000),
        with_field(b"NaN"),
        with_field(b"-Infinity"),
        event().replace(b"cash", b"ca\xffsh"),
        event().replace(b"cash", b"ca\x00sh"),
        event().decode().encode("utf-16"),
    ],
    ids=["deep lists", "deep objects", "NaN", "infinity", "half a character", "a zero byte", "UTF-16"],
)
def test_what_is_no_json_is_refused_alone(context: Context, odd: bytes) -> None:
    with sender(context) as upstream:
        alone, among_others = upstream.post(odd), upstream.batch(event("a"), odd, event("b"))
    assert alone.status_code == 400
    assert [one["reason"] for one in alone.json()["refused"]] == ["not_json"]
    assert (among_others.status_code, among_others.json()["accepted"]) == (202, ["a", "b"])
    assert [(one["index"], one["reason"]) for one in among_others.json()["refused"]] == [(1, "not_json")]
    assert in_the_inbox(context)[0] == in_the_inbox(context)[2] == odd


@pytest.mark.parametrize("body", [b"[" * 7_000_000, b"[" + b"{},[" * 100_000, b'["' + b"\\" * 7_000_000])
def test_a_batch_whose_end_is_nowhere_is_refused(context: Context, body: bytes) -> None:
    with sender(context) as upstream:
        answer = upstream.post(body, BATCH)
    assert answer.status_code in {400, 413}


@pytest.mark.parametrize(
    "odd",
    [
        event("first")[:-1] + b',"id":"e1"}',
        b"\xef\xbb\xbf" + event(),
        event().replace(b"cash", rb"ca\ud800sh"),
        with_field(b"1e999"),
        with_field(b"1" + b"0" * 4_000),
    ],
    ids=["an id twice", "a byte-order mark", "half a pair", "a large exponent", "a long number"],
)
def test_what_is_odd_and_can_be_read_is_taken(context: Context, odd: bytes) -> None:
    with sender(context) as upstream:
        answers = [upstream.post(odd), upstream.batch(odd)]
    assert [(answer.status_code, answer.json()["accepted"]) for answer in answers] == [(202, ["e1"])] * 2


def test_a_token_with_too_many_requests_under_way_is_asked_to_wait_and_another_is_not(
    context: Context,
) -> None:
    another = token_of("another-intake", "intake", SOURCE)
    with web_server(context, (*TOKENS, another)) as url, ExitStack() as open_ones:
        for _ in range(MOST_REQUESTS_OF_A_TOKEN):
            slow = open_ones.enter_context(raw_client(url))
            begin(slow, ONE, "Content-Length: 2", "Expect: 100-continue")
            slow.until(b"100 Continue")
        first, second = Sender(url), Sender(url, "another-intake")
        refused, taken = first.post(event()), second.post(event())
        first.close()
        second.close()
    assert (refused.status_code, int(refused.headers["retry-after"]) > 0) == (429, True)
    assert "wait" in refused.json()["detail"]
    assert taken.status_code == 202


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: x",),
        ("Content-Length: -1",),
        ("Content-Length: 1", "Content-Length: 2"),
        ("Transfer-Encoding: gzip, chunked",),
        ("X" * 100_000,),
        ("Content-Length: 1" + "0" * 30,),
    ],
    ids=["no number", "negative", "two lengths", "gzip", "huge headers", "huge length"],
)
def test_a_request_that_is_no_http_is_refused_and_the_next_one_is_answered(
    context: Context, lines: tuple[str, ...]
) -> None:
    with web_server(context, TOKENS) as url, raw_client(url) as hostile:
        begin(hostile, ONE, *lines)
        assert hostile.until(b"\r\n\r\n").startswith((b"HTTP/1.1 4", b"HTTP/1.1 501 "))
        upstream = Sender(url)
        assert upstream.post(event()).status_code == 202
        upstream.close()
