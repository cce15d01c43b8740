"""How commands print: tables for a person, one JSON document for a program."""

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import click
import orjson
from rich.console import Console
from rich.table import Table

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
    sys.stdout.flush()


def utc_ms(instant: datetime | None) -> str | None:
    """An instant for a program: RFC 3339 in UTC with milliseconds."""
    if instant is None:
        return None
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def local(instant: datetime | None, zone: ZoneInfo) -> str:
    """An instant for a person: local day and time."""
    return instant.astimezone(zone).strftime("%a %d %b %Y %H:%M:%S %Z") if instant else "-"


def console() -> Console:
    """Standard output, as wide as the terminal; wide enough for a table where there is none."""
    return Console(width=None if sys.stdout.isatty() else 140, highlight=False)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str | None = None) -> None:
    """A table on standard output."""
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*row)
    console().print(table)
