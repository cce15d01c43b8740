"""Decides whether a request may do what it asks for."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Final, TypeVar
from urllib.parse import quote

import structlog
from fastapi import HTTPException, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from worker.web.access.by_address import login_by_address, path_without_token
from worker.web.access.cookie import cookie_with, secret_in_cookie
from worker.web.access.failures import MOST_HELD, SLOW_SECONDS, Failures
from worker.web.access.tokens import Role, Token, matching

log = structlog.get_logger("custody")

Chunk = TypeVar("Chunk")

NEW_COOKIE: Final = "custody.new_cookie"
"""The key of a request's scope under which the answer finds the cookie that renews the login."""

STREAM_SECONDS: Final = 3 * 3600.0
"""A stream ends after so long, and the browser asks for the next one, which renews its login."""

_TRY_LATER_SECONDS: Final = 5
_bearer = HTTPBearer(auto_error=False, description="A token of the token file, made by `custody token new`.")


class Access:
    """Who may do what.

    Attributes:
        is_open_desk: the demo's board is shown to whoever asks, on loopback.
        own_token: without a token file, the desk token that the board has for its life.
        problem: why the token file as it is now is not in force; None if it is.
    """

    def __init__(
        self,
        tokens: Callable[[], tuple[Token, ...]],
        *,
        is_open_desk: bool = False,
        own_token: Token | None = None,
        problem: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._tokens = tokens
        self.is_open_desk = is_open_desk
        self.own_token = own_token
        self.problem = problem
        self._failures = Failures()
        self._held = 0

    def tokens(self) -> tuple[Token, ...]:
        """The tokens in force."""
        return (self.own_token,) if self.own_token else self._tokens()

    def requires(self, role: Role) -> Callable[..., Awaitable[Token | None]]:
        """A dependency of a route: the token of the request, which has this role; None on an open desk."""

        async def check(
            request: Request,
            credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)] = None,
        ) -> Token | None:
            if role == "desk" and self.is_open_desk:
                return None
            if role != "desk" and (self.is_open_desk or self.own_token):
                raise HTTPException(403, "there is no token file: make one, and name it in CUSTODY_TOKENS")
            if role == "desk" and self.own_token and (login := login_by_address(self.own_token, request)):
                raise HTTPException(303, headers=login)
            from_cookie = secret_in_cookie(request) if role == "desk" and not credentials else None
            secret = credentials.credentials if credentials else from_cookie
            token = matching(self.tokens(), secret) if secret is not None else None
            if token is None:
                raise await self._refused(request, role, has_tried=secret is not None)
            if token.role != role:
                raise HTTPException(
                    403,
                    f"this token is for {token.role}; here one for {role} is needed",
                    {"WWW-Authenticate": 'Bearer realm="custody", error="insufficient_scope"'},
                )
            if from_cookie:
                request.scope[NEW_COOKIE] = cookie_with(request, from_cookie)
            return token

        return check

    async def _refused(self, request: Request, role: Role, *, has_tried: bool) -> HTTPException:
        """What to raise without a valid token: a browser with an old one is slowed, and led to the login."""
        is_page = role == "desk" and _is_page_wanted(request) and "Authorization" not in request.headers
        if has_tried or (self.own_token is not None and "token" in request.query_params):
            refused = await self.failed(request, is_sent_away=not is_page)
            if refused.status_code == 429 or not is_page:
                return refused
        if is_page:
            following = quote(path_without_token(request), safe="")
            return HTTPException(303, headers={"Location": f"/login?next={following}"})
        return HTTPException(401, "a token is needed", {"WWW-Authenticate": 'Bearer realm="custody"'})

    async def failed(self, request: Request, *, is_sent_away: bool = True) -> HTTPException:
        """Count an attempt with a token that is none; whoever makes many waits for the answer.

        Args:
            is_sent_away: whoever makes very many is asked to stay away, instead of waiting.

        Returns:
            What to raise.
        """
        client = request.client.host if request.client else "?"
        penalty = self._failures.note(client, time.monotonic())
        if penalty.is_first:
            log.warning("attempts_failing", client=client)
        is_many = penalty.retry_after is not None
        if (is_many and is_sent_away) or (penalty.is_slow and self._held >= MOST_HELD):
            retry_after = penalty.retry_after or _TRY_LATER_SECONDS
            return HTTPException(429, "too many attempts failed", {"Retry-After": str(retry_after)})
        if penalty.is_slow:
            self._held += 1
            try:
                await asyncio.sleep(SLOW_SECONDS)
            finally:
                self._held -= 1
        headers = {"WWW-Authenticate": 'Bearer realm="custody", error="invalid_token"'}
        return HTTPException(401, "this token is not known: it may have been removed", headers)

    async def while_valid(self, token: Token | None, stream: AsyncIterator[Chunk]) -> AsyncIterator[Chunk]:
        """The stream, until its token is removed; at most for `STREAM_SECONDS`."""
        ends_at = time.monotonic() + STREAM_SECONDS
        async for chunk in stream:
            if time.monotonic() > ends_at or (token is not None and token not in self.tokens()):
                return
            yield chunk


def _is_page_wanted(request: Request) -> bool:
    return request.method in {"GET", "HEAD"} and "text/html" in request.headers.get("accept", "")
