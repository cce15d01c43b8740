"""Why a booking's deadline is what it is, and whether anything moved it, in sentences."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from events.instants import parse_instant
from worker.custody.record import Record
from worker.custody.transition import Outcome
from worker.desk import words
from worker.desk.plain_words import brief, capital, counted, listed
from worker.desk.story import Story
from worker.law.explanation import Explanation, LimitExplanation
from worker.law.steps import plain_duration

_TIMES: Final = ("", "once", "twice", "three times", "four times")
_SOON: Final = timedelta(seconds=60)
_MILLISECOND: Final = timedelta(milliseconds=1)


def why(story: Story, zone: ZoneInfo) -> Iterator[str]:
    """Which limit governs and why, what ICE asked and was answered, and what moved the deadline."""
    if story.limits is not None:
        yield from _limits(story, story.limits, zone)
    elif story.limits_missing:
        yield f"The limits cannot be computed, the deadline counts all the same: {story.limits_missing}."
    yield from _exactness(story.record)
    yield from _ice(story, zone)
    yield from _moved(story, zone)


def _limits(story: Story, limits: Explanation, zone: ZoneInfo) -> Iterator[str]:
    record = story.record
    left_out = {one.limit.name: _days_left_out(one, limits) for one in limits.limits}
    governs = _named(limits.governing, left_out)
    others = sorted((one for one in limits.limits if one.limit.name != limits.governing), key=_expires_at)
    if not others:
        yield f"{capital(governs)} is the only limit that applies."
    else:
        before = plain_duration(others[0].expires_at - limits.deadline)
        when = f"{before} before" if others[0].expires_at > limits.deadline else "together with"
        rest = listed([_named(one.limit.name, left_out) for one in others])
        yield f"{capital(governs)} expires first, {when} {rest}."
    if record.deadline is not None and record.deadline != limits.deadline:
        yield (
            f"The deadline is {brief(record.deadline, story.as_of, zone)} all the same "
            f"({words.limit(record.governing_limit)}): {_why_other(record, limits.deadline)}."
        )


def _why_other(record: Record, computed: datetime) -> str:
    if record.merged:
        return "of the bookings that were merged the earliest deadline counts"
    if record.ceiling is not None and record.ceiling.deadline <= computed:
        return "it was fixed when ICE made contact, and nothing sets a later one"
    return "it counts as it was set, see below"


def _named(limit: str, left_out: dict[str, str]) -> str:
    return f"the {words.limit(limit)}{left_out[limit]}"


def _expires_at(one: LimitExplanation) -> datetime:
    return one.expires_at


def _days_left_out(explained: LimitExplanation, limits: Explanation) -> str:
    calendar = limits.profile.calendar
    days = [
        calendar.day_of(step.starts_at)
        for step in explained.steps
        if step.kind == "left_out" and step.starts_at < explained.expires_at
    ]
    names = [
        f"{day.label[:3]} {day.date.day} ({day.holiday})"
        if day.holiday
        else f"{day.label[:3]} {day.date.day}"
        for day in days
    ]
    return f" (leaving out {listed(names)})" if names else ""


def _exactness(record: Record) -> Iterator[str]:
    if record.released_at is None or record.entitled_at is None or record.basis != "deadline":
        return
    after = record.released_at - record.entitled_at
    if timedelta(0) <= after <= _SOON:
        yield f"The release order was written {_exactly(after)} the deadline."


def _exactly(after: timedelta) -> str:
    return f"{after // _MILLISECOND:,} ms after" if after >= _MILLISECOND else "in the millisecond of"


def _ice(story: Story, zone: ZoneInfo) -> Iterator[str]:
    contacts = story.record.contacts
    if not contacts:
        said = (
            "made contact before the booking arrived"
            if story.ice_contacted
            else "made no contact and was sent nothing"
        )
        yield f"ICE {said}."
        return
    times = _TIMES[len(contacts)] if len(contacts) < len(_TIMES) else counted(len(contacts), "time")
    sent = {one.event.type for one in story.sent_about_ice if one.event.audience == "ice"}
    dates = any("release_date_given" in kind for kind in sent)
    yield f"ICE made contact {times} and was sent {'the release date' if dates else 'no release date'}."
    if any(contact.asks_to_hold for contact in contacts):
        declined = story.declined_detention
        longer = f"for another {declined.elapsed_hours:.0f} h" if declined else "longer"
        yield f"Its request to hold the person {longer} was declined."


def _moved(story: Story, zone: ZoneInfo) -> Iterator[str]:
    refused = sum(moment.outcome == Outcome.LATER_DEADLINE_REFUSED for moment in story.timeline)
    deadlines = [
        parse_instant(text) for moment in story.timeline if (text := moment.document.get("deadline"))
    ]
    moves = [(old, new) for old, new in pairwise(deadlines) if old != new]
    later = [new - old for old, new in moves if new > old]
    earlier = [old - new for old, new in moves if new < old]
    for way, spans in (("later", later), ("earlier", earlier)):
        if spans:
            in_all = plain_duration(sum(spans, timedelta(0)))
            yield f"The deadline was moved {way} {_often(len(spans))}, by {in_all} in all."
    if refused:
        yield f"A later deadline was asked for and refused {_often(refused)}."
    if deadlines and not moves:
        yield "Nothing moved the deadline."


def _often(count: int) -> str:
    return _TIMES[count] if count < len(_TIMES) else counted(count, "time")
