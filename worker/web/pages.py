"""Renders pages: Jinja2 templates, everything from outside escaped."""

from datetime import datetime
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from worker.desk.plain_words import brief, capital, local, quoted
from worker.desk.story import utc_ms
from worker.plain_text import escaped

_environment: Final = Environment(
    loader=PackageLoader("worker.web"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    finalize=lambda value: escaped(value) if type(value) is str else value,
)


def page(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page of a template; it is never kept by the browser or a proxy."""
    return HTMLResponse(fragment(template, **values), status, {"Cache-Control": "no-store"})


def fragment(template: str, **values: Any) -> str:
    """The text of a template."""
    return _environment.get_template(template).render(**values)


def _clock_time(instant: datetime, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).strftime("%H:%M")


def booking_path(number: str) -> str:
    """Where the page of a booking is.

    A browser resolves dots within a path, and a proxy may join slashes: such a number goes into the query.
    """
    if any(part in {"", ".", ".."} for part in number.split("/")):
        return f"/booking?number={quote(number, safe='')}"
    return f"/booking/{quote(number)}"


_environment.filters["clock_time"] = _clock_time
_environment.filters["booking_path"] = booking_path
_environment.filters["brief"] = brief
_environment.filters["capital"] = capital
_environment.filters["local"] = local
_environment.filters["quoted"] = quoted
_environment.filters["utc_ms"] = utc_ms
