"""What a record comes to, in a sentence or two for whoever stands at the desk."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from worker.custody.attention import awaits_departure
from worker.custody.record import Record
from worker.desk import words
from worker.desk.custody_list import OVERDUE_IN_BUILDING
from worker.desk.plain_words import counted, in_words, local
from worker.desk.story import Story

_LATE_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a verdict.

    Attributes:
        lead: the words in capitals that it begins with; empty if there are none.
        text: what follows, without the period.
        command: what to run in a terminal to see more.
    """

    lead: str
    text: str
    command: str | None = None

    def __str__(self) -> str:
        """For a terminal."""
        see = f": see `{self.command}`" if self.command else ""
        return f"{self.lead}{self.text}{see}."


def verdict(story: Story, zone: ZoneInfo, *, departures_expected: bool) -> Iterator[Sentence]:
    """Sentences, the most important first."""
    record = story.record
    match record.state:
        case "awaiting_booking":
            events = counted(len(record.awaiting), "event")
            first = local(record.first_heard_at, zone)
            yield Sentence("NO BOOKING YET", f": {events} came for this number, the first at {first}")
            yield Sentence("", "No clock runs until the booking arrives")
        case "held":
            yield from _held(story, zone)
        case "released":
            yield from _released(story, zone, departures_expected=departures_expected)
        case "closed" if record.renumbered_to is None:
            why = words.BASES[record.basis] if record.basis else "reason not known"
            yield Sentence("CLOSED", f" at {local(record.closed_at, zone)}: {why}")
    if record.renumbered_to is not None:
        yield Sentence("GOES ON", f" under {record.renumbered_to}", f"custody show {record.renumbered_to}")


def _held(story: Story, zone: ZoneInfo) -> Iterator[Sentence]:
    record = story.record
    assert record.deadline is not None and record.release_due_at is not None
    until = f"{local(record.deadline, zone)} ({words.limit(record.governing_limit)})"
    left = record.deadline - story.as_of
    if left > timedelta(0):
        yield Sentence("HELD", f": must be released by {until}, in {in_words(left)}")
    else:
        yield Sentence("OVERDUE", f" by {in_words(-left)}: had to be released by {until} and is still held")
        if record.release_due_at > story.as_of:
            due_at = local(record.release_due_at, zone)
            yield Sentence(
                "", f"The deadline had passed when the booking arrived; the release follows at {due_at}"
            )
        else:
            yield Sentence("", "No release order is written, but the deadline counts", "custody doctor")
    if record.gone_while_held:
        yield Sentence("", "Reported gone while still held: the clock runs on")


def _released(story: Story, zone: ZoneInfo, *, departures_expected: bool) -> Iterator[Sentence]:
    record = story.record
    assert record.released_at is not None
    why = words.BASES[record.basis] if record.basis else "reason not known"
    limit = f", {words.limit(record.governing_limit)}" if record.basis == "deadline" else ""
    yield Sentence("RELEASED", f" at {local(record.released_at, zone)}: {why}{limit}")
    if record.entitled_at is not None and record.released_at - record.entitled_at > _LATE_AFTER:
        late = in_words(record.released_at - record.entitled_at)
        yield Sentence("LATE", f" by {late}: entitled since {local(record.entitled_at, zone)}")
    yield from _whereabouts(record, story, zone, departures_expected=departures_expected)


def _whereabouts(
    record: Record, story: Story, zone: ZoneInfo, *, departures_expected: bool
) -> Iterator[Sentence]:
    assert record.released_at is not None
    if record.departed_at is not None and not awaits_departure(record):
        yield Sentence("", f"Left the building at {local(record.departed_at, zone)}")
    elif departures_expected and awaits_departure(record):
        span = story.as_of - record.released_at
        is_overdue = span >= OVERDUE_IN_BUILDING
        here = f"in the building, {in_words(span)} after the release, as far as was reported"
        yield Sentence("OVERDUE", f": still {here}") if is_overdue else Sentence("", f"Still {here}")
