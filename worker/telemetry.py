"""Logs: JSON or console lines, through one pipe for this project, Celery and the standard library."""

import logging
import sys
from typing import Any, Final

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
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _drop_forbidden,
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if log_format == "console"
        else structlog.processors.JSONRenderer(sort_keys=True)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info if log_format == "json" else _unchanged,
            renderer,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, quiet in _QUIET_LOGGERS.items():
        logging.getLogger(name).setLevel(quiet)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _drop_forbidden(_logger: Any, _method: str, event: EventDict) -> EventDict:
    for key in FORBIDDEN_KEYS & event.keys():
        del event[key]
    return event


def _unchanged(_logger: Any, _method: str, event: EventDict) -> EventDict:
    return event
