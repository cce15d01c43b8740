"""Who is let in, and to what: each role to what is its own, by header or by cookie, and nobody else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import httpx2
import pytest

from tests.support.web_server import token_of, web_server
from worker.store.context import Context
from worker.web.access.access import Access
from worker.web.access.own_token import token_with
from worker.web.access.tokens import Token, new_secret

DESK: Final = "cck_the-watch"
INTAKE: Final = "cck_the-jail"
METRICS: Final = "cck_prometheus"
TOKENS: Final = (
    token_of(DESK, "desk"),
    token_of(INTAKE, "intake", "urn:jail:example"),
    token_of(METRICS, "metrics"),
)
PAGE: Final = {"Accept": "text/html"}


@pytest.fixture
def board(context: Context) -> Iterator[str]:
    with web_server(context, TOKENS) as url:
        yield url


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


@contextmanager
def logged_in(board: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=board, headers=PAGE) as client:
        assert client.post("/login", data={"token": DESK}).status_code == 303
        yield client


def test_a_program_without_a_token_is_asked_for_one(board: str) -> None:
    for path in ("/", "/stream"):
        answer = httpx2.get(f"{board}{path}")
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_browser_without_a_cookie_is_led_to_the_login_and_back(board: str) -> None:
    wanted = "/?facility=A%2FB&wall=55"
    asked = httpx2.get(f"{board}{wanted}", headers=PAGE)
    assert asked.status_code == 303
    form = httpx2.get(f"{board}{asked.headers['Location']}", headers=PAGE)
    assert form.status_code == 200
    assert 'name="next" value="/?facility=A%2FB&amp;wall=55"' in form.text
    login = httpx2.post(f"{board}/login", data={"token": DESK, "next": wanted}, headers=PAGE)
    assert (login.status_code, login.headers["Location"]) == (303, wanted)


def test_the_login_shows_the_board(board: str) -> None:
    with logged_in(board) as browser:
        assert "Next out" in browser.get("/").text


@pytest.mark.parametrize("secret", [INTAKE, METRICS])
def test_only_a_desk_token_reads_the_desk(board: str, secret: str) -> None:
    for path in ("/", "/stream"):
        assert httpx2.get(f"{board}{path}", headers=bearer(secret)).status_code == 403
    refused = httpx2.post(f"{board}/login", data={"token": secret}, headers=PAGE)
    assert refused.status_code == 403
    assert "Set-Cookie" not in refused.headers


def test_whoever_asks_is_shown_whether_it_is_healthy(board: str) -> None:
    assert httpx2.get(f"{board}/healthz").status_code == 200


def test_a_wrong_token_is_refused_in_every_place(board: str) -> None:
    assert httpx2.get(f"{board}/", headers=bearer("cck_guess")).status_code == 401
    assert httpx2.post(f"{board}/login", data={"token": "cck_guess"}).status_code == 401
    assert httpx2.get(f"{board}/", headers={"Cookie": "custody=cck_guess"}).status_code == 401


def test_whoever_has_read_the_token_file_can_make_no_cookie(board: str) -> None:
    for digest in (TOKENS[0].sha256, f"watch.{TOKENS[0].sha256}"):
        forged = httpx2.get(f"{board}/", headers={"Cookie": f"custody={digest}"})
        assert forged.status_code == 401


def test_a_cookie_is_for_pages_alone(context: Context) -> None:
    """Else a page of another site could have a browser send events."""
    access = Access(lambda: TOKENS)
    with web_server(context, access=access) as url:
        asked = httpx2.get(f"{url}/", headers={"Cookie": f"custody={INTAKE}"})
        assert asked.status_code == 403


def test_the_cookie_cannot_be_read_or_sent_by_others(board: str) -> None:
    answer = httpx2.post(f"{board}/login", data={"token": DESK})
    assert answer.headers["Set-Cookie"] == (
        f"custody={DESK}; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"
    )


def test_the_cookie_is_renewed_while_the_board_is_looked_at(board: str) -> None:
    with logged_in(board) as browser:
        assert "Max-Age=43200" in browser.get("/").headers["Set-Cookie"]
    assert "Set-Cookie" not in httpx2.get(f"{board}/", headers=bearer(DESK)).headers


def test_a_logout_ends_it(board: str) -> None:
    with logged_in(board) as browser:
        assert 'action="/logout"' in browser.get("/logout").text
        assert browser.post("/logout").status_code == 303
        assert browser.get("/").headers["Location"] == "/login?next=%2F"


def test_a_token_that_is_removed_is_out_at_once_and_its_streams_end(context: Context) -> None:
    tokens: list[Token] = [*TOKENS]
    access = Access(lambda: tuple(tokens))
    with web_server(context, access=access) as url, logged_in(url) as browser:
        with browser.stream("GET", "/stream") as stream:
            lines = stream.iter_lines()
            assert next(lines)
            tokens.clear()
            assert len(list(lines)) < 100  # it ends
        assert browser.get("/").status_code == 303


@pytest.mark.parametrize(
    "following",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "/\t/evil.example",
        "javascript:alert(1)",
        "/\r\nSet-Cookie: a=b",
        "/login?next=/",
        "evil",
        "/" * 2000,
        "",
    ],
)
def test_a_login_leads_nowhere_else(board: str, following: str) -> None:
    answer = httpx2.post(f"{board}/login", data={"token": DESK, "next": following})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_a_form_of_another_site_is_refused(board: str, headers: dict[str, str]) -> None:
    assert httpx2.post(f"{board}/login", data={"token": DESK}, headers=headers).status_code == 403
    assert httpx2.post(f"{board}/logout", headers=headers).status_code == 403


def test_a_form_of_this_board_is_taken(board: str) -> None:
    for headers in ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, {"Origin": board}):
        assert httpx2.post(f"{board}/login", data={"token": DESK}, headers=headers).status_code == 303


def test_the_address_with_the_boards_own_token_logs_in_and_loses_it(context: Context) -> None:
    secret = new_secret()
    access = Access(tuple, own_token=token_with(secret))
    with web_server(context, access=access) as url:
        answer = httpx2.get(f"{url}/?facility=Central&token={secret}")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/?facility=Central")
        assert f"custody={secret};" in answer.headers["Set-Cookie"]
        cookie = {"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}
        assert httpx2.get(f"{url}/", headers=cookie).status_code == 200
        wrong = httpx2.get(f"{url}/?token=cck_guess", headers=PAGE)
        assert wrong.headers["Location"] == "/login?next=%2F"


def test_a_token_of_the_file_is_not_taken_from_an_address(board: str) -> None:
    """Addresses are kept in histories and in the logs of proxies."""
    answer = httpx2.get(f"{board}/?token={DESK}", headers=PAGE)
    assert answer.headers["Location"] == "/login?next=%2F"


def test_an_open_desk_asks_for_nothing_and_takes_no_other_name(context: Context) -> None:
    with web_server(context, is_open_desk=True) as url:
        assert httpx2.get(f"{url}/").status_code == 200
        assert httpx2.get(f"{url}/", headers={"Host": "evil.example"}).status_code == 421
