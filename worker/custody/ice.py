"""What happens when ICE makes contact, or asks for a person at the counter."""

from datetime import datetime

from msgspec.structs import replace

from events.inbound import IceContacted, IceCustodyRequested
from events.instants import format_instant
from events.outbound import DeclineReason
from worker.custody import notices
from worker.custody.attention import is_due
from worker.custody.record import Ceiling, Changes, Contact, Record
from worker.custody.release import close
from worker.custody.rules import Rules
from worker.custody.transition import Notice, Outcome, Step, alarm
from worker.law.deadline import governing
from worker.law.federal.detainer_48h import declined_detention_hours


def answer_contact(record: Record, event: IceContacted, rules: Rules, now: datetime) -> Step:
    """ICE made contact: it is sent the release date, whatever it asked for (clause 3 of the policy).

    Where the profile allows no answer, that is declined and recorded. The person is served all the same.
    """
    data = event.data
    contact = Contact(
        contacted_at=data.contacted_at,
        reply_to=data.reply_to,
        form=data.form,
        requests=data.requests,
        qualification=data.qualification or "none",
    )
    changes = _remember(record, contact, rules)
    asked = replace(record, **changes)
    sent = notices.served(record, rules, contact)
    may_have_date = record.state != "closed" and notices.may_have_date(contact, rules.profile)
    # Past the deadline the release follows in the same commit, and answers this contact too.
    if not (may_have_date and is_due(record, now)):
        sent += notices.answer(asked, rules, contact)
    detail: dict[str, object] = {
        "channel": data.channel,
        "form": data.form,
        "requests": list(data.requests),
        "route": data.reply_to,
        "qualification": contact.qualification,
    }
    if contact.asks_to_hold and record.state == "held":
        detail |= _declined_detention(record, rules)
    return Step(Outcome.ICE_TOLD if may_have_date else Outcome.ICE_DECLINED, changes, tuple(sent), detail)


def answer_custody_request(record: Record, event: IceCustodyRequested, rules: Rules, now: datetime) -> Step:
    """ICE asks for the person: handed over while held and before the deadline, refused later (clause 6).

    A held record that is past its deadline has been released before this is asked, so `held` decides. Since
    2018 the profile also asks for judicial authority (Gov. Code § 7284.6(a)(4)).
    """
    data = event.data
    contact = Contact(
        contacted_at=data.requested_at,
        reply_to=data.reply_to,
        form="none",
        requests=("transfer",),
        qualification=data.qualification or "none",
        warrant=data.warrant,
    )
    changes = _remember(record, contact, rules)
    asked = replace(record, **changes)
    served = notices.served(record, rules, contact)
    detail = {"officer_reference": data.officer_reference, "warrant": data.warrant, "route": data.reply_to}
    if record.state == "held" and notices.may_take_over(contact, rules.profile):
        closing = close(asked, "handed_over", data.requested_at, rules, Outcome.HANDED_OVER)
        sent = (*served, *closing.notices)
        return Step(closing.outcome, changes | closing.changes, sent, detail | closing.detail)
    refused = _refuse(asked, rules, contact)
    return Step(Outcome.CUSTODY_REFUSED, changes, (*served, *refused), detail)


def _declined_detention(record: Record, rules: Rules) -> dict[str, object]:
    """The further detention that was declined, counted from the deadline."""
    assert record.deadline is not None
    declined = declined_detention_hours(record.deadline, rules.profile.calendar)
    return {
        "declined_detention_until": format_instant(declined.expires_at),
        "declined_detention_hours": declined.elapsed_hours,
    }


def _refuse(record: Record, rules: Rules, contact: Contact) -> list[Notice]:
    """Nobody is handed over: ICE gets the reason and what a contact may know, and the watch is alarmed."""
    why: DeclineReason
    match record.state:
        case "held":
            why, asked = "judicial_authority_required", "without the judicial authority that the law requires"
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
    """Keep the contact; the first one while held fixes the ceiling (clause 2).

    For the ceiling, limits that only await a finding of probable cause are taken as ended, so that a lawful
    finding can still take effect: the contact itself frees nobody early and holds nobody longer.
    """
    changes: Changes = {"contacts": (*record.contacts, contact)}
    if record.state == "held" and record.ceiling is None:
        limit = governing(record.arrest, rules.profile, probable_cause_found=True)
        assert record.deadline is not None
        changes["ceiling"] = Ceiling(deadline=max(limit.deadline, record.deadline), limit=limit.limit)
    return changes
