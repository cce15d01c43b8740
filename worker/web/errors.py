"""Errors, as a page for a person and as JSON for a program: no payload, no traceback."""

from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException as StarletteHTTPException

from worker.web import pages

_TITLES: Final = {
    401: "A token is needed",
    403: "Not allowed",
    404: "There is no such page",
    405: "This address does not take that",
    413: "Too much at once",
    422: "This address has something in it that cannot be read",
    429: "Too many attempts",
    500: "The board failed",
    503: "The board cannot answer now",
}


def answer_errors(app: FastAPI) -> None:
    """Have every error of the application answered from here."""

    @app.exception_handler(StarletteHTTPException)
    async def refused(request: Request, error: StarletteHTTPException) -> Response:
        if error.status_code < 400:
            return Response(status_code=error.status_code, headers=error.headers)
        return _answer(request, error.status_code, error.detail, error.headers)

    @app.exception_handler(RequestValidationError)
    async def unreadable(request: Request, error: RequestValidationError) -> Response:
        problems = [{key: problem[key] for key in ("loc", "msg", "type")} for problem in error.errors()]
        if not _is_person(request):
            return JSONResponse({"detail": problems}, 422)
        sentence = "; ".join(f"{problem['loc'][-1]}: {problem['msg']}" for problem in problems)
        return _answer(request, 422, sentence)

    @app.exception_handler(Exception)
    async def failed(request: Request, _error: Exception) -> Response:
        return _answer(request, 500, "the log of the board says why; the clock runs on without it")


def _answer(request: Request, status: int, detail: str, headers: object = None) -> Response:
    sentence = _TITLES.get(status, "This cannot be answered") if detail in _STANDARD else detail
    response: Response
    if _is_person(request):
        response = pages.page("error.html", status, title=_TITLES.get(status, detail), detail=sentence)
    else:
        response = JSONResponse({"detail": sentence}, status)
    if isinstance(headers, dict):
        response.headers.update(headers)
    return response


_STANDARD: Final = frozenset({"Not Found", "Method Not Allowed"})


def _is_person(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")
