"""`custody explain`: every limit of an arrest, step by step, and the one that governs."""

import sys
from typing import Any, BinaryIO

import click
import orjson

from events.instants import parse_instant
from worker.cli.instant import INSTANT
from worker.cli.limits_table import print_limits
from worker.cli.output import json_option, print_json, say
from worker.desk.plain_words import local
from worker.desk.words import ARREST_KINDS, LIMITS
from worker.law.arrest import Arrest
from worker.law.deadline import explain as explain_arrest
from worker.law.errors import LawError
from worker.law.explanation import Explanation
from worker.law.profiles import load_profile
from worker.settings import read_settings

_KNOWN_FIELDS = frozenset({"arrested_at", "booked_at", "arrest_kind", "profile"})
_KINDS = ("warrantless", "warrant")


@click.command()
@click.argument("source", required=False, type=click.Choice(["-"]), metavar="[-]")
@click.option("--arrested-at", type=INSTANT, help="RFC 3339 with an offset, as in 2016-11-18T10:00:00-08:00.")
@click.option("--booked-at", type=INSTANT, help="Default: the same as --arrested-at.")
@click.option("--arrest-kind", type=click.Choice(_KINDS), default="warrantless", show_default=True)
@click.option("--profile", "profile_name", help="Name or path. Default: CUSTODY_PROFILE.")
@click.option("--svg", "as_svg", is_flag=True, help="A picture of the limits as SVG on standard output.")
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

    `custody explain -` reads JSON lines from standard input, with `arrested_at` and optionally `booked_at`,
    `arrest_kind` and `profile`, and writes one JSON line for each; {"error": …} for an invalid one.

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
    warning = _warning(explanation)
    if as_svg:
        from worker.desk.limits_picture import svg

        click.echo(svg(explanation))
    elif as_json:
        print_json(explanation.to_document() | ({"warning": warning} if warning else {}))
    else:
        _print(explanation, warning)


def answer_lines(source: BinaryIO, sink: BinaryIO, default_profile: str) -> None:
    """Write one JSON line for each JSON line read, in order and without waiting for the next."""
    for line in source:
        if line.strip():
            sink.write(orjson.dumps(_answer(line, default_profile)) + b"\n")
            sink.flush()


def _answer(line: bytes, default_profile: str) -> dict[str, Any]:
    try:
        fields = orjson.loads(line)
        if not isinstance(fields, dict) or not fields.keys() <= _KNOWN_FIELDS:
            return {"error": f"give an object with {', '.join(sorted(_KNOWN_FIELDS))} and nothing else"}
        given = {name: value for name, value in fields.items() if value is not None}
        if "arrested_at" not in given:
            return {"error": "arrested_at is missing"}
        arrested_at = parse_instant(given["arrested_at"])
        booked_at = parse_instant(given["booked_at"]) if "booked_at" in given else arrested_at
        kind = given.get("arrest_kind", "warrantless")
        profile = given.get("profile", default_profile)
        if kind not in _KINDS or not isinstance(profile, str):
            return {"error": "arrest_kind is warrantless or warrant; profile is a name or a path"}
        explanation = explain_arrest(_arrest(arrested_at, booked_at, kind), load_profile(profile))
        warning = _warning(explanation)
        return explanation.to_document() | ({"warning": warning} if warning else {})
    except orjson.JSONDecodeError:
        return {"error": "not a line of JSON"}
    except (LawError, ValueError) as error:
        return {"error": str(error)}


def _arrest(arrested_at: Any, booked_at: Any, kind: Any) -> Arrest:
    if booked_at < arrested_at:
        raise LawError("booked_at is before arrested_at; check both instants and their offsets")
    return Arrest(arrested_at, booked_at, kind)


def _warning(explanation: Explanation) -> str | None:
    """Why the profile is not good for this arrest; None if it is."""
    return explanation.profile.out_of_dates_at(explanation.arrest.arrested_at)


def _print(explanation: Explanation, warning: str | None) -> None:
    arrest, profile = explanation.arrest, explanation.profile
    zone = profile.calendar.zone
    booked = f", booked {local(arrest.booked_at, zone)}" if arrest.booked_at != arrest.arrested_at else ""
    say(f"Arrested {local(arrest.arrested_at, zone)} {ARREST_KINDS[arrest.kind]}{booked}")
    print_limits(explanation, explanation.governing, zone, f"profile {profile.name}")
    say(f"Deadline {local(explanation.deadline, zone)}: {explanation.why(LIMITS)}")
    if warning:
        say(f"Note: {warning}", err=True)
    say("This is no legal advice.", err=True)
