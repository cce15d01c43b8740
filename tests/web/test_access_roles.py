"""Each role has its own routes and no others, whatever routes there will be."""

import re
from collections.abc import Iterator
from typing import Any, Final

import httpx2
import pytest
from fastapi import FastAPI
from starlette.routing import Mount, Route

from tests.support.web_server import token_of, web_server
from worker.store.context import Context
from worker.web.access.access import Access
from worker.web.access.tokens import Role
from worker.web.app import create_app
from worker.web.board.feed import BoardFeed
from worker.web.store_door import StoreDoor

SECRETS: Final[dict[Role, str]] = {"desk": "cck_desk", "intake": "cck_intake", "metrics": "cck_metrics"}
FOR_EVERYBODY: Final = frozenset({"/healthz", "/readyz", "/login", "/logout", "/openapi.json"})
FOR_PROGRAMS: Final[dict[str, Role]] = {"/events": "intake", "/metrics": "metrics"}
LET_IN: Final = frozenset({200, 404, 415})
"""The route has been asked: its page, no such booking, events without a content type."""


@pytest.fixture
def board(context: Context) -> Iterator[str]:
    tokens = [
        token_of(secret, role, "urn:a" if role == "intake" else None) for role, secret in SECRETS.items()
    ]
    with web_server(context, tokens) as url:
        yield url


def routes_of(app: FastAPI) -> list[tuple[str, str]]:
    """Every method and path of the application, with something in place of a path's variables."""
    found = []
    waiting: list[Any] = [*app.routes]
    for route in waiting:
        if isinstance(route, Route):
            path = re.sub(r"\{.*?\}", "B-1", route.path)
            found += [(method, path) for method in (route.methods or ())]
        elif not isinstance(route, Mount):
            waiting += route.original_router.routes
    return found


def asked(url: str, method: str, headers: dict[str, str]) -> int:
    """The status of the answer, whose body may have no end."""
    with httpx2.stream(method, url, headers=headers) as answer:
        return answer.status_code


def test_each_route_is_open_to_its_role_alone(board: str) -> None:
    door = StoreDoor(lambda: pytest.fail("no route of this application is asked"))
    routes = routes_of(create_app(door, BoardFeed(door), Access(tuple)))
    assert {"/", "/stream", "/booking/B-1", "/report/shift", *FOR_PROGRAMS} <= {path for _, path in routes}
    for method, path in routes:
        if path in FOR_EVERYBODY:
            continue
        url, allowed = f"{board}{path}", FOR_PROGRAMS.get(path, "desk")
        for role, secret in SECRETS.items():
            status = asked(url, method, {"Authorization": f"Bearer {secret}"})
            assert status in LET_IN if role == allowed else status == 403, (method, path, role, status)
        assert asked(url, method, {}) == 401, (method, path)


@pytest.mark.parametrize("path", ["/?wall=x", "/stream?wall=x", "/report/shift?on=x", "/booking?format=x"])
def test_without_a_token_nobody_learns_what_else_is_wrong(board: str, path: str) -> None:
    assert httpx2.get(f"{board}{path}").status_code == 401


@pytest.mark.parametrize("role", ["intake", "metrics"])
def test_a_program_that_has_a_cookie_is_still_no_desk(board: str, role: Role) -> None:
    cookie = {"Cookie": f"custody={SECRETS[role]}"}
    for path in ("/", "/stream", "/booking?number=B-1", "/report/ice"):
        assert httpx2.get(f"{board}{path}", headers=cookie).status_code == 403
    assert httpx2.post(f"{board}/events", headers=cookie).status_code == 401
    assert httpx2.get(f"{board}/metrics", headers=cookie).status_code == 401
