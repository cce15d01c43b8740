"""What a record comes to, in a sentence or two for whoever stands at the desk."""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from worker.custody.attention import awaits_departure
from worker.custody.record import Record
from worker.desk import words
from worker.desk.custody_list import OVERDUE_IN_BUILDING
from worker.desk.plain_words import in_words, local
from worker.desk.story import Story

_LATE_AFTER = timedelta(seconds=60)


def verdict(story: Story, zone: ZoneInfo, *, departures_expected: bool) -> Iterator[str]:
    """Sentences, the most important first."""
    record = story.record
    match record.state:
        case "awaiting_booking":
            yield (
                f"NO BOOKING YET: {_count(len(record.awaiting), 'event')} came for this number, the first at "
                f"{local(record.first_heard_at, zone)}. No clock runs until the booking arrives."
            )
        case "held":
            yield from _held(story, zone)
        case "released":
            yield from _released(story, zone, departures_expected=departures_expected)
        case "closed" if record.renumbered_to is None:
            why = words.BASES[record.basis] if record.basis else "reason not known"
            yield f"CLOSED at {local(record.closed_at, zone)}: {why}."
    if record.renumbered_to is not None:
        yield f"GOES ON under {record.renumbered_to}: see `custody show {record.renumbered_to}`."


def _held(story: Story, zone: ZoneInfo) -> Iterator[str]:
    record = story.record
    assert record.deadline is not None and record.release_due_at is not None
    limit = words.limit(record.governing_limit)
    left = record.deadline - story.as_of
    if left > timedelta(0):
        yield f"HELD: must be released by {local(record.deadline, zone)} ({limit}), in {in_words(left)}."
    else:
        yield (
            f"OVERDUE by {in_words(-left)}: had to be released by {local(record.deadline, zone)} ({limit}) "
            "and is still held."
        )
        if record.release_due_at > story.as_of:
            due_at = local(record.release_due_at, zone)
            yield f"The deadline had passed when the booking arrived; the release follows at {due_at}."
        else:
            yield "No release order is written, but the deadline counts: see `custody doctor` at once."
    if record.gone_while_held:
        yield "Reported gone while still held: the clock runs on."


def _released(story: Story, zone: ZoneInfo, *, departures_expected: bool) -> Iterator[str]:
    record = story.record
    assert record.released_at is not None
    why = words.BASES[record.basis] if record.basis else "reason not known"
    limit = f", {words.limit(record.governing_limit)}" if record.basis == "deadline" else ""
    yield f"RELEASED at {local(record.released_at, zone)}: {why}{limit}."
    if record.entitled_at is not None and record.released_at - record.entitled_at > _LATE_AFTER:
        late = in_words(record.released_at - record.entitled_at)
        yield f"LATE by {late}: entitled since {local(record.entitled_at, zone)}."
    yield from _whereabouts(record, story, zone, departures_expected=departures_expected)


def _whereabouts(record: Record, story: Story, zone: ZoneInfo, *, departures_expected: bool) -> Iterator[str]:
    assert record.released_at is not None
    if record.departed_at is not None and not awaits_departure(record):
        yield f"Left the building at {local(record.departed_at, zone)}."
    elif departures_expected and awaits_departure(record):
        span = story.as_of - record.released_at
        still = "OVERDUE: still" if span >= OVERDUE_IN_BUILDING else "Still"
        yield f"{still} in the building, {in_words(span)} after the release, as far as was reported."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
