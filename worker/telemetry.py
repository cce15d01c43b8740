"""Logging: JSON or console lines on standard error, from this project, Celery and the standard library alike.

The log events of the project are listed in `worker/log_events/`.
"""

import atexit
import io
import json
import logging
import os
from typing import Any, Final, TextIO

import orjson
import structlog
from structlog.typing import EventDict, ExcInfo, Processor

from worker.clock import SystemClock
from worker.log_writer import LogWriter
from worker.plain_text import escaped

FORBIDDEN_KEYS: Final = frozenset(
    {"charges", "statute", "description", "raw", "payload", "data", "name", "args", "kwargs"}
)
"""Fields that are dropped from every line: more people read a log than a record."""

_WALL_CLOCK: Final = SystemClock()
_STANDARD_ERROR: Final = 2
_writer: LogWriter

FLUSH_SECONDS: Final = 1.0
"""How long the end of a process waits for its log."""

_QUIET_LOGGERS: Final = {
    "celery.worker.strategy": logging.WARNING,
    "celery.app.trace": logging.WARNING,
    "kombu": logging.WARNING,
    "amqp": logging.WARNING,
}


def configure_logging(log_format: str | None, level: int = logging.INFO) -> None:
    """Write every log line of this process to standard error, without making the caller wait for it.

    Args:
        log_format: `json` or `console`; None: for a person if standard error is a terminal, else JSON.
    """
    log_format = log_format or ("console" if _is_terminal() else "json")
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
    handler = _LineHandler()
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


def flush_log(seconds: float = FLUSH_SECONDS) -> bool:
    """Wait at most so long until what was logged is written; whether it is. For the end of a process."""
    return _writer.flush(seconds)


def _console_renderer() -> Processor:
    # The renderer's default tracebacks show local variables, and those hold charges.
    renderer = structlog.dev.ConsoleRenderer(colors=_is_terminal(), exception_formatter=_plain_traceback)

    def render(logger: Any, method: str, event: EventDict) -> str:
        plain = {
            key: escaped(value, keep="\n") if isinstance(value, str) else value
            for key, value in event.items()
        }
        return str(renderer(logger, method, plain))

    return render


def _plain_traceback(line: TextIO, raised: ExcInfo) -> None:
    traceback = io.StringIO()
    structlog.dev.plain_traceback(traceback, raised)
    line.write(escaped(traceback.getvalue(), keep="\n"))


def _is_terminal() -> bool:
    try:
        return os.isatty(_STANDARD_ERROR)
    except OSError:
        return False


class _LineLogger:
    """Where structlog's lines go."""

    def __init__(self, *_names: str) -> None:
        pass

    def msg(self, line: str) -> None:
        put_line(line)

    debug = info = warning = error = critical = exception = msg


class _LineHandler(logging.Handler):
    """Where the lines of the standard library's loggers go: Celery's, kombu's, warnings."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception as error:
            line = f"{record.name}: a log line could not be formatted ({type(error).__name__})"
        put_line(line)


def put_line(line: str) -> None:
    """Write a line to the log as it is. Never blocks, never fails."""
    _writer.put(line.encode("utf-8", "replace") + b"\n")


def _use_new_writer() -> None:
    """For a forked process: the thread was not copied, and the lines that waited are the parent's."""
    global _writer  # noqa: PLW0603 - one per process
    _writer = LogWriter(_STANDARD_ERROR)


_use_new_writer()
os.register_at_fork(after_in_child=_use_new_writer)
atexit.register(flush_log)


def _to_json(_logger: Any, _method: str, event: EventDict) -> str:
    try:
        return orjson.dumps(event, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z).decode()
    except Exception:  # a lone surrogate, say: whoever logs must not fail
        return json.dumps({key: repr(value) for key, value in event.items()})


def _stamp(_logger: Any, _method: str, event: EventDict) -> EventDict:
    # Left as a datetime: orjson writes it faster than it can be formatted.
    event["timestamp"] = _WALL_CLOCK.now()
    return event


def _drop_forbidden(_logger: Any, _method: str, event: EventDict) -> EventDict:
    if FORBIDDEN_KEYS.isdisjoint(event):
        return event
    return {key: value for key, value in event.items() if key not in FORBIDDEN_KEYS}
