"""The login by an address with a token, which the board prints where it has no token file."""

from urllib.parse import urlencode

from fastapi import Request

from worker.web.access.cookie import cookie_with
from worker.web.access.local_path import local_path
from worker.web.access.names import is_open_to_readers
from worker.web.access.tokens import Token, matching


def login_by_address(own_token: Token, request: Request) -> dict[str, str] | None:
    """The headers that log the browser in and lead to the same address without the token.

    Only the token that lasts as long as the board is taken from an address: addresses are remembered.

    Returns:
        None if the address has no token, or another one.
    """
    secret = request.query_params.get("token")
    if secret is None or request.method != "GET" or is_open_to_readers(request):
        return None
    if matching([own_token], secret) is None:
        return None
    return {"Location": path_without_token(request), "Set-Cookie": cookie_with(request, secret)}


def path_without_token(request: Request) -> str:
    """The path and the query that were asked for, fit to lead there again."""
    others = [(name, value) for name, value in request.query_params.multi_items() if name != "token"]
    path = request.scope["raw_path"].decode("ascii", "replace")
    return local_path(f"{path}?{urlencode(others)}" if others else path)
