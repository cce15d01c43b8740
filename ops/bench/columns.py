"""The columns of each case's table, and where their figures are in a result."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from ops.bench.cases import Document

Entry: TypeAlias = Document
Column: TypeAlias = tuple[str, Callable[[Entry], float | None]]


def at(*path: str) -> Callable[[Entry], float | None]:
    """Finds a number in a document by its path of keys; None if there is none."""

    def find(entry: Entry) -> float | None:
        value: Any = entry
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return float(value) if isinstance(value, int | float) else None

    return find


def _at_latest(name: str, *within: str) -> Callable[[Entry], float | None]:
    """A lateness at its latest possible value: if reported in whole milliseconds, one more."""
    found = at(*within, "lateness_ms", name)

    def find(entry: Entry) -> float | None:
        value, step = found(entry), entry.get("resolution_ms", 0.001)
        return None if value is None else value + (step if step >= 1 else 0)

    return find


_LATENESS: Final[tuple[Column, ...]] = (
    ("p50 ms", _at_latest("p50")),
    ("p99 ms", _at_latest("p99")),
    ("max ms", _at_latest("max")),
    ("seen p50 ms", at("seen_ms", "p50")),
    ("seen p99 ms", at("seen_ms", "p99")),
)
_COUNTS: Final[tuple[Column, ...]] = (
    ("timers", at("wanted")),
    ("early", at("early")),
    ("unfired", at("unfired")),
    ("repeated", at("repeated")),
)
_GROWTH: Final[tuple[Column, ...]] = (("events/s", at("events_a_second")),)

COLUMNS: Final[dict[str, tuple[Column, ...]]] = {
    **dict.fromkeys(("spread", "instant", "steady"), (*_LATENESS, *_COUNTS)),
    "backlog": (
        ("first after start s", at("first_after_start_seconds")),
        ("all gone s", at("gone_after_start_seconds")),
        *_COUNTS,
    ),
    "kills": (*_COUNTS, ("extra firings", at("extra_firings")), ("p99 ms", _at_latest("p99"))),
    "redelivery": (*_COUNTS, ("extra firings", at("extra_firings"))),
    "pending": (
        ("set", at("set")),
        ("set/s", at("scheduled_a_second")),
        ("server bytes each", at("stored_bytes_a_timer")),
        ("worker bytes each", at("worker_bytes_a_timer")),
    ),
    "floor": (
        ("bookings/s", at("bookings", "custody_a_second")),
        ("floor", at("bookings", "floor_a_second")),
        ("share", at("bookings", "share_of_floor")),
        ("bytes each", at("bookings", "bytes_a_booking")),
        ("releases/s", at("releases", "custody_a_second")),
        ("floor ", at("releases", "floor_a_second")),
        ("share ", at("releases", "share_of_floor")),
    ),
    "board": (
        *_LATENESS,
        ("page p50 ms", at("page_ms", "p50")),
        ("page p99 ms", at("page_ms", "p99")),
        ("board, cores", at("board_core_share")),
        ("board MB", at("board_megabytes")),
        ("store, cores", at("store_core_share")),
        ("sent kB/s", at("sent_kilobytes_a_second")),
    ),
    "growth-pending": (
        *_GROWTH,
        ("bytes each", at("stored_bytes_a_record")),
        ("workers MB", lambda entry: (at("workers_bytes")(entry) or 0) / 1e6),
        ("p50 ms", _at_latest("p50")),
        ("p99 ms", _at_latest("p99")),
        ("seen p99 ms", at("seen_ms", "p99")),
        ("rewriting s", at("rewriting", "lasted_seconds")),
        ("p99 ms meanwhile", _at_latest("p99", "rewriting")),
        ("idle workers, cores", at("idle_workers_core_share")),
        ("idle store, cores", at("idle_store_core_share")),
        ("store back s", at("store_back_seconds")),
        ("then released after s", at("released_after_store_answered_seconds")),
    ),
    **dict.fromkeys(("growth-workers", "growth-shards", "growth-batch"), _GROWTH),
}
