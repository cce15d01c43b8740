"""How commands print: plain text and tables for a person, one JSON document for a program.

Everything that a person sees goes through here, since any event may hold markup or control characters.
"""

import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeAlias

import click
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from worker.desk.documents import csv_text, json_text
from worker.plain_text import escaped

Cell: TypeAlias = str | Sequence[str]
"""One line of text, or several."""

_WIDTH_WITHOUT_TERMINAL: Final = 140
_BORDER: Final = 1
_BORDER_OF_A_COLUMN: Final = 3

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")


def say(text: str, *, err: bool = False) -> None:
    """Print one line of plain text, on standard output or standard error."""
    click.echo(escaped(text), err=err)


def print_json(document: Any) -> None:
    """Print one JSON document on standard output."""
    print_text(json_text(document))


def print_text(document: str) -> None:
    """Print a document, such as a picture, as it is."""
    sys.stdout.buffer.write(document.encode())
    sys.stdout.flush()


def print_csv(columns: Sequence[str], rows: Iterable[Sequence[str | int | None]]) -> None:
    """Print comma-separated values on standard output; see `csv_text`."""
    print_text(csv_text(columns, rows, is_for_terminal=sys.stdout.isatty()))


def console() -> Console:
    """Standard output, as wide as the terminal; 140 columns where it is no terminal. Markup has no effect."""
    width = None if sys.stdout.isatty() else _WIDTH_WITHOUT_TERMINAL
    return Console(width=width, highlight=False, markup=False, emoji=False)


def plain(text: str, style: str = "") -> Text:
    """A line of text for a table or a panel, with nothing in it that a terminal or rich would act on."""
    return Text(escaped(text), style)


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    title: str | None = None,
    width: int | None = None,
) -> None:
    """Print a table on standard output; a narrow terminal wraps its text and never cuts it off.

    The first column has what a person copies, such as a number, and stays in one piece where there is room.
    Without headings in `columns` there is no heading row.

    Args:
        width: in columns, instead of the terminal's.
    """
    out = console()
    if width is not None:
        out.width = width
    cells = [[_lines(cell) for cell in row] for row in rows]
    first_is_narrow = all(3 * len(line) <= out.width for row in cells for line in row[0])
    widths = _widths(out.width, [[escaped(heading)] for heading in columns], cells)
    table = Table(title=title and plain(title), title_justify="left", show_header=any(columns))
    for position, (heading, fitting) in enumerate(zip(columns, widths, strict=True)):
        # What may not wrap is cropped if it has to shrink, so a wide one may wrap.
        no_wrap = position == 0 and first_is_narrow
        table.add_column(plain(heading), overflow="fold", no_wrap=no_wrap, width=fitting)
    for row in cells:
        table.add_row(*(Text("\n".join(lines)) for lines in row))
    out.print(table)


def _widths(available: int, headings: list[list[str]], rows: list[list[list[str]]]) -> list[int | None]:
    """Of each column, if no word need be broken; None where all fits as it is, or some word must be."""
    columns = [[line for cell in cells for line in cell] for cells in zip(headings, *rows, strict=True)]
    natural = [max(map(cell_len, lines)) for lines in columns]
    least = [max((cell_len(word) for line in lines for word in line.split()), default=0) for lines in columns]
    least[0] = max(least[0], min(natural[0], available // 3))
    spare = available - _BORDER - sum(least) - _BORDER_OF_A_COLUMN * len(columns)
    if spare < 0 or spare >= sum(natural) - sum(least):
        return [None] * len(columns)
    widths: list[int | None] = [*least]
    by_need = sorted(range(len(columns)), key=lambda position: natural[position] - least[position])
    for done, position in enumerate(by_need):  # who needs little gets it all
        more = min(natural[position] - least[position], spare // (len(columns) - done))
        widths[position] = least[position] + more
        spare -= more
    return widths


def _lines(cell: Cell) -> list[str]:
    """Only the line breaks between the lines of a cell are ours: one within a text came with it."""
    return [escaped(line) for line in ([cell] if isinstance(cell, str) else cell)]
