"""`custody publish`: puts CloudEvents into the inbox."""

import codecs
import json
import shlex
import sys
from collections.abc import Iterator
from typing import BinaryIO, Final

import click

from events.envelope import MAX_EVENT_BYTES
from events.parse import Rejection, parse
from events.publisher import without_values
from worker.cli.output import json_option, print_json, say
from worker.host import wiring
from worker.settings import Settings, read_settings
from worker.store.arrivals import Arrival, NotTakenError, put_in
from worker.store.context import Context

_BATCH: Final = 500
_STANDARD_INPUT: Final = "<stdin>"
_MOST_SHOWN: Final = 1000
_MOST_LOOKED_AT: Final = 1024 * 1024
_LONGEST_LINE_BYTES: Final = 4 * MAX_EVENT_BYTES


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@json_option
def publish(file: BinaryIO, as_json: bool) -> None:
    """Put the CloudEvents in FILE (or standard input), one per line, into the inbox.

    Prints how many were published. A line that breaks the contract is not sent but printed on standard error
    with the reason; the others are sent, and the exit status is 1. Publishing is idempotent: an event that is
    sent again has no effect.
    """
    settings = read_settings()
    context = wiring.context()
    published = refused = 0
    beginning = bytearray()
    for lines in _batches(file):
        good: list[Arrival] = []
        for number, line in lines:
            if len(beginning) < _MOST_LOOKED_AT:
                beginning += line + b"\n"
            parsed = parse(line)
            if isinstance(parsed, Rejection):
                refused += 1
                shown = line[:_MOST_SHOWN].decode("utf-8", "backslashreplace")
                say(f"line {number}: {parsed.reason}: {parsed.detail}: {shown}", err=True)
            else:
                good.append(Arrival(without_values(parsed, line), parsed.event.subject))
        _put_in(context, settings, good, published)
        published += len(good)
    if as_json:
        print_json({"published": published, "refused": refused})
    else:
        say(f"{published} published" + (f", {refused} refused" if refused else ""))
    if refused:
        name = getattr(file, "name", _STANDARD_INPUT)
        if not published and (hint := _hint(beginning.decode("utf-8", "replace"), name)):
            say(f"custody: {hint}", err=True)
        raise click.exceptions.Exit(1)


def _put_in(context: Context, settings: Settings, events: list[Arrival], published: int) -> None:
    """Return once they are as safe as events over HTTP; a person who publishes may fill the inbox."""
    try:
        put_in(
            context,
            events,
            min_replicas=settings.min_replicas,
            is_unsafe_accepted=settings.accept_unsafe_store,
            most_waiting=sys.maxsize,
        )
    except NotTakenError as error:
        raise click.ClickException(
            f"{published} published, then {error}: publish the same file again, since repeats change nothing"
        ) from None


def _hint(text: str, name: str) -> str | None:
    """What to do if the file is JSON, but not one event a line; None if it is something else."""
    try:
        document, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return None
    source = "FILE" if name == _STANDARD_INPUT else shlex.quote(name)
    if isinstance(document, list):
        return f"one event a line: this is a JSON array; `jq -c '.[]' {source} | custody publish -`"
    if "\n" in text[:end]:
        return (
            f"one event a line: this looks like pretty-printed JSON; `jq -c . {source} | custody publish -`"
        )
    return None


def _batches(file: BinaryIO) -> Iterator[list[tuple[int, bytes]]]:
    """The lines that are not blank, with their line numbers, in batches."""
    batch: list[tuple[int, bytes]] = []
    for number, line in enumerate(_lines(file), 1):
        # A line with thousands of blanks may have been cut before its event: it is refused, not skipped.
        if stripped := line.strip().removeprefix(codecs.BOM_UTF8).strip() or line[MAX_EVENT_BYTES:]:
            batch.append((number, stripped))
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines; of one that is far too long only the beginning, since it may not fit into memory."""
    while line := file.readline(_LONGEST_LINE_BYTES):
        yield line
        while not line.endswith(b"\n") and (line := file.readline(_LONGEST_LINE_BYTES)):
            pass
