"""`custody report`: who was kept past entitlement, what a shift must know, what ICE asked and was sent."""

import click

from worker.cli import report_ice, report_over_detention, report_shift
from worker.cli.output import json_option, print_json, print_text, say
from worker.desk.plain_words import counted
from worker.desk.reports.ice import ice_report
from worker.desk.reports.over_detention import over_detention
from worker.desk.reports.over_detention_picture import svg
from worker.desk.reports.period import Period, PeriodError, read_period
from worker.desk.reports.shift import shift_report
from worker.desk.reports.shift_words import named
from worker.host import wiring
from worker.store.context import Context

from_option = click.option(
    "--from", "since", help="From when on: a local date or time, as in 2026-11-01. Default: 30 days earlier."
)
to_option = click.option("--to", "until", help="Until when, that instant not included. Default: now.")
csv_option = click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values.")


@click.group()
def report() -> None:
    """Who was kept past entitlement, what a shift must know, what ICE asked and was sent."""


@report.command("over-detention")
@from_option
@to_option
@csv_option
@json_option
@click.option("--svg", "as_svg", is_flag=True, help="A picture, as SVG.")
def report_over_detention_of(
    since: str | None, until: str | None, as_csv: bool, as_json: bool, as_svg: bool
) -> None:
    """Who was entitled to leave in a period, and for how many minutes each was kept after that.

    Counted from the deadline, or from what ended custody before it, such as bail, until the departure or now.
    Sums by station, cause and month; --csv and --json name every person.
    """
    _at_most_one(as_csv, as_json, as_svg)
    context = wiring.context()
    found = over_detention(context, _period(context, since, until))
    _say_unreadable(found.unreadable)
    if as_json:
        print_json(found.to_document())
    elif as_csv:
        report_over_detention.print_sheet(found)
    elif as_svg:
        print_text(svg(found))
    else:
        report_over_detention.print_tables(found)


@report.command("shift")
@click.option("--facility", help="Only people there; capitals make no difference.")
@json_option
def report_shift_of(facility: str | None, as_json: bool) -> None:
    """What a shift must know: the last 12 hours, the next 12, who is still here, what waits for a person.

    Made for one printed page of 80 columns.
    """
    context = wiring.context()
    found = shift_report(context, facility)
    _say_unreadable(found.waiting.unreadable)
    if as_json:
        print_json(found.to_document())
    else:
        report_shift.print_page(found, context.rules_by_record.current.profile.calendar.zone, facility)


@report.command("ice")
@from_option
@to_option
@csv_option
@json_option
def report_ice_of(since: str | None, until: str | None, as_csv: bool, as_json: bool) -> None:
    """All communication with ICE in a period: each contact, what it asked for, and what was sent in answer.

    By booking number; no person, place or charge is named.
    """
    _at_most_one(as_csv, as_json)
    context = wiring.context()
    found = ice_report(context, _period(context, since, until))
    if found.unreadable:
        entries = counted(found.unreadable, "entry", "entries")
        say(
            f"custody: not in the report: {entries} of the journal about ICE that cannot be read: "
            "run `custody audit verify`",
            err=True,
        )
    zone = context.rules_by_record.current.profile.calendar.zone
    if as_json:
        print_json(found.to_document())
    elif as_csv:
        report_ice.print_sheet(found)
    else:
        report_ice.print_tables(found, zone)


def _at_most_one(*forms: bool) -> None:
    if sum(forms) > 1:
        raise click.UsageError("choose one form: --csv, --json or --svg")


def _period(context: Context, since: str | None, until: str | None) -> Period:
    zone = context.rules_by_record.current.profile.calendar.zone
    try:
        return read_period(since, until, context.store_now(), zone, ("--from", "--to"))
    except PeriodError as error:
        raise click.UsageError(str(error)) from None


def _say_unreadable(bookings: tuple[str, ...]) -> None:
    if not bookings:
        return
    records = counted(len(bookings), "record that cannot be read is", "records that cannot be read are")
    say(
        f"custody: {records} not in the report: {named(bookings)}; a person must look at once, starting with "
        "`custody audit verify`",
        err=True,
    )
