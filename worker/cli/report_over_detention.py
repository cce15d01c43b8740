"""Prints the report on over-detention: tables for people, a sheet for a spreadsheet."""

from typing import Final

from worker.cli.output import print_csv, print_table, say
from worker.desk.reports import over_detention_words as words
from worker.desk.reports.over_detention import OverDetention

_MOST_NAMED: Final = 20


def print_tables(report: OverDetention) -> None:
    """Print the sums in each of the ways, and who was kept longest."""
    say(words.of_whom(report))
    say(f"{'; '.join(words.how_many(report))}.")
    if not report.departures_expected:
        say(words.NO_DEPARTURES)
    if left_out := words.not_counted(report):
        say(left_out)
    for table in words.sums_tables(report):
        print_table(table.columns, table.rows)
    if longest := report.longest[:_MOST_NAMED]:
        more = len(report.longest) - len(longest)
        title = words.KEPT_LONGEST + (f"; {more} more with --csv or --json" if more else "")
        print_table(words.LONGEST, [words.longest_row(report, person) for person in longest], title)


def print_sheet(report: OverDetention) -> None:
    """Print a row for every person; instants are RFC 3339 in UTC."""
    print_csv(words.SHEET, words.sheet(report))
