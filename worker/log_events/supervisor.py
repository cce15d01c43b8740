"""The log events of `custody run`, which keeps the parts of the service running."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from worker.log_events.log_event import LogEvent

SUPERVISOR_EVENTS: Final[Mapping[str, LogEvent]] = MappingProxyType(
    {
        "part_ended": LogEvent(
            "error",
            "A part ended, and nobody had asked it to; its own last line says why. `custody run` starts it "
            "again in so many seconds, and the others go on. A negative status is a signal's number.",
            ("part", "status", "restart_in_seconds"),
        ),
        "part_not_started": LogEvent(
            "error",
            "A part could not be started, perhaps for lack of memory; tried again in so many seconds.",
            ("part", "problem", "restart_in_seconds"),
        ),
        "part_restarted": LogEvent("info", "A part that had ended was started again.", ("part",)),
        "service_stopping": LogEvent(
            "info", "`custody run` was asked to end: it ends its parts, then its store."
        ),
        "parts_killed": LogEvent(
            "warning",
            "These parts did not end within 18 s, or Ctrl-C was pressed twice: they were killed, and nothing "
            "is lost. The exit status is 1.",
            ("parts",),
        ),
    }
)
