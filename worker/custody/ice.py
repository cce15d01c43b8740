"""What happens when ICE calls, or stands at the counter."""

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from events.inbound import IceContacted, IceCustodyRequested
from events.instants import format_instant
from worker.custody import notices
from worker.custody.policy import Policy
from worker.custody.record import Ceiling, Contact, Record
from worker.custody.release import close
from worker.custody.transition import Notice, Outcome, Step, alarm
from worker.law.deadline import governing
from worker.law.limits.detainer_48h import declined_detention_hours


def answer_contact(record: Record, event: IceContacted, policy: Policy, now: datetime) -> Step:
    """ICE made contact: it is told the release date, whatever it asked for (clause 3 of the policy).

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
    changes = _remember(record, contact, policy)
    asked = replace(record, **changes)
    told = notices.served(record, policy, contact)
    may_be_told = record.state != "closed" and notices.may_be_told(contact, policy.profile)
    # Past the deadline the end of custody follows in the same commit, and tells this contact too.
    told_anyway = record.state == "held" and record.deadline is not None and now >= record.deadline
    if not (told_anyway and may_be_told):
        told += notices.answer(asked, policy, contact)
    detail: dict[str, object] = {
        "channel": data.channel,
        "form": data.form,
        "requests": list(data.requests),
        "route": data.reply_to,
        "qualification": contact.qualification,
    }
    if contact.asks_to_hold and record.state == "held":
        detail |= _declined_detention(record, policy)
    return Step(Outcome.ICE_TOLD if may_be_told else Outcome.ICE_DECLINED, changes, tuple(told), detail)


def answer_custody_request(record: Record, event: IceCustodyRequested, policy: Policy, now: datetime) -> Step:
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
    changes = _remember(record, contact, policy)
    asked = replace(record, **changes)
    served = notices.served(record, policy, contact)
    detail = {"officer_reference": data.officer_reference, "warrant": data.warrant, "route": data.reply_to}
    if record.state == "held" and notices.may_take_over(contact, policy.profile):
        closing = close(asked, "handed_over", data.requested_at, policy, Outcome.HANDED_OVER)
        told = (*served, *closing.notices)
        return Step(closing.outcome, changes | closing.changes, told, detail | closing.detail)
    refused = _refuse(asked, policy, contact)
    return Step(Outcome.CUSTODY_REFUSED, changes, (*served, *refused), detail)


def _declined_detention(record: Record, policy: Policy) -> dict[str, object]:
    """The further detention that declining the hold spares the person, were it counted from the deadline."""
    assert record.deadline is not None
    declined = declined_detention_hours(record.deadline, policy.profile.calendar)
    return {
        "declined_detention_until": format_instant(declined.expires_at),
        "declined_detention_hours": declined.elapsed_hours,
    }


def _refuse(record: Record, policy: Policy, contact: Contact) -> list[Notice]:
    """Nobody is handed over: ICE is told why and what a contact may know, and the watch is alarmed."""
    match record.state:
        case "held":
            why, told = "judicial_authority_required", "without the judicial authority that the law requires"
        case "released":
            why, told = "already_released", "for a person who is released"
        case _:
            why, told = "not_in_custody", f"for a person who is not here ({record.state})"
    refused = [
        notices.declined(contact, why),
        alarm(record, "custody_refused", f"ICE asked {told}; nobody is handed over"),
    ]
    if record.state == "closed" or not notices.may_be_told(contact, policy.profile):
        return refused
    return [*notices.answer(record, policy, contact), *refused]


def _remember(record: Record, contact: Contact, policy: Policy) -> dict[str, Any]:
    """Keep the contact; the first one while held fixes the ceiling (clause 2).

    The limits that only await a finding of probable cause are taken as ended, so that a lawful finding can
    still have its effect: the contact itself frees nobody early and holds nobody longer.
    """
    changes: dict[str, Any] = {"contacts": (*record.contacts, contact)}
    if record.state == "held" and record.ceiling is None:
        limit = governing(record.arrest, policy.profile, probable_cause_found=True)
        assert record.deadline is not None
        changes["ceiling"] = Ceiling(deadline=max(limit.deadline, record.deadline), limit=limit.limit)
    return changes
