"""The head of a stored record: version, state, deadline and ceiling, in one field that the script compares.

Beside it in the record's hash are `doc`, the whole record as JSON, and `journal`, the ids of its entries.
"""

from worker.custody.record import Record
from worker.store.unix_ms import to_ms_or_empty


def head_of(record: Record) -> bytes:
    """The head of a record, as commit.lua writes it."""
    ceiling = record.ceiling.deadline if record.ceiling else None
    return (
        f"{record.version} {record.state} {to_ms_or_empty(record.deadline)} {to_ms_or_empty(ceiling)}"
    ).encode()
