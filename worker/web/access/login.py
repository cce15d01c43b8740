"""`/login` and `/logout`."""

from typing import Final
from urllib.parse import parse_qs, urlsplit

import structlog
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from worker.web import pages
from worker.web.access.access import Access
from worker.web.access.cookie import cookie_with, cookie_without
from worker.web.access.local_path import local_path
from worker.web.access.names import is_open_to_readers
from worker.web.access.tokens import matching
from worker.web.body import read_body
from worker.web.refusal import RequestRefusedError

log = structlog.get_logger("custody")

_MOST_FORM_BYTES: Final = 8192
# A form of a page without a referrer is sent with `Origin: null`, which says nothing.
_FORM_PAGE: Final = {"Referrer-Policy": "same-origin"}
_UNREADABLE: Final = (
    "This board was asked for over plain HTTP, so a token would cross the network readable. "
    "Ask for it by its https address, or on the host itself."
)


def login_routes(access: Access) -> APIRouter:
    """The routes by which a browser gets its cookie, and gives it back."""
    router = APIRouter(include_in_schema=False)

    @router.get("/login")
    async def form(request: Request) -> Response:
        following = local_path(request.query_params.get("next"))
        if access.is_open_desk:
            return _see(following)
        return _page(request, following)

    @router.post("/login")
    async def login(request: Request) -> Response:
        refuse_other_sites(request)
        if is_open_to_readers(request):
            return _page(request, "/", status=403)
        return await _login(access, request, await _form(request))

    @router.get("/logout")
    async def really() -> HTMLResponse:
        page = pages.page("logout.html")
        page.headers.update(_FORM_PAGE)
        return page

    @router.post("/logout")
    async def logout(request: Request) -> Response:
        refuse_other_sites(request)
        answer = _see("/login")
        answer.headers["Set-Cookie"] = cookie_without(request)
        return answer

    return router


async def _login(access: Access, request: Request, fields: dict[str, str]) -> Response:
    following, secret = local_path(fields.get("next")), fields.get("token", "").strip()
    token = matching(access.tokens(), secret)
    if token is None:
        refused = await access.failed(request)
        problem = "Unknown token." if refused.status_code == 401 else "Too many attempts. Wait a minute."
        page = _page(request, following, problem, refused.status_code)
        page.headers.update(refused.headers or {})
        return page
    if token.role != "desk":
        return _page(request, following, f"This token is for {token.role}, not for the desk.", 403)
    log.info("logged_in", token=token.name, client=request.client.host if request.client else "?")
    answer = _see(following)
    answer.headers["Set-Cookie"] = cookie_with(request, secret)
    return answer


def refuse_other_sites(request: Request) -> None:
    """Refuse a form that a page of another site has sent.

    Raises:
        HTTPException: another site's page sent it.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    is_ours = site in {"same-origin", "none"} if site else True
    if site is None and origin is not None:
        is_ours = urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()
    if not is_ours:
        raise HTTPException(403, "this form was sent by a page of another site")


def _page(request: Request, following: str, problem: str = "", status: int = 200) -> HTMLResponse:
    is_unsafe = is_open_to_readers(request)
    page = pages.page(
        "login.html",
        status,
        following=following,
        problem=_UNREADABLE if is_unsafe else problem,
        is_unsafe=is_unsafe,
    )
    page.headers.update(_FORM_PAGE)
    return page


async def _form(request: Request) -> dict[str, str]:
    try:
        body = await read_body(request, _MOST_FORM_BYTES)
    except RequestRefusedError as error:
        raise HTTPException(error.status, error.detail) from None
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    return {name: values[0] for name, values in fields.items()}


def _see(path: str) -> Response:
    return RedirectResponse(path, 303)
