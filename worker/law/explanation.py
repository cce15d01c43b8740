"""Why a deadline is what it is: every limit, step by step, and the one that governs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from events.instants import format_instant
from worker.law.arrest import Arrest
from worker.law.limit import Limit
from worker.law.profile import Profile
from worker.law.rounding import cut_off_to_millisecond
from worker.law.steps import Step, plain_duration


@dataclass(frozen=True, slots=True)
class LimitExplanation:
    """One limit as it applies to one arrest.

    `expires_at` is in UTC, rounded up to a whole millisecond; the steps are exact and end at the instant
    before rounding.
    """

    limit: Limit
    expires_at: datetime
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An enabled limit that does not apply to this arrest, by name, and the reason."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Every limit that applies to an arrest, in the profile's order, and the one that governs.

    Attributes:
        left_out: the enabled limits that do not apply, with the reason.
        governing: the name of the limit that governs.
        deadline: in UTC, rounded up to a whole millisecond.
    """

    arrest: Arrest
    profile: Profile
    limits: tuple[LimitExplanation, ...]
    left_out: tuple[LeftOut, ...]
    governing: str
    deadline: datetime

    def why(self, words: Mapping[str, str] | None = None) -> str:
        """One sentence that says why the governing limit governs.

        Args:
            words: how to call each limit, by its name; without them limits are called by their names.
        """
        called = words or {one.limit.name: one.limit.name for one in self.limits}
        governs = called[self.governing]
        others = [
            (one.expires_at, called[one.limit.name])
            for one in self.limits
            if one.limit.name != self.governing
        ]
        if not others:
            return f"{governs} is the only limit that applies."
        together = [other for expires_at, other in others if expires_at == self.deadline]
        if together:
            return f"{governs} expires first, together with {' and '.join(together)}, and is listed first."
        expires_at, other = min(others)
        return f"{governs} expires first, {plain_duration(expires_at - self.deadline)} before {other}."

    def to_document(self) -> dict[str, Any]:
        """The explanation as JSON-ready data; instants are RFC 3339 in UTC with milliseconds.

        The instants of arrest and booking are truncated to milliseconds; the deadlines are computed from the
        exact ones.
        """
        return {
            "profile": self.profile.name,
            "arrested_at": format_instant(cut_off_to_millisecond(self.arrest.arrested_at)),
            "booked_at": format_instant(cut_off_to_millisecond(self.arrest.booked_at)),
            "arrest_kind": self.arrest.kind,
            "limits": [
                {
                    "name": explained.limit.name,
                    "citation": explained.limit.citation,
                    "expires_at": format_instant(explained.expires_at),
                    "steps": [step.text for step in explained.steps],
                }
                for explained in self.limits
            ],
            "left_out": [{"name": left.name, "reason": left.reason} for left in self.left_out],
            "governing": self.governing,
            "deadline": format_instant(self.deadline),
            "why": self.why(),
        }
