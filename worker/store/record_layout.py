"""How a record lies in its hash: the document leaves out what the key and the field `stands` tell.

That is the booking number, and version, state and deadline. The ceiling is in both, since `stands` has only
its instant.
"""

import re
from datetime import datetime
from typing import Final

from msgspec import DecodeError
from msgspec.structs import force_setattr

from worker.custody.record import Record, read_record, write_record
from worker.store.unix_ms import from_ms, to_ms_up

# The first field after those that are left out.
_FIRST: Final = b'"chain":'
_BEGINNING: Final = b"{" + _FIRST
# As strict as the script, so that nothing is decided about a record that could not be committed.
_STANDS: Final = re.compile(rb"(\d+) ([a-z_]+) (\d*) \d*").fullmatch
_WHOLE: Final = b'{"booking":"%b","version":%b,"state":"%b",%b'


def document_of(record: Record) -> bytes:
    """The document to store: the record without booking, version, state and deadline.

    Raises:
        ValueError: the record has no journal entry yet; no such record is stored.
    """
    whole = write_record(record)
    return b"{" + whole[whole.index(_FIRST) :]


def stands_of(record: Record) -> bytes:
    """The field `stands` of a record, as commit.lua writes it."""
    ceiling = record.ceiling.deadline if record.ceiling else None
    return f"{record.version} {record.state} {_ms(record.deadline)} {_ms(ceiling)}".encode()


def record_of(booking: str, stands: bytes | None, document: bytes) -> Record:
    """The record of a booking.

    Args:
        stands: version, state, deadline and ceiling, as commit.lua writes them; None in an older layout.
        document: what stands beside them; in an older layout the whole record.

    Raises:
        msgspec.DecodeError: it is none, or of a later version of the software.
    """
    if not document.startswith(_BEGINNING):
        return read_record(document)
    told = _STANDS(stands or b"")
    if told is None or (told[2] == b"held" and not told[3]):
        raise DecodeError("the field `stands` does not tell how the record stands")
    version, state, deadline_ms = told.groups()
    try:
        deadline = from_ms(int(deadline_ms)) if deadline_ms else None
    except OverflowError as error:
        raise DecodeError("the field `stands` tells of no such instant") from error
    record = read_record(_WHOLE % (booking.encode(), version, state, document[1:]))
    # Nobody else has seen it yet, and an instant written as text and read again takes longer.
    force_setattr(record, "deadline", deadline)
    return record


def _ms(instant: datetime | None) -> str:
    return "" if instant is None else str(to_ms_up(instant))
