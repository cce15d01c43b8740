"""What happens when ICE makes contact, asks for a person at the counter, or lifts its request."""

from datetime import datetime

from msgspec.structs import replace

from events.inbound import IceContacted, IceContactWithdrawn, IceCustodyRequested
from events.instants import format_instant
from events.outbound import DeclineReason
from worker.custody import notices
from worker.custody.arrest_time import TOLERANCE
from worker.custody.attention import is_past_deadline
from worker.custody.changes import Changes
from worker.custody.conclusions import ceiling_at_contact
from worker.custody.moment import Moment
from worker.custody.record import Contact, Record
from worker.custody.release import close
from worker.custody.rules import Rules
from worker.custody.same_alarm import IN_THE_FUTURE
from worker.custody.transition import Notice, Outcome, Step, alarm
from worker.law.federal.detainer_48h import declined_detention_hours


def answer_contact(record: Record, event: IceContacted, rules: Rules, at: Moment) -> Step:
    """ICE made contact: it is sent the release date, whatever it asked for (clause 3 of the policy).

    Not if the record is closed. Where the profile allows no answer, that is declined and recorded. The person
    is served all the same.
    """
    data = event.data
    contact = Contact(
        contacted_at=min(data.contacted_at, at.now),
        reply_to=data.reply_to,
        form=data.form,
        requests=data.requests,
        qualification=data.qualification or "none",
    )
    changes = _remember(record, contact, rules)
    detail: dict[str, object] = {
        "contacted_at": format_instant(contact.contacted_at),
        "channel": data.channel,
        "form": data.form,
        "requests": list(data.requests),
        "route": data.reply_to,
        "qualification": contact.qualification,
    }
    if contact.asks_to_hold and record.state == "held":
        detail |= _declined_detention(record, rules)
    sent = [*_time_doubts(record, data.contacted_at, at.now), *notices.served(record, rules, contact)]
    sent += notices.answer(replace(record, **changes), rules, contact)
    answered = record.state != "closed" and notices.may_have_date(contact, rules.profile)
    return Step(Outcome.ICE_TOLD if answered else Outcome.ICE_DECLINED, changes, tuple(sent), detail)


def answer_custody_request(record: Record, event: IceCustodyRequested, rules: Rules, at: Moment) -> Step:
    """ICE asks for the person: handed over while held and before the deadline, refused later (clause 6).

    It is judged when it is processed. A request that has waited more than 15 minutes is a contact only:
    whoever asked has been answered by now, or has left. Since 2018 the profile also asks for judicial
    authority (Gov. Code § 7284.6(a)(4)).
    """
    data = event.data
    contact = Contact(
        contacted_at=min(data.requested_at, at.now),
        reply_to=data.reply_to,
        requests=("transfer",),
        qualification=data.qualification or "none",
        warrant=data.warrant,
    )
    changes = _remember(record, contact, rules)
    asked = replace(record, **changes)
    doubts = _time_doubts(record, data.requested_at, at.now)
    served = notices.served(record, rules, contact)
    detail: dict[str, object] = {
        "requested_at": format_instant(contact.contacted_at),
        "officer_reference": data.officer_reference,
        "warrant": data.warrant,
        "route": data.reply_to,
    }
    is_in_time = record.state == "held" and not is_past_deadline(record, at.now)
    if is_in_time and at.now - contact.contacted_at > rules.custody_request_lasts:
        expired = alarm(
            record, "custody_request_expired", "ICE's request for the person waited too long; a contact only"
        )
        sent = (*doubts, *served, *notices.answer(asked, rules, contact), expired)
        return Step(Outcome.CUSTODY_REQUEST_EXPIRED, changes, sent, detail)
    if is_in_time and notices.may_take_over(contact, rules.profile):
        closing = close(asked, "handed_over", contact.contacted_at, rules, Outcome.HANDED_OVER)
        sent = (*doubts, *served, *closing.notices)
        handed_over = Step(closing.outcome, changes | closing.changes, sent, {**detail, **closing.detail})
        return replace(handed_over, not_after=record.deadline)
    refused = _refuse(asked, rules, contact, is_in_time=is_in_time)
    return Step(Outcome.CUSTODY_REFUSED, changes, (*doubts, *served, *refused), detail)


def withdraw_contact(record: Record, event: IceContactWithdrawn, rules: Rules, at: Moment) -> Step:
    """ICE has lifted its request: from here on that route is sent nothing. The ceiling stays."""
    route = event.data.reply_to
    contacts = tuple(
        replace(contact, is_withdrawn=True) if route in {None, contact.reply_to} else contact
        for contact in record.contacts
    )
    detail: dict[str, object] = {"withdrawn_at": format_instant(event.data.withdrawn_at)}
    if route is not None:
        detail["route"] = route
    if contacts == record.contacts:
        return Step(Outcome.NOTED, detail=detail)
    return Step(Outcome.CONTACT_WITHDRAWN, {"contacts": contacts}, detail=detail)


def _time_doubts(record: Record, reported_at: datetime, now: datetime) -> list[Notice]:
    if reported_at - now > TOLERANCE:
        return [alarm(record, "time_doubtful", f"a contact by ICE is dated {IN_THE_FUTURE}: now counts")]
    return []


def _declined_detention(record: Record, rules: Rules) -> dict[str, object]:
    """The further detention that was declined, counted from the deadline."""
    assert record.deadline is not None
    declined = declined_detention_hours(record.deadline, rules.profile.calendar)
    return {
        "declined_detention_until": format_instant(declined.expires_at),
        "declined_detention_hours": declined.elapsed_hours,
    }


def _refuse(record: Record, rules: Rules, contact: Contact, *, is_in_time: bool) -> list[Notice]:
    """Nobody is handed over: ICE gets the reason and what a contact may know, and the watch is alarmed."""
    why: DeclineReason
    match record.state:
        case "held" if is_in_time:
            why, asked = "judicial_authority_required", "without the judicial authority that the law requires"
        case "held":
            why, asked = "already_released", "for a person whose deadline has passed"
        case "released":
            why, asked = "already_released", "for a person who is released"
        case _:
            why, asked = "not_in_custody", f"for a person who is not here ({record.state})"
    refused = [
        notices.declined(contact, why),
        alarm(record, "custody_refused", f"ICE asked {asked}; nobody is handed over"),
    ]
    if record.state == "closed" or not notices.may_have_date(contact, rules.profile):
        return refused
    return [*notices.answer(record, rules, contact), *refused]


def _remember(record: Record, contact: Contact, rules: Rules) -> Changes:
    """Keep the contact; the first one while held fixes the ceiling (clause 2 of the policy)."""
    changes: Changes = {"contacts": (*record.contacts, contact)}
    if record.state == "held" and record.ceiling is None:
        changes["ceiling"] = ceiling_at_contact(record, rules.profile)
    return changes
