"""Decides whether a request may do what it asks for."""

from collections.abc import Callable
from typing import Annotated

from fastapi import HTTPException, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from worker.web.access.tokens import Role, Token, matching

_bearer = HTTPBearer(auto_error=False, description="A token of the token file, made by `custody token new`.")


class Access:
    """Who may do what.

    Attributes:
        is_open_desk: the demo's board is shown to whoever asks, on loopback.
    """

    def __init__(self, tokens: Callable[[], tuple[Token, ...]], *, is_open_desk: bool = False) -> None:
        self._tokens = tokens
        self.is_open_desk = is_open_desk

    def requires(self, role: Role) -> Callable[..., Token | None]:
        """A dependency of a route: the token of the request, which has this role; None on an open desk."""

        def check(
            _request: Request,
            credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)] = None,
        ) -> Token | None:
            if role == "desk" and self.is_open_desk:
                return None
            token = matching(self._tokens(), credentials.credentials) if credentials else None
            if token is None:
                raise HTTPException(401, "a token is needed", {"WWW-Authenticate": "Bearer"})
            if token.role != role:
                raise HTTPException(403, f"a token with the role {role} is needed")
            return token

        return check
