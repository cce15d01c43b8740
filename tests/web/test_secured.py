"""What every answer has: headers that keep other sites out, no payload, no traceback."""

import httpx2
import pytest

from tests.support.web_server import token_of, web_server
from worker.store.context import Context

DESK = "cck_the-watch"
PAGE = {"Accept": "text/html"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/login", 200),
        ("GET", "/healthz", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/static/board.js", 200),
        ("GET", "/nothing", 404),
        ("GET", "/static/nothing.js", 404),
        ("GET", "/static/..%2fapp.py", 404),
        ("POST", "/", 405),
        ("GET", "/login/", 404),
    ],
)
def test_every_answer_is_secured(context: Context, method: str, path: str, status: int) -> None:
    with web_server(context, [token_of(DESK, "desk")]) as url:
        answer = httpx2.request(method, f"{url}{path}", headers={"Authorization": f"Bearer {DESK}"})
    assert answer.status_code == status
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not [directive for directive in policy if "unsafe" in directive or "*" in directive]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Referrer-Policy"] == ("same-origin" if path == "/login" else "no-referrer")
    assert "Strict-Transport-Security" not in answer.headers
    assert "Server" not in answer.headers
    assert answer.headers["Cache-Control"] == ("no-cache" if "/static/" in path else "no-store")


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "a b"])
def test_a_board_for_this_machine_answers_to_no_other_name(context: Context, host: str) -> None:
    with web_server(context, only_loopback=True) as url:
        assert httpx2.get(f"{url}/healthz", headers={"Host": host}).status_code in {400, 421}
        port = url.rpartition(":")[2]
        for ours in (f"localhost:{port}", f"[::1]:{port}", "127.0.0.1"):
            assert httpx2.get(f"{url}/healthz", headers={"Host": ours}).status_code == 200


def test_errors_are_a_page_for_a_person_and_json_for_a_program(context: Context) -> None:
    with web_server(context) as url:
        path = "/<script>alert(1)</script>"
        page = httpx2.get(f"{url}{path}", headers=PAGE)
        assert "There is no such page" in page.text
        assert "alert" not in page.text
        assert httpx2.get(f"{url}{path}").json() == {"detail": "There is no such page"}
