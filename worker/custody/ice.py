"""What happens when ICE calls, or stands at the counter."""

from datetime import datetime

from events.inbound import IceContacted, IceCustodyRequested
from worker.custody import notices
from worker.custody.policy import Policy
from worker.custody.record import Ceiling, Contact, Record
from worker.custody.release import close
from worker.custody.transition import Notice, Outcome, Step, alarm
from worker.law.deadline import governing


def answer_contact(record: Record, event: IceContacted, policy: Policy, now: datetime) -> Step:
    """ICE made contact: it is told the release date, whatever it asked for (clause 3 of the policy)."""
    data = event.data
    contact = Contact(
        contacted_at=data.contacted_at,
        reply_to=data.reply_to,
        form=data.form,
        requests=data.requests,
        qualification=data.qualification or "none",
    )
    changes = _remember(record, contact, policy)
    asked = record.model_copy(update=changes)
    detail = {
        "channel": data.channel,
        "form": data.form,
        "requests": list(data.requests),
        "route": data.reply_to,
    }
    if record.state == "closed":
        return Step(Outcome.ICE_DECLINED, changes, (notices.not_in_custody(contact),), detail)
    return Step(Outcome.ICE_TOLD, changes, (_date_for(asked, contact),), detail)


def answer_custody_request(record: Record, event: IceCustodyRequested, policy: Policy, now: datetime) -> Step:
    """ICE asks for the person: handed over while held and before the deadline, refused later (clause 6).

    A held record that is past its deadline has been released before this is asked, so `held` decides.
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
    asked = record.model_copy(update=changes)
    detail = {"officer_reference": data.officer_reference, "warrant": data.warrant, "route": data.reply_to}
    if record.state == "held":
        closing = close(asked, "handed_over", data.requested_at, Outcome.HANDED_OVER)
        return Step(closing.outcome, changes | closing.changes, closing.notices, detail | closing.detail)
    if record.state == "released":
        told = [_date_for(asked, contact), notices.already_released(contact)]
    else:
        told = [notices.not_in_custody(contact)]
    refusal = alarm(
        record, "custody_refused", f"ICE asked for a person who is {record.state}; nobody is handed over"
    )
    return Step(Outcome.CUSTODY_REFUSED, changes, (*told, refusal), detail)


def _date_for(record: Record, contact: Contact) -> Notice:
    if record.state == "released":
        assert record.released_at is not None
        return notices.released_on(record, contact.reply_to, record.released_at)
    assert record.deadline is not None
    return notices.scheduled_on(record, contact.reply_to, record.deadline)


def _remember(record: Record, contact: Contact, policy: Policy) -> dict[str, object]:
    """Keep the contact; the first one while held fixes the ceiling (clause 2).

    The limits that only await a finding of probable cause are taken as ended, so that a lawful finding can
    still have its effect: the contact itself frees nobody early and holds nobody longer.
    """
    changes: dict[str, object] = {"contacts": (*record.contacts, contact)}
    if record.state == "held" and record.ceiling is None:
        limit = governing(record.arrest, policy.profile, probable_cause_found=True)
        changes["ceiling"] = Ceiling(deadline=limit.deadline, limit=limit.limit)
    return changes
