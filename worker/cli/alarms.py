"""`custody alarms`: what waits for a person, and who acknowledged what."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import click

from worker.cli.output import Cell, json_option, print_json, print_table, say
from worker.desk import words
from worker.desk.alarm_rates import Rates, Worst, rates_of
from worker.desk.alarms import AlarmItem, every_alarm, find_alarms, waiting_alarms
from worker.desk.plain_words import local
from worker.engine.acknowledge import acknowledge
from worker.host import wiring
from worker.store.context import Context, OpenStore

_STATS_DAYS: Final = 7
_LONGEST_NAME: Final = 100
_LONGEST_NOTE: Final = 500
_MOST_SHOWN: Final = 200


@click.group(invoke_without_command=True)
@click.option("--stats", is_flag=True, help="How many were raised in the last 7 days, and which are worst.")
@json_option
@click.pass_context
def alarms(ctx: click.Context, stats: bool, as_json: bool) -> None:
    """Alarms wait until a person acknowledges them: list them, read one, acknowledge.

    While an alarm waits, the same again only counts: it is raised once, and no further notice is sent.
    """
    if ctx.invoked_subcommand is None:
        if not stats:
            raise click.exceptions.NoArgsIsHelpError(ctx)
        _print_stats(wiring.context(), as_json)


@alarms.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that were acknowledged as well.")
@json_option
def list_alarms(everything: bool, as_json: bool) -> None:
    """The alarms that nobody has acknowledged, oldest first."""
    context = wiring.context()
    items = every_alarm(context) if everything else waiting_alarms(context)
    if as_json:
        print_json([item.to_document() for item in items])
        return
    zone = _zone(context)
    waiting = sum(item.acknowledgement is None for item in items)
    columns = ("id", "raised", "times", "what", "about", "detail", "acknowledged")
    shown = columns if everything else columns[:-1]
    rows = [_row(item, zone)[: len(shown)] for item in items[:_MOST_SHOWN]]
    title = f"{waiting} wait for a person" + (f", {len(items)} in all" * everything)
    print_table(shown, rows, title)
    if len(items) > _MOST_SHOWN:
        say(f"and {len(items) - _MOST_SHOWN} newer ones: `--json` prints all, `alarms --stats` counts them")


@alarms.command("show")
@click.argument("alarm_id")
@json_option
def show_alarm(alarm_id: str, as_json: bool) -> None:
    """Everything about the alarm ALARM_ID: how often, what was said, who acknowledged it."""
    context = wiring.context()
    item = _find(context, alarm_id)
    if as_json:
        print_json(item.to_document())
        return
    print_table(("", ""), list(_facts(item, _zone(context))), title=f"alarm {item.handle}")


@alarms.command()
@click.argument("alarm_ids", nargs=-1, required=True)
@click.option("--by", required=True, help="Your name; it is kept with the alarm and in the journal.")
@click.option("--note", help="What was done about it; without the name of anybody held.")
def ack(alarm_ids: tuple[str, ...], by: str, note: str | None) -> None:
    """Acknowledge alarms: somebody has looked, and does what has to be done.

    ALARM_IDS as `alarms list` shows them, or as in their notices. What is acknowledged stays in `alarms list
    --all`, and in the journal of the booking it is about. If the same happens again, that is a new alarm.
    """
    by, note = by.strip(), (note or "").strip() or None
    if not by or len(by) > _LONGEST_NAME:
        raise click.UsageError(f"--by needs the name of a person, of at most {_LONGEST_NAME} characters")
    if note and len(note) > _LONGEST_NOTE:
        raise click.UsageError(f"--note may have at most {_LONGEST_NOTE} characters")
    context = wiring.context()
    for item in [_find(context, alarm_id) for alarm_id in alarm_ids]:
        if item.acknowledgement or not acknowledge(context, item.shard, item.same, item.alarm, by, note):
            say(f"{item.handle} {_by_whom(context, item)}; that stays", err=True)
    say(f"{len(waiting_alarms(context))} still waiting")


def _by_whom(context: Context, item: AlarmItem) -> str:
    """Of one that does not wait any more: somebody else may have been faster just now."""
    done = _find(context, item.alarm.id).acknowledgement
    if done is None:
        return "was acknowledged before"
    return f"was acknowledged by {done.by}, {local(done.acknowledged_at, _zone(context))}"


def _find(context: OpenStore, alarm_id: str) -> AlarmItem:
    found = find_alarms(context, alarm_id)
    if not found:
        raise click.ClickException(f"no alarm {alarm_id}: see `custody alarms list --all`")
    if len({item.alarm.id for item in found}) > 1:
        ids = ", ".join(item.alarm.id for item in found)
        raise click.ClickException(f"{alarm_id} may be any of these alarms, so name one in full: {ids}")
    return found[-1]


def _row(item: AlarmItem, zone: ZoneInfo) -> tuple[Cell, ...]:
    alarm = item.alarm
    return (
        item.handle,
        local(alarm.first_at, zone),
        str(alarm.count),
        words.alarm(alarm.code),
        alarm.subject,
        alarm.detail.removeprefix(f"booking {alarm.subject}: "),
        _acknowledged(item, zone) or "waits",
    )


def _facts(item: AlarmItem, zone: ZoneInfo) -> Iterator[tuple[str, Cell]]:
    alarm = item.alarm
    yield "id", alarm.id
    yield "what", f"{words.alarm(alarm.code)} ({alarm.code})"
    yield "about", alarm.subject
    if alarm.others:
        yield "also about", ", ".join(alarm.others)
    if alarm.source:
        yield "events of", alarm.source
    yield "raised", local(alarm.first_at, zone)
    if alarm.count > 1:
        yield "again", f"{alarm.count - 1} times, last {local(alarm.last_at, zone)}"
    yield "detail", alarm.detail
    if alarm.earlier:
        yield "said before", list(alarm.earlier)
    yield "acknowledged", _acknowledged(item, zone) or "by nobody yet"
    yield "runbook", f"ops/runbooks/{alarm.code.replace('_', '-')}.md"


def _acknowledged(item: AlarmItem, zone: ZoneInfo) -> str | None:
    done = item.acknowledgement
    if done is None:
        return None
    return f"by {done.by}, {local(done.acknowledged_at, zone)}: {done.note or 'no note'}"


def _print_stats(context: Context, as_json: bool) -> None:
    now = context.store_now()
    found = [item.alarm for item in every_alarm(context)]
    week = rates_of(found, now - timedelta(days=_STATS_DAYS), now, _zone(context))
    day = rates_of(found, now - timedelta(days=1), now, _zone(context))
    if as_json:
        print_json({"last_24_hours": day.to_document(), "last_7_days": week.to_document()})
        return
    print_table(
        ("", "alarms", "an hour", "most in 10 min", "from"),
        [_rates("last 24 hours", day, _zone(context)), _rates("last 7 days", week, _zone(context))],
    )
    print_table(("day", "alarms"), [(one, str(many)) for one, many in week.per_day.items()], "per day")
    codes = [(words.alarm(one.name), *_counts(one)) for one in week.codes]
    print_table(("what", "alarms", "times"), codes, "worst codes")
    sources = [(one.name, *_counts(one)) for one in week.sources]
    print_table(("source", "alarms", "times"), sources, "worst sources")


def _rates(name: str, rates: Rates, zone: ZoneInfo) -> tuple[str, ...]:
    busiest: datetime | None = rates.busiest_at
    return name, str(rates.alarms), f"{rates.per_hour:.2f}", str(rates.most_at_once), local(busiest, zone)


def _counts(worst: Worst) -> tuple[str, str]:
    return str(worst.alarms), str(worst.times)


def _zone(context: Context) -> ZoneInfo:
    return context.rules_by_record.current.profile.calendar.zone
