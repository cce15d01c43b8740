"""Prints the report for a shift: one page of 80 columns."""

from collections.abc import Iterable, Sequence
from itertools import islice
from textwrap import wrap
from typing import Final
from zoneinfo import ZoneInfo

from worker.cli.output import print_table, say
from worker.desk.plain_words import local
from worker.desk.reports import shift_words as words
from worker.desk.reports.shift import Shift

WIDTH: Final = 80

_MOST_LATE: Final = 4
_MOST_NEXT: Final = 10
_MOST_HERE: Final = 6


def print_page(report: Shift, zone: ZoneInfo, facility: str | None) -> None:
    """Print the page; `facility` is what was asked for."""
    _say(f"SHIFT REPORT{f', {facility}' if facility else ''}: {local(report.as_of, zone)}")
    custody = report.custody
    for doubt in report.waiting.caveats:
        _say(f"ATTENTION: {doubt}")
    if nobody := words.nobody_there(custody, facility):
        _say(nobody)
    _say("")
    _say(words.LAST.upper())
    for what, count in words.what_happened(report):
        _say(f"{what}: {count}")
    late = words.late_rows(report, zone)
    _print_rows(words.LATE_COLUMNS, late, _MOST_LATE, len(report.late), "report over-detention")
    _say("")
    _say(f"{words.NEXT.upper()}: {words.to_be_released(custody)}")
    held = len(custody.overdue) + len(custody.held)
    _print_rows(words.NEXT_COLUMNS, words.next_rows(report, zone), _MOST_NEXT, held, "due")
    _say("")
    _say(f"{words.STILL_HERE.upper()}: {words.still_here(custody)}")
    here = len(custody.not_departed) + len(custody.leaving)
    _print_rows(words.HERE_COLUMNS, words.here_rows(report, zone), _MOST_HERE, here, "due")
    if never_gone := words.never_gone(custody):
        _say(never_gone)
    _say("")
    _say(words.WAITING.upper())
    for line in [_line(task) for task in words.tasks(report.waiting)] or [words.NOTHING_WAITS]:
        _say(line)


def _line(task: words.Task) -> str:
    return f"{task.text}: `{task.command}`" if task.command else task.text


def _print_rows(columns: Sequence[str], rows: Iterable[words.Row], most: int, of: int, command: str) -> None:
    if not of:
        return
    print_table(columns, islice(rows, most), width=WIDTH)
    if (more := of - most) > 0:
        _say(f"and {more:,} more: see `custody {command}`")


def _say(text: str) -> None:
    for line in wrap(text, WIDTH, subsequent_indent="  ") or [""]:
        say(line)
