"""What the person reads, and counsel's copy of it: short sentences that six years of school are enough for.

A test measures that.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from events.facts import IceRequest
from events.outbound import SubjectIceRequestServed, SubjectReleaseDateGiven
from worker.desk.letter import Letter, paragraphs
from worker.desk.letter_words import everyday_time, instant_of
from worker.plain_text import escaped

_ASKED: Final[Mapping[IceRequest, str]] = MappingProxyType(
    {
        "release_date": "They asked when you will go free.",
        "hold": "They asked us to keep you here longer.",
        "transfer": "They asked us to hand you to them.",
        "interview": "They asked to talk with you.",
    }
)

_FIRST: Final[Mapping[str, str]] = MappingProxyType(
    {
        "scheduled": "We told ICE that you will go free on {when}.",
        "approaching": "We told ICE that you will go free soon, on {when}.",
        "released": "We told ICE that you went free on {when}.",
        "withdrawn": "On {when}, we took back the date that we gave ICE.",
    }
)

_NO_LONGER: Final = "We do not keep you here longer for them."

_REST: Final[Mapping[str, str]] = MappingProxyType(
    {
        "scheduled": "It may be sooner. If the day is not right any more, we will let you know.",
        "approaching": _NO_LONGER,
        "released": "We did not keep you here longer for them.",
        "withdrawn": "It is not right any more.",
    }
)

_CLOSING: Final = "By law, we must let you know. This is your copy. You can show it to a lawyer."


def request_served(event: SubjectIceRequestServed, zone: ZoneInfo) -> Letter:
    """A copy of ICE's request, and whether the agency will comply."""
    data = event.data
    asked = [_asked(request) for request in dict.fromkeys(data.requests)]
    form = "" if data.form == "none" else f"They sent a paper called {escaped(data.form)}."
    return _letter(
        event,
        "ICE asked about you",
        f"ICE asked us about you on {everyday_time(data.contacted_at, zone)}.",
        " ".join(filter(None, [form, *(asked or ["They did not say what they want."])])),
        f"{_answer(data.requests, will_comply=data.will_comply)} {_NO_LONGER}",
    )


def release_date(event: SubjectReleaseDateGiven, zone: ZoneInfo) -> Letter:
    """The twin of the notice that ICE was sent."""
    data = event.data
    hold = f"{_ASKED['hold']} We said no." if data.hold_request == "declined" else ""
    return _letter(
        event,
        "What we told ICE about you",
        _FIRST[data.status].format(when=everyday_time(instant_of(data), zone)),
        _REST.get(data.status, ""),
        hold,
    )


def _letter(event: SubjectIceRequestServed | SubjectReleaseDateGiven, about: str, *texts: str) -> Letter:
    opening = (
        f'This is a copy for the lawyer of the person booked as {event.subject}. "You" is that person.'
        if event.audience == "counsel"
        else ""
    )
    return Letter(
        f"{about}: booking {event.subject}",
        paragraphs(opening, *texts, f"{_CLOSING} Your booking number is {event.subject}."),
    )


def _asked(request: str) -> str:
    known = {str(word): sentence for word, sentence in _ASKED.items()}.get(request)
    return known or f'They asked for this too: "{escaped(request)}".'


def _answer(requests: tuple[str, ...], *, will_comply: bool) -> str:
    if will_comply:
        return "We will do what they asked." if requests else "We will tell them when you go free."
    if len(requests) > 1:
        return "We will not do all that they asked."
    return "We will not do that." if requests else "We will not tell them when you go free."
