"""Prints the report on communication with ICE: tables for people, a sheet for a spreadsheet."""

from zoneinfo import ZoneInfo

from worker.cli.output import Cell, print_csv, print_table, say
from worker.desk.reports import ice_words as words
from worker.desk.reports.ice import IceReport


def print_tables(report: IceReport, zone: ZoneInfo) -> None:
    """Print each contact with its answers, then what was sent on contacts made before."""
    say(words.period(report, zone))
    say(words.received(report))
    say(words.sent(report))
    if left_out := words.not_listed(report):
        say(left_out)
    if report.received:
        print_table(words.COLUMNS, [_cells(words.row(one, zone)) for one in report.received])
    if report.other_answers:
        said = [words.said(answer, zone) for answer in report.other_answers]
        print_table(words.OTHER_COLUMNS, [(one.booking, _lines(one)) for one in said], words.OTHERS)


def print_sheet(report: IceReport) -> None:
    """Print a row for every answer, and one for each contact without any; instants are RFC 3339 in UTC."""
    print_csv(words.SHEET, words.sheet(report))


def _cells(row: words.Row) -> tuple[Cell, ...]:
    answers: Cell = "-"
    if row.answers is not None:
        answers = [line for one in row.answers for line in _lines(one)] or words.NO_ANSWER
    return row.booking, row.made, row.asked, row.outcome, answers


def _lines(one: words.Said) -> list[str]:
    return [*one.lines, *(f"  {line}" for line in one.sent)]
