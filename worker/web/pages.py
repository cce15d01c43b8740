"""Renders pages: Jinja2 templates, everything from outside escaped."""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

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


_environment.filters["clock_time"] = _clock_time
