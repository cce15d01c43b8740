"""What a proxy says of the client counts only if the proxy is trusted; a token stays out of the log."""

from pathlib import Path
from typing import Final

import httpx2
import pytest

from tests.support.board_process import BOARD
from tests.support.processes import running_worker
from tests.support.waiting import wait_until
from tests.support.web_server import token_of, web_server
from tests.support.worker_by_hand import Store
from worker.store.context import Context
from worker.web.access.access import Access
from worker.web.access.failures import FREE_FAILURES
from worker.web.access.token_file import entry_of

DESK: Final = "cck_the-watch"
TOKENS: Final = (token_of(DESK, "desk"),)
HERE: Final = ("127.0.0.1/32",)
HTTPS: Final = {"X-Forwarded-Proto": "https", "Host": "custody.example"}
GUESS: Final = {"Authorization": "Bearer cck_guess"}


def login(url: str, headers: dict[str, str]) -> httpx2.Response:
    return httpx2.post(f"{url}/login", data={"token": DESK}, headers=headers)


def clients_of_guesses(
    context: Context, forwarded: list[str], proxies: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """Whom the board takes for the client of wrong tokens that come with these addresses."""
    access, clients = Access(lambda: TOKENS), list[str]()
    note = access._failures.note
    monkeypatch.setattr(
        access._failures, "note", lambda client, now: clients.append(client) or note(client, now)
    )
    with web_server(context, access=access, trusted_proxies=proxies) as url:
        for address in forwarded:
            httpx2.get(f"{url}/", headers=GUESS | {"X-Forwarded-For": address})
    return clients


def test_a_client_can_choose_no_other_address_for_itself(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would never be slowed."""
    made_up = [f"10.0.0.{number}" for number in range(FREE_FAILURES)]
    assert clients_of_guesses(context, made_up, (), monkeypatch) == ["127.0.0.1"] * FREE_FAILURES


def test_a_trusted_proxy_says_who_the_client_is_and_what_the_client_says_counts_for_nothing(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ["203.0.113.7", "10.9.9.9, 203.0.113.7", "127.0.0.1, 203.0.113.7"]
    assert set(clients_of_guesses(context, said, HERE, monkeypatch)) == {"203.0.113.7"}


def test_behind_a_trusted_proxy_with_tls_the_cookie_is_for_https_alone(context: Context) -> None:
    with web_server(context, TOKENS, trusted_proxies=HERE) as url:
        answer = login(url, HTTPS)
    assert answer.headers["Set-Cookie"] == (
        f"__Host-custody={DESK}; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure"
    )
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_nobody_else_can_say_that_the_connection_is_safe(context: Context) -> None:
    with web_server(context, TOKENS) as url:
        answer = login(url, HTTPS)
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers
    assert "Strict-Transport-Security" not in answer.headers


def test_over_plain_http_from_elsewhere_a_browser_is_not_let_in(context: Context) -> None:
    with web_server(context, TOKENS, trusted_proxies=HERE) as url:
        answer = login(url, {"X-Forwarded-Proto": "http", "Host": "custody.example"})
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


def test_no_token_comes_into_the_log(store: Store, tmp_path: Path) -> None:
    (tmp_path / "tokens.toml").write_text("\n".join(entry_of(TOKENS[0])))
    settings = {"store_url": store.url, "tokens": str(tmp_path / "tokens.toml"), "board_port": "0"}
    with running_worker(tmp_path, BOARD, **settings) as board:
        assert wait_until(lambda: board.logged("board_serving"), 30), board.log
        url = board.logged("board_serving")[0]["address"].rstrip("/")
        assert wait_until(lambda: httpx2.get(f"{url}/healthz").status_code == 200, 30)
        assert login(url, {}).status_code == 303
        for secret in (DESK, "cck_guess"):
            httpx2.get(f"{url}/?token={secret}", headers={"Accept": "text/html"})
            for _ in range(FREE_FAILURES):
                httpx2.get(f"{url}/", headers={"Authorization": f"Bearer {secret}"})
            httpx2.get(f"{url}/", headers={"Cookie": f"custody={secret}"})
            httpx2.post(f"{url}/login", data={"token": secret, "next": f"/?token={secret}"})
        assert wait_until(lambda: board.logged("attempts_failing"), 30), board.log
        assert board.logged("logged_in")
        assert board.stop() == 0
    assert "cck_" not in board.log
    assert TOKENS[0].sha256 not in board.log
