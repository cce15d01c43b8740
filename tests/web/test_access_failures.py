"""Whoever tries tokens that are none is slowed, by every door alike; whoever has one is not kept out."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import httpx2
import pytest
from structlog.testing import capture_logs

from tests.support.web_server import token_of, web_server
from worker.store.context import Context
from worker.web.access.access import Access
from worker.web.access.failures import (
    FREE_FAILURES,
    MOST_ADDRESSES,
    MOST_FAILURES,
    WINDOW_SECONDS,
    Failures,
    Penalty,
)
from worker.web.access.own_token import token_with

DESK: Final = "cck_the-watch"
PAGE: Final = {"Accept": "text/html"}
GUESS: Final = {"Authorization": "Bearer cck_guess"}
GUESS_BY_COOKIE: Final = PAGE | {"Cookie": "custody=cck_guess"}


@pytest.fixture
def board(context: Context) -> Iterator[str]:
    with web_server(context, [token_of(DESK, "desk")]) as url:
        yield url


def many_guesses(url: str, headers: dict[str, str], method: str = "GET") -> list[httpx2.Response]:
    """The answers to more guesses than an address may make; those that are held are waited for together."""
    count = MOST_FAILURES + 5

    def guess(_: int) -> httpx2.Response:
        return httpx2.request(method, url, headers=headers, timeout=30)

    with ThreadPoolExecutor(count) as senders:
        return [*senders.map(guess, range(count))]


def penalties(failures: Failures, address: str, count: int, now: float = 0.0) -> list[Penalty]:
    return [failures.note(address, now) for _ in range(count)]


def test_people_mistype_and_nobody_is_slowed_for_that() -> None:
    assert set(penalties(Failures(), "10.0.0.1", FREE_FAILURES)) == {Penalty()}


def test_the_next_failures_are_slowed_and_then_the_address_is_asked_to_stay_away() -> None:
    noted = penalties(Failures(), "10.0.0.1", MOST_FAILURES + 1, now=5.0)
    assert all(penalty.is_slow and penalty.retry_after is None for penalty in noted[FREE_FAILURES:-1])
    assert [penalty.is_first for penalty in noted].index(True) == FREE_FAILURES
    assert sum(penalty.is_first for penalty in noted) == 1
    assert noted[-1].retry_after == WINDOW_SECONDS


def test_another_address_and_a_later_minute_start_over() -> None:
    failures = Failures()
    penalties(failures, "10.0.0.1", MOST_FAILURES + 1)
    assert failures.note("10.0.0.2", 0.0) == Penalty()
    assert failures.note("10.0.0.1", WINDOW_SECONDS) == Penalty()


@pytest.mark.parametrize(
    ("address", "same"),
    [("2001:db8::1", "2001:db8::ffff:2"), ("::ffff:10.0.0.1", "10.0.0.1"), ("fe80::1%eth0", "fe80::2%eth1")],
)
def test_addresses_that_one_sender_has_count_together(address: str, same: str) -> None:
    failures = Failures()
    penalties(failures, address, FREE_FAILURES)
    assert failures.note(same, 0.0).is_slow


def test_so_many_addresses_as_there_are_cannot_fill_the_memory() -> None:
    failures = Failures()
    for number in range(MOST_ADDRESSES + 100):
        failures.note(f"address {number}", 0.0)
    assert len(failures) == MOST_ADDRESSES


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/metrics"), ("POST", "/events")])
def test_a_program_that_guesses_is_asked_to_stay_away(board: str, method: str, path: str) -> None:
    answers = many_guesses(f"{board}{path}", GUESS, method)
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 5
    assert all(0 < int(answer.headers["Retry-After"]) <= WINDOW_SECONDS for answer in refused)
    assert {answer.status_code for answer in answers} == {401, 429}


def test_a_valid_token_is_let_in_from_the_same_address_all_the_while(board: str) -> None:
    many_guesses(f"{board}/", GUESS)
    assert httpx2.get(f"{board}/", headers={"Authorization": f"Bearer {DESK}"}).status_code == 200
    login = httpx2.post(f"{board}/login", data={"token": DESK})
    assert (login.status_code, login.headers["Location"]) == (303, "/")


def test_guesses_by_cookie_count_too_and_a_browser_still_comes_to_the_login(board: str) -> None:
    """A wall whose token was removed asks again and again; it must still be possible to log in there."""
    with capture_logs() as lines:
        answers = many_guesses(f"{board}/", GUESS_BY_COOKIE)
    assert {answer.headers.get("Location") for answer in answers} == {"/login?next=%2F"}
    assert [line["event"] for line in lines].count("attempts_failing") == 1
    assert httpx2.get(f"{board}/", headers=GUESS).status_code == 429
    assert httpx2.get(f"{board}/login", headers=GUESS_BY_COOKIE).status_code == 200


def test_guesses_in_the_address_count_too(context: Context) -> None:
    access = Access(tuple, own_token=token_with("cck_own"))
    with web_server(context, access=access) as url:
        many_guesses(f"{url}/?token=cck_guess", PAGE)
        assert httpx2.get(f"{url}/", headers=GUESS).status_code == 429
        assert httpx2.get(f"{url}/?token=cck_own", headers=PAGE).headers["Location"] == "/"


def test_the_login_page_says_whether_a_cookie_is_good_to_nobody(board: str) -> None:
    """It would be a door at which guesses cost nothing."""
    for secret in (DESK, "cck_guess"):
        assert httpx2.get(f"{board}/login", headers={"Cookie": f"custody={secret}"}).status_code == 200
