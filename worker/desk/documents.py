"""Documents for a program or a spreadsheet, whether a command prints them or a page sends them."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

import orjson

from worker.plain_text import escaped, escaped_json

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula, or leaves out before it looks for one."""

_WHITESPACE: Final = "\t\r\n"


def json_text(document: Any) -> str:
    """One JSON document, with nothing in it that a terminal would act on; ends with a line break."""
    return escaped_json(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()) + "\n"


def csv_text(
    columns: Sequence[str], rows: Iterable[Sequence[str | int | None]], *, is_for_terminal: bool = False
) -> str:
    """Comma-separated values with a row of headings; None is an empty cell.

    A spreadsheet takes a cell that begins with certain characters for a formula, which may run programs and
    send what is in the sheet elsewhere: an apostrophe before it makes it text.

    Args:
        is_for_terminal: line breaks and tabs within a cell are shown as escapes.
    """
    keep = "" if is_for_terminal else _WHITESPACE
    written = io.StringIO()
    sheet = csv.writer(written)
    sheet.writerow(columns)
    sheet.writerows([_csv_cell(cell, keep) for cell in row] for row in rows)
    return written.getvalue()


def _csv_cell(cell: str | int | None, keep: str) -> str | int:
    if not isinstance(cell, str):
        return "" if cell is None else cell
    text = escaped(cell, keep=keep)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
