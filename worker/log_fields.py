"""The fields of the log events, by name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "accepted": "how many events take effect",
        "address": "the URL that is listened on",
        "attempt": "1 for the first attempt; 0 where none was made",
        "booking": "the booking number; null where it cannot be read or none is concerned",
        "bookings": "booking numbers",
        "cause": "the type of the event that caused it, or `clock`",
        "check": "the check, as `custody doctor` names it",
        "chore": "the name of the chore",
        "client": "the address of whoever asked",
        "code": "the alarm code",
        "cut_bytes": "how many bytes were cut off the end of the append-only file",
        "deliveries": "how often the inbox entry has been handed to a worker",
        "detail": "the same in words",
        "due": "how many bookings were due together",
        "embedded_store": "whether this process owns the embedded store",
        "entries": "how many inbox entries were read together",
        "event_id": "the id of the event that caused it; null where the clock did",
        "failures": "how many attempts failed before",
        "inbox_id": "the id of the inbox entry; empty if the event had waited for its booking",
        "kept_in": "the path of the file that keeps what was cut off",
        "lines": "how many log lines",
        "notice": "the notice's event id",
        "outbox_id": "its entry in the outbox",
        "outcome": "what happened, as the journal names it",
        "pool_processes": "how many pool processes were left",
        "problem": "the kind of error, or the error in words",
        "profile": "the name of the profile",
        "reading": "the part of `/metrics`, as its label names it",
        "reason": "the reason of the rejection",
        "refused": "how many events cannot be understood; they are kept in the stream `rejects`",
        "route": "the pattern of the address",
        "setting": "the name of the variable",
        "status": "the exit status of a process, or of an HTTP answer",
        "sink": "the name of the sink",
        "sinks": "the names of its threads, one a sink",
        "shard": "the number of the shard",
        "signal": "the name of the signal",
        "stack": "where the thread is, innermost last",
        "verdict": "`warning` or `unsafe`",
        "token": "the name of a token, never the token",
        "timers": "how many timers",
        "version": "the record's version after it",
    }
)
