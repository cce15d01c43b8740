"""How commands print: tables for a person, one JSON document for a program."""

import sys
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import click
import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

_CONTROL: Final = frozenset({"Cc", "Cf"})

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")


def print_json(document: Any) -> None:
    """Print one JSON document on standard output."""
    sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
    sys.stdout.flush()


def local(instant: datetime | None, zone: ZoneInfo) -> str:
    """An instant for a person: local date and time with the zone's abbreviation; a dash for None."""
    return instant.astimezone(zone).strftime("%a %d %b %Y %H:%M:%S %Z") if instant else "-"


def console() -> Console:
    """Standard output, as wide as the terminal; 140 columns where it is no terminal."""
    return Console(width=None if sys.stdout.isatty() else 140, highlight=False)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str | None = None) -> None:
    """Print a table on standard output; a narrow terminal wraps its text and never cuts it off.

    The first column has what a person copies, such as a number, and stays in one piece where there is room.
    Without headings in `columns` there is no heading row.
    """
    out = console()
    cells = [[_printable(cell) for cell in row] for row in rows]
    first_is_narrow = all(3 * len(line) <= out.width for row in cells for line in row[0].split("\n"))
    table = Table(title=title and Text(_printable(title)), title_justify="left", show_header=any(columns))
    for position, heading in enumerate(columns):
        # What may not wrap is cropped if it has to shrink, so a wide one may wrap.
        table.add_column(heading, overflow="fold", no_wrap=position == 0 and first_is_narrow)
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    out.print(table)


def _printable(text: str) -> str:
    """The text without control characters, which could reprogram a terminal; they may be in any event."""
    return "".join(
        character if character == "\n" or unicodedata.category(character) not in _CONTROL else "\ufffd"
        for character in text
    )
