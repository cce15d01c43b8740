"""How a record lies in its hash: what the key and the field `stands` tell, the document does not repeat."""

from typing import Final

from msgspec import DecodeError
from msgspec.structs import force_setattr

from worker.custody.record import Record, read_record, write_record
from worker.store.unix_ms import from_ms

# The first field after those that are left out.
_FIRST: Final = b'"chain":'
_BEGINNING: Final = b"{" + _FIRST
_WHOLE: Final = b'{"booking":"%b","version":%b,"state":"%b",%b'


def document_of(record: Record) -> bytes:
    """The document to store: the record without booking, version, state and deadline.

    Raises:
        ValueError: the record has no journal entry yet; no such record is stored.
    """
    whole = write_record(record)
    return b"{" + whole[whole.index(_FIRST) :]


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
    try:
        version, state, deadline_ms, _ = (stands or b"").split(b" ")
        deadline = from_ms(int(deadline_ms)) if deadline_ms else None
    except (ValueError, OverflowError) as error:
        raise DecodeError("the field `stands` does not tell how the record stands") from error
    record = read_record(_WHOLE % (booking.encode(), version, state, document[1:]))
    # Nobody else has seen it yet, and an instant written as text and read again takes longer.
    force_setattr(record, "deadline", deadline)
    return record
