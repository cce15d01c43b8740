"""What is known of a log event."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["info", "warning", "error", "exception"]


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One log event.

    Attributes:
        level: of the call; `exception` is an error with a traceback.
        meaning: what happened, and what the service does about it.
        fields: what a line has beside event, level and timestamp.
        one_of: further fields, of which a line has exactly one.
    """

    level: Level
    meaning: str
    fields: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
