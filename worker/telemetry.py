"""Logs: JSON or console lines, through one pipe for this project, Celery and the standard library."""

import logging
import os
import sys
from typing import Any, Final

import orjson
import structlog
from structlog.typing import EventDict, Processor

FORBIDDEN_KEYS: Final = frozenset(
    {"charges", "statute", "description", "raw", "payload", "data", "name", "args", "kwargs"}
)
"""Nothing by these names is ever logged: a log is read by more people than a record."""

_QUIET_LOGGERS: Final = {
    "celery.worker.strategy": logging.WARNING,
    "celery.app.trace": logging.WARNING,
    "kombu": logging.WARNING,
    "amqp": logging.WARNING,
}


def configure_logging(log_format: str, level: int = logging.INFO) -> None:
    """Send every log line of this process to standard error, in this format (`json` or `console`)."""
    ours: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _drop_forbidden,
    ]
    render: list[Processor] = (
        [_console_renderer()] if log_format == "console" else [structlog.processors.format_exc_info, _to_json]
    )
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


def _console_renderer() -> Processor:
    # The renderer's own tracebacks show local variables, and those hold charges.
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )


class _LineLogger:
    """Writes each line in one call, without a lock: a pool's child may be forked while a thread logs."""

    def __init__(self, *_names: str) -> None:
        self._descriptor = sys.stderr.fileno()

    def msg(self, line: str) -> None:
        os.write(self._descriptor, line.encode("utf-8", "replace") + b"\n")

    debug = info = warning = error = critical = exception = msg


def _to_json(_logger: Any, _method: str, event: EventDict) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_SORT_KEYS).decode()


def _drop_forbidden(_logger: Any, _method: str, event: EventDict) -> EventDict:
    for key in FORBIDDEN_KEYS & event.keys():
        del event[key]
    return event
