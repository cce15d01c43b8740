"""Answers that are files: JSON for a program, CSV for a spreadsheet, SVG for a document."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from fastapi.responses import Response

from worker.desk.documents import csv_text, json_text
from worker.desk.plain_words import listed
from worker.web.trouble import trouble

_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")


def json_download(document: Any, name: str) -> Response:
    """One JSON document."""
    return _download(json_text(document), "application/json", f"{name}.json")


def csv_download(columns: Sequence[str], rows: Iterable[Sequence[str | int | None]], name: str) -> Response:
    """A sheet with a row of headings."""
    return _download(csv_text(columns, rows), "text/csv; charset=utf-8", f"{name}.csv")


def svg_download(picture: str, name: str) -> Response:
    """A picture that stands alone."""
    return _download(picture, "image/svg+xml", f"{name}.svg")


def no_such_format(form: str, formats: Sequence[str]) -> Response:
    """For a format that the address does not have."""
    return trouble(400, f"“{form[:40]}” is no format", f"The formats are {listed(formats)}.", looked_for=None)


def _download(text: str, media_type: str, name: str) -> Response:
    safe = _NOT_IN_A_NAME.sub("_", name)
    headers = {"Content-Disposition": f'attachment; filename="{safe}"', "Cache-Control": "no-store"}
    return Response(text, media_type=media_type, headers=headers)
