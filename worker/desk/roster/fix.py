"""The commands that would mend what the roster and the clock say differently. None of them is run."""

import re
import shlex
from collections.abc import Iterable, Iterator

from events.envelope import BOOKING_NUMBER, PRINTABLE
from events.instants import format_instant
from worker.desk.roster.compare import Mismatch


def commands(mismatches: Iterable[Mismatch]) -> Iterator[str]:
    """One line for each: a command where the mending is plain, else what to find out first, as a comment."""
    for mismatch in mismatches:
        if re.fullmatch(BOOKING_NUMBER, mismatch.booking):
            yield _command(mismatch, shlex.quote(mismatch.booking))
        else:
            # What is no number must not become a command, nor a second line of a comment.
            yield f"# line {mismatch.line}: {mismatch.booking!a} is no booking number: correct the roster"


def _command(mismatch: Mismatch, number: str) -> str:
    match mismatch.kind:
        case "without_clock":
            return _give_clock(mismatch, number)
        case "not_on_roster":
            return (
                f"# {number} is held by the clock and not on the roster: find out where the person is, then "
                f"`custody record transfer {number}`, `order {number}`, `void {number}`, `renumber {number}`"
            )
        case "other_arrest_time":
            return _amend(mismatch, number)
        case "booked_twice":
            if not mismatch.also:
                return f"# {number} is on the roster twice, again on line {mismatch.line}"
            others = " ".join(ascii(other) for other in mismatch.also)
            return f"# {number} and {others} are one person: `custody record renumber` merges them"
        case "unreadable":
            return f"# {number}: its record cannot be read: run `custody audit verify` at once"


def _give_clock(mismatch: Mismatch, number: str) -> str:
    if mismatch.state in {"released", "closed"}:
        return (
            f"# {number} is {mismatch.state} by the clock and still on the roster: let the person go, then "
            f"`custody record depart {number}`; if the end was entered in error, "
            f"`custody record reinstate {number}`"
        )
    if mismatch.roster_at is None:
        return f"# {number} is held without a clock, and the roster has no time of arrest: find it out first"
    command = f"custody record book {number} --arrested-at {format_instant(mismatch.roster_at)}"
    if mismatch.facility and re.fullmatch(PRINTABLE, mismatch.facility):
        command += f" --facility {shlex.quote(mismatch.facility)}"
    return f"{command} --yes"


def _amend(mismatch: Mismatch, number: str) -> str:
    if mismatch.roster_at is None:
        return f"# {number}: the roster's time of arrest on line {mismatch.line} is not understood"
    at = format_instant(mismatch.roster_at)
    return f"custody record amend {number} --arrested-at {at} --reason clerical_error --yes"
