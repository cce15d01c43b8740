"""What makes two alarms the same. While one waits for a person, the same again only counts."""

from hashlib import blake2b
from typing import Final

from msgspec import Struct

from events.inbound import PersonTransferred
from events.outbound import Alarm, ClockAlarmed

IN_THE_FUTURE: Final = "in the future"
"""In the words of an alarm about an instant that has not come yet: what counts instead is now."""

_TRANSFER: Final = PersonTransferred.model_fields["type"].default


class RaisedAlarm(Struct, frozen=True):
    """An alarm to be committed.

    Attributes:
        same: equal for two that are the same: the code, what it is about, and a distinction.
    """

    event: ClockAlarmed
    same: str


def raised(event: ClockAlarmed) -> RaisedAlarm:
    """An alarm of a transition: the same if it says the same about the same booking.

    One that says something else about it, such as that another time is doubtful, is another alarm. What is
    wrong with all such events of a system is counted for all their bookings together.
    """
    about = event.subject
    said = event.data.detail.removeprefix(f"booking {about}: ")
    if event.data.source is not None and _is_about_the_sender(event.data, said):
        about, said = "", f"{event.data.source}: {event.data.event_type}: {said}"
    return RaisedAlarm(
        event, f"{event.data.code}:{about}:{blake2b(said.encode(), digest_size=6).hexdigest()}"
    )


def _is_about_the_sender(alarm: Alarm, said: str) -> bool:
    """Whether it is put right in the system that sends it, and leaves no booking in doubt: words, a clock.

    A transfer to an unknown place does: somebody must find out where that person is.
    """
    if alarm.code == "time_doubtful":
        return all(IN_THE_FUTURE in doubt for doubt in said.split("; "))
    return alarm.code == "word_unknown" and alarm.event_type != _TRANSFER
