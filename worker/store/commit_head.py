"""The head of a commit: what the script checks it by and how it is laid out, in one argument.

One argument, not one per field: each costs a worker more to pack than the script to take apart.
"""

from typing import Final, NamedTuple, Self

_NONE: Final = ""


class CommitHead(NamedTuple):
    """The fields, in the order in which commit.lua reads them. Instants are Unix ms.

    Attributes:
        arguments: how many arguments of the call follow this one.
        before: the version that the stored record must have; 0 if it must not exist, None if no record is
            concerned.
        not_before_ms: the store's clock must have reached this (a release at the deadline).
        not_after_ms: the store's clock must not have reached this (a hand-over).
        inbox_before_ms: no unsettled inbox entry may have arrived before this (a release at the deadline).
        attention_ms: the record's timer.
        acknowledged: how many acknowledgements follow; `entries` of the journal, `outbound` events other than
            alarms, `alarms`, `forwards` and `rejects` likewise.
    """

    arguments: int
    before: int | None = None
    version: int | None = None
    not_before_ms: int | None = None
    not_after_ms: int | None = None
    inbox_before_ms: int | None = None
    deadline_ms: int | None = None
    ceiling_ms: int | None = None
    state: str | None = None
    attention_ms: int | None = None
    acknowledged: int = 0
    entries: int = 0
    outbound: int = 0
    alarms: int = 0
    forwards: int = 0
    rejects: int = 0

    def pack(self) -> str:
        """The text that the script reads: fields with blanks between, nothing for None."""
        return " ".join([_NONE if field is None else str(field) for field in self])

    @classmethod
    def unpack(cls, text: str) -> Self:
        """The head in a text, as the script reads it.

        Raises:
            ValueError: it is none.
        """
        texts = dict(zip(cls._fields, text.split(" "), strict=True))
        state = texts.pop("state") or None
        numbers = {name: None if text == _NONE else int(text) for name, text in texts.items()}
        return cls(state=state, **numbers)  # type: ignore[arg-type] # counts are never left out
