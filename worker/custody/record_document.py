"""A record as the JSON document that is stored, and the format number that it names."""

from typing import Final

from msgspec import DecodeError, Struct
from msgspec.json import Decoder, Encoder

from worker.custody.commit_time import AT_COMMIT, marked
from worker.custody.record import FORMAT, Record

_DECODER: Final = Decoder(Record)
_ENCODER: Final = Encoder()


class _Format(Struct):
    format: int


_FORMAT_DECODER: Final = Decoder(_Format)


class UnknownFormatError(DecodeError):
    """A stored record names a format that this version of the software does not know."""


def read_record(document: bytes) -> Record:
    """The record in a document.

    Raises:
        UnknownFormatError: it is in another format than this version's.
        msgspec.DecodeError: it is no record.
    """
    found = _FORMAT_DECODER.decode(document).format
    if found != FORMAT:
        raise UnknownFormatError(
            f"its format is {found} and this version reads {FORMAT}: run the version that wrote it"
        )
    return _DECODER.decode(document)


def write_record(record: Record) -> bytes:
    """The document to store, with a mark for the commit's instant, which only the store knows."""
    document = _ENCODER.encode(record)
    return marked(document) if AT_COMMIT in (record.released_at, record.closed_at) else document
