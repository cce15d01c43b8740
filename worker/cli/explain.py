"""`custody explain`: every limit for an arrest, and why."""

import sys
from datetime import date
from typing import Any, BinaryIO

import click
import orjson

from events.instants import parse_instant
from worker.cli.instant import INSTANT
from worker.cli.output import json_option, local, print_json, print_table
from worker.clock import SystemClock
from worker.desk.words import LIMITS
from worker.law.arrest import Arrest
from worker.law.deadline import explain as explain_arrest
from worker.law.errors import LawError
from worker.law.explanation import Explanation
from worker.law.profile import Profile
from worker.law.profiles import load_profile
from worker.settings import read_settings

_KNOWN_FIELDS = frozenset({"arrested_at", "booked_at", "arrest_kind", "profile"})
_KINDS = ("warrantless", "warrant")


@click.command()
@click.argument("source", required=False, type=click.Choice(["-"]), metavar="[-]")
@click.option("--arrested-at", type=INSTANT, help="RFC 3339 with an offset, as in 2016-11-18T10:00:00-08:00.")
@click.option("--booked-at", type=INSTANT, help="The same as --arrested-at if not given.")
@click.option("--arrest-kind", type=click.Choice(_KINDS), default="warrantless", show_default=True)
@click.option("--profile", "profile_name", help="Name or path; CUSTODY_PROFILE if not given.")
@click.option("--svg", "as_svg", is_flag=True, help="A picture of the limits on standard output, as SVG.")
@json_option
def explain(
    source: str | None,
    arrested_at: Any,
    booked_at: Any,
    arrest_kind: Any,
    profile_name: str | None,
    as_svg: bool,
    as_json: bool,
) -> None:
    """Every limit for an arrest, step by step, with its citation, and which governs.

    `custody explain -` reads JSON lines with `arrested_at`, and if wanted `booked_at`, `arrest_kind` and
    `profile`, from standard input and answers one JSON line each; {"error": …} for a bad one.

    This is no legal advice.
    """
    default_profile = profile_name or read_settings().profile
    if source == "-":
        answer_lines(sys.stdin.buffer, sys.stdout.buffer, default_profile)
        return
    if arrested_at is None:
        raise click.UsageError("give --arrested-at, or `-` to read JSON lines from standard input")
    profile = load_profile(default_profile)
    explanation = explain_arrest(_arrest(arrested_at, booked_at or arrested_at, arrest_kind), profile)
    warning = profile.out_of_dates(SystemClock().now().date())
    if as_svg:
        from worker.desk.limits_picture import svg

        click.echo(svg(explanation))
    elif as_json:
        print_json(explanation.to_document() | ({"warning": warning} if warning else {}))
    else:
        _print(explanation, profile, warning)


def answer_lines(source: BinaryIO, sink: BinaryIO, default_profile: str) -> None:
    """Answer each JSON line with one of its own, in order, as it comes."""
    today = SystemClock().now().date()
    for line in source:
        if line.strip():
            sink.write(orjson.dumps(_answer(line, default_profile, today)) + b"\n")
            sink.flush()


def _answer(line: bytes, default_profile: str, today: date) -> dict[str, Any]:
    try:
        asked = orjson.loads(line)
        if not isinstance(asked, dict) or not asked.keys() <= _KNOWN_FIELDS:
            return {"error": f"give an object with {', '.join(sorted(_KNOWN_FIELDS))} and nothing else"}
        if asked.get("arrested_at") is None:
            return {"error": "arrested_at is missing"}
        arrested_at = parse_instant(asked["arrested_at"])
        booked_at = parse_instant(asked["booked_at"]) if asked.get("booked_at") is not None else arrested_at
        given = {name: value for name, value in asked.items() if value is not None}
        kind = given.get("arrest_kind", "warrantless")
        profile = given.get("profile", default_profile)
        if kind not in _KINDS or not isinstance(profile, str):
            return {"error": "arrest_kind is warrantless or warrant; profile is a name or a path"}
        used = load_profile(profile)
        document = explain_arrest(_arrest(arrested_at, booked_at, kind), used).to_document()
        warning = used.out_of_dates(today)
        return document | ({"warning": warning} if warning else {})
    except orjson.JSONDecodeError:
        return {"error": "not a line of JSON"}
    except (LawError, ValueError) as error:
        return {"error": str(error)}


def _arrest(arrested_at: Any, booked_at: Any, kind: Any) -> Arrest:
    if booked_at < arrested_at:
        raise LawError("booked_at is before arrested_at; check both instants and their offsets")
    return Arrest(arrested_at, booked_at, kind)


def _print(explanation: Explanation, profile: Profile, warning: str | None) -> None:
    zone = profile.calendar.zone
    rows = []
    for limit in explanation.limits:
        governs = "governs" if limit.limit.name == explanation.governing else ""
        steps = "\n".join(step.text for step in limit.steps)
        rows.append(
            (LIMITS[limit.limit.name], local(limit.expires_at, zone), steps, limit.limit.citation, governs)
        )
    print_table(("limit", "expires", "steps", "citation", ""), rows, title=f"profile {profile.name}")
    click.echo(f"Deadline {local(explanation.deadline, zone)}: {explanation.why(LIMITS)}")
    if warning:
        click.echo(f"Note: {warning}", err=True)
    click.echo("This is no legal advice.", err=True)
