"""Logging: JSON or console lines on standard error, from this project, Celery and the standard library alike.

The log events of the project are listed in `worker/log_events.py`.
"""

import logging
import os
import select
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import orjson
import structlog
from structlog.typing import EventDict, Processor

from worker.clock import SystemClock

FORBIDDEN_KEYS: Final = frozenset(
    {"charges", "statute", "description", "raw", "payload", "data", "name", "args", "kwargs"}
)
"""Fields that are dropped from every line: more people read a log than a record."""

_WALL_CLOCK: Final = SystemClock()
_STANDARD_ERROR: Final = 2
_of_this_thread: Final = threading.local()

_QUIET_LOGGERS: Final = {
    "celery.worker.strategy": logging.WARNING,
    "celery.app.trace": logging.WARNING,
    "kombu": logging.WARNING,
    "amqp": logging.WARNING,
}


def configure_logging(log_format: str, level: int = logging.INFO) -> None:
    """Write every log line of this process to standard error, as `json` or for a `console`."""
    stamp: Processor
    render: list[Processor]
    if log_format == "console":
        stamp, render = structlog.processors.TimeStamper(fmt="iso", utc=True), [_console_renderer()]
    else:
        stamp, render = _stamp, [structlog.processors.format_exc_info, _to_json]
    ours: list[Processor] = [structlog.processors.add_log_level, stamp, _drop_forbidden]
    structlog.configure(
        processors=[*ours, *render],
        logger_factory=_LineLogger,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    remove_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *ours], processors=[remove_meta, *render]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.captureWarnings(True)
    for quiet, quiet_level in _QUIET_LOGGERS.items():
        logging.getLogger(quiet).setLevel(quiet_level)


@contextmanager
def lines_together() -> Iterator[None]:
    """Buffer what this thread logs, and write several lines per call: a call per line is 5 % of a release.

    A call writes no more than a pipe takes atomically, unless one line alone is longer: the lines of two
    processes do not mix.
    """
    outer = _kept_lines()
    kept = _of_this_thread.lines = bytearray()
    try:
        yield
    finally:
        _of_this_thread.lines = outer
        _write(kept)


def _console_renderer() -> Processor:
    # The renderer's default tracebacks show local variables, and those hold charges.
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )


class _LineLogger:
    """Writes whole lines without a lock, since a pool's child may be forked while a thread logs."""

    def __init__(self, *_names: str) -> None:
        pass

    def msg(self, line: str) -> None:
        text = bytearray(line.encode("utf-8", "replace") + b"\n")
        kept = _kept_lines()
        if kept is None:
            _write(text)
            return
        if len(kept) + len(text) > select.PIPE_BUF:
            _write(kept)
        kept += text

    debug = info = warning = error = critical = exception = msg


def _kept_lines() -> bytearray | None:
    return getattr(_of_this_thread, "lines", None)


def _write(lines: bytearray) -> None:
    """Write in one call, and never again if it fails: a line may be lost, none is repeated.

    A failure reaches nobody: who is released must not depend on a log's disk.
    """
    text = bytes(lines)
    lines.clear()
    if text:
        with suppress(OSError):
            os.write(_STANDARD_ERROR, text)


def _to_json(_logger: Any, _method: str, event: EventDict) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z).decode()


def _stamp(_logger: Any, _method: str, event: EventDict) -> EventDict:
    # Left as a datetime: orjson writes it faster than it can be formatted.
    event["timestamp"] = _WALL_CLOCK.now()
    return event


def _drop_forbidden(_logger: Any, _method: str, event: EventDict) -> EventDict:
    if FORBIDDEN_KEYS.isdisjoint(event):
        return event
    return {key: value for key, value in event.items() if key not in FORBIDDEN_KEYS}
