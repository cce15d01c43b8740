"""The figures of the desk as samples of the catalogue's metrics."""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple, get_args

from events.outbound import AlarmCode
from worker.desk.alarms import MAY_BE_HELD_UNLAWFULLY
from worker.desk.gauges.answers import Attention, Due, Inbox, Keeping, Life, People, SinkFigures, Waiting

_OTHER_CODE = "other"
"""In place of a code that is none of ours: another program has written to the store."""


class Sample(NamedTuple):
    """One number, with the values of its metric's labels in their order."""

    metric: str
    value: float
    labels: tuple[str, ...] = ()


def of_life(life: Life) -> Iterator[Sample]:
    """Beat and clocks."""
    yield from _span("custody_pacemaker_beat_age_seconds", life.beat_age)
    yield from _span("custody_clock_skew_seconds", life.skew)
    yield from _span("custody_store_clock_set_back_seconds", life.set_back)


def of_due(due: Due) -> Iterator[Sample]:
    """Who is due now, and next."""
    yield Sample("custody_people_due_and_unreleased", due.unreleased)
    yield from _span("custody_next_deadline_seconds", due.next_deadline_in)


def of_people(people: People) -> Iterator[Sample]:
    """Who is on the board."""
    yield Sample("custody_people_held", people.held)
    yield Sample("custody_people_held_past_deadline", people.past_deadline)
    yield Sample("custody_people_not_departed", people.not_departed)
    yield Sample("custody_records_unreadable", people.unreadable)
    yield from _span("custody_board_age_seconds", people.age)


def of_inbox(inbox: Inbox) -> Iterator[Sample]:
    """What waits to be taken in."""
    yield Sample("custody_inbox_events", inbox.events.count)
    yield from _span("custody_inbox_oldest_seconds", inbox.events.oldest)
    yield Sample("custody_inboxes_unread", inbox.unread_inboxes)


def of_sinks(sinks: dict[str, SinkFigures]) -> Iterator[Sample]:
    """What waits to be sent."""
    for sink, figures in sinks.items():
        for state, waiting in (("unreached", figures.unreached), ("retried", figures.retried)):
            yield Sample("custody_notices_waiting", waiting.count, (sink, state))
            yield from _span("custody_notices_oldest_seconds", waiting.oldest, sink, state)
        yield Sample("custody_sink_disabled", figures.is_disabled, (sink,))
        yield Sample("custody_dead_letters", figures.dead_letters, (sink,))


def of_attention(attention: Attention) -> Iterator[Sample]:
    """What waits for a person."""
    counts: dict[str, int] = dict.fromkeys(get_args(AlarmCode), 0)
    oldest: dict[str, timedelta] = {}
    for found, waiting in attention.alarms.items():
        code = found if found in counts else _OTHER_CODE
        counts[code] = counts.get(code, 0) + waiting.count
        oldest[code] = max(waiting.oldest, oldest.get(code, timedelta(0)))
    for code, count in counts.items():
        yield Sample("custody_alarms_waiting", count, (code,))
    for code, span in oldest.items():
        urgent = "yes" if code in MAY_BE_HELD_UNLAWFULLY else "no"
        yield from _span("custody_alarms_oldest_seconds", span, code, urgent)
    yield from _waiting("custody_rejects", attention.rejects)
    yield Sample("custody_losses_unaccepted", attention.losses)


def of_keeping(keeping: Keeping) -> Iterator[Sample]:
    """The store."""
    if keeping.is_on_disk is not None:
        yield Sample("custody_store_on_disk", keeping.is_on_disk)
    yield Sample("custody_store_takes_writes", keeping.takes_writes)
    yield Sample("custody_store_keys_overwritten", keeping.overwritten_keys)
    yield Sample("custody_timers", keeping.timers)
    if keeping.memory_bytes is not None:
        yield Sample("custody_store_memory_bytes", keeping.memory_bytes)
    if keeping.memory_limit_bytes is not None:
        yield Sample("custody_store_memory_limit_bytes", keeping.memory_limit_bytes)
    for stream, entries in keeping.streams.items():
        yield Sample("custody_stream_entries", entries, (stream,))


def _waiting(prefix: str, waiting: Waiting) -> Iterator[Sample]:
    yield Sample(f"{prefix}_waiting", waiting.count)
    yield from _span(f"{prefix}_oldest_seconds", waiting.oldest)


def _span(metric: str, span: timedelta | None, *labels: str) -> Iterator[Sample]:
    if span is not None:
        yield Sample(metric, span.total_seconds(), labels)
