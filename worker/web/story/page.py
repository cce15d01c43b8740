"""Renders the page of one booking."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from fastapi.responses import HTMLResponse

from worker.custody.record import Contact, Record
from worker.desk import journal_words, words
from worker.desk.evidence.answers import Evidence
from worker.desk.evidence.picture import Marks, inline_svg
from worker.desk.evidence.sent_words import who_was_sent_what
from worker.desk.evidence.timeline import what_happened
from worker.desk.evidence.why import why
from worker.desk.plain_words import brief, listed
from worker.desk.story import Story
from worker.desk.verdict import verdict
from worker.store.context import Context
from worker.web import pages

_BAD_LEADS: Final = frozenset({"OVERDUE", "LATE", "NO BOOKING YET"})


def booking_page(context: Context, evidence: Evidence) -> HTMLResponse:
    """The page; everything on it is as of one moment of the store."""
    rules = context.rules_by_record.current
    zone = rules.profile.calendar.zone
    story = evidence.story
    sentences = list(verdict(story, zone, departures_expected=rules.departures_expected)) if story else []
    return pages.page(
        "booking.html",
        evidence=evidence,
        story=story,
        record=story.record if story else None,
        as_of=evidence.as_of,
        zone=zone,
        verdict=sentences,
        bad_leads=_BAD_LEADS,
        why=list(why(story, zone)) if story else [],
        picture=_picture(story, zone) if story else None,
        limit_words=words.limit,
        hold_words=words.hold,
        alarm_words=words.alarm,
        arrest=_arrest(story.record, evidence.as_of, zone) if story else None,
        happened=list(what_happened(evidence.chain, evidence.as_of, zone)),
        sent=list(who_was_sent_what(evidence, zone, context.by_store(evidence.as_of))),
    )


def _picture(story: Story, zone: ZoneInfo) -> str | None:
    if story.limits is None:
        return None
    contacts = tuple((contact.contacted_at, _contact(contact)) for contact in story.record.contacts)
    return inline_svg(story.limits, Marks(contacts, _ended(story.record, story.as_of, zone)))


def _contact(contact: Contact) -> str:
    asked = [journal_words.plain(contact.form)] if contact.form != "none" else []
    if contact.warrant != "none" or contact.requests == ("transfer",):
        asked.append("asked for the person")
    if contact.asks_to_hold:
        asked.append("hold declined")
    return f"ICE: {', '.join(asked) or 'asked'}"


def _ended(record: Record, as_of: datetime, zone: ZoneInfo) -> tuple[datetime, str] | None:
    if record.released_at is not None:
        return record.released_at, f"released {brief(record.released_at, as_of, zone)}"
    if record.closed_at is not None:
        return record.closed_at, f"{words.basis_of_end(record.basis)} {brief(record.closed_at, as_of, zone)}"
    return None


def _arrest(record: Record, as_of: datetime, zone: ZoneInfo) -> str | None:
    facts = record.facts
    if facts is None:
        return None
    kind = words.ARREST_KINDS.get(facts.arrest_kind, facts.arrest_kind)
    charges = [f"{charge.statute}, {charge.level}" for charge in facts.charges]
    charged = f" for {listed(charges)}" if charges else ""
    return f"Arrested {kind} {brief(facts.arrested_at, as_of, zone)}{charged}."
