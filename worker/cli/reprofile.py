"""`custody reprofile`: puts held records under another profile, after showing what that would do."""

import logging
import sys
from zoneinfo import ZoneInfo

import click

from events.addressing import shard_of
from worker.cli.output import print_table, say
from worker.custody.decide import Reprofile
from worker.desk.custody_list import held_under_other_rules
from worker.desk.plain_words import local
from worker.desk.reprofiling import Reprofiling, preview
from worker.desk.words import LIMITS, STATES
from worker.engine.apply import apply
from worker.engine.deciding import Work
from worker.host import wiring
from worker.law.profiles import load_profile
from worker.store.context import Context
from worker.telemetry import configure_logging


@click.command()
@click.argument("profile_name", metavar="PROFILE")
@click.argument("bookings", nargs=-1)
@click.option("--all-held", is_flag=True, help="Every held record that is under another profile.")
@click.option("--dry-run", is_flag=True, help="Show what would happen, and do nothing.")
@click.option("--yes", "confirmed", is_flag=True, help="Do it without asking.")
def reprofile(
    profile_name: str, bookings: tuple[str, ...], all_held: bool, dry_run: bool, confirmed: bool
) -> None:
    """Put BOOKINGS under PROFILE, a shipped one's name or the path of a site's own.

    Shows first who would be released at once and whose deadline moves, and acts after a typed yes. Otherwise
    a record keeps the rules under which it was booked. Once ICE has made contact, its deadline never moves
    past the one that was fixed then.
    """
    if all_held == bool(bookings):
        raise click.UsageError("name the bookings, or give --all-held")
    configure_logging("console", logging.WARNING)
    profile = load_profile(profile_name)
    context = wiring.context()
    rules = context.rules_by_record.use(profile)
    chosen = held_under_other_rules(context, profile.fingerprint) if all_held else dict.fromkeys(bookings)
    shown = preview(context, list(chosen), rules)
    if shown.unknown:
        raise click.ClickException(
            f"no booking {', '.join(shown.unknown)} here: nothing was done, check the numbers"
        )
    held = [one for one in shown.bookings if one.state == "held"]
    _show(shown.bookings, profile.calendar.zone, profile.name)
    if dry_run or not held:
        return
    if not confirmed:
        _ask(len(held), profile.name)
    for one in held:
        _apply(context, one.booking, profile.fingerprint)
    say(f"{len(held)} decided by {profile.name} from now on")


def _show(bookings: tuple[Reprofiling, ...], zone: ZoneInfo, profile: str) -> None:
    rows = [
        (
            one.booking,
            local(one.deadline, zone),
            local(one.new_deadline, zone),
            LIMITS[one.new_limit] if one.new_limit else "-",
            _effect(one),
        )
        for one in sorted(bookings, key=lambda one: (not one.released_at_once, one.booking))
    ]
    print_table(("booking", "deadline", f"under {profile}", "limit", ""), rows)
    at_once = sum(one.released_at_once for one in bookings)
    moved = sum(one.deadline != one.new_deadline and not one.released_at_once for one in bookings)
    say(f"{at_once} would be released at once, {moved} would have another deadline")


def _effect(one: Reprofiling) -> str:
    if one.state != "held":
        return f"{STATES[one.state]}: stays as it is"
    if one.released_at_once:
        return "RELEASED AT ONCE"
    if one.deadline is None or one.new_deadline is None or one.new_deadline == one.deadline:
        return "same deadline"
    return "earlier" if one.new_deadline < one.deadline else "later"


def _ask(count: int, profile: str) -> None:
    if not sys.stdin.isatty():
        raise click.ClickException("nothing was done: look at the list, then give --yes")
    answer = click.prompt(f"Put {count} under {profile}? Type yes", default="no", show_default=False)
    if answer.strip().lower() != "yes":
        raise click.ClickException("nothing was done")


def _apply(context: Context, booking: str, fingerprint: str) -> None:
    shard = context.shards[shard_of(booking, len(context.shards))]
    apply(context, shard, [Work(booking, (Reprofile(fingerprint),))], now=context.store_now())
