"""What holds for every answer: whose names are answered, which headers go out, and that no failure leaks."""

from typing import Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worker.web.access.access import NEW_COOKIE
from worker.web.access.names import asked_host, is_loopback

log = structlog.get_logger("custody")

_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_HTTPS_ONLY: Final = "max-age=31536000"


class Secured:
    """Wraps the whole application, its answers to failures included.

    Attributes:
        only_loopback: answer to names of this machine alone. Otherwise a page of another site could have its
            name point here, and read the board in the browser of somebody who sits at this machine.
    """

    def __init__(self, app: ASGIApp, *, only_loopback: bool) -> None:
        self._app = app
        self.only_loopback = only_loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(MutableHeaders(raw=message["headers"]), scope)
            await send(message)

        refusal = self._refusal(HTTPConnection(scope))
        if refusal is not None:
            await PlainTextResponse(f"{refusal}\n", 421)(scope, receive, send_secured)
            return
        try:
            await self._app(scope, receive, send_secured)
        except Exception:
            # The viewer has had an answer by now, without a word of this.
            log.exception("request_failed", route=_route_of(scope))

    def _refusal(self, connection: HTTPConnection) -> str | None:
        host = asked_host(connection)
        if host is None:
            return "The request names no host, or several."
        if self.only_loopback and not is_loopback(host):
            return (
                "This board answers on its own host only, as http://localhost. Behind a proxy it needs "
                "`custody board --forwarded-allow-ips` with the proxy's address."
            )
        return None


def _add_headers(headers: MutableHeaders, scope: Scope) -> None:
    # Scripts and styles are asked about each time, so that a new version of the board has its own.
    headers.setdefault("Cache-Control", "no-cache" if scope["path"].startswith("/static/") else "no-store")
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    if scope["scheme"] == "https":
        headers["Strict-Transport-Security"] = _HTTPS_ONLY
    if NEW_COOKIE in scope:
        headers.append("Set-Cookie", scope[NEW_COOKIE])


def _route_of(scope: Scope) -> str:
    """The route's pattern; a path may hold anything."""
    return str(getattr(scope.get("route"), "path", "none"))
