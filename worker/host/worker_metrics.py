"""What only the worker's own process knows, for Prometheus: how late its pacemaker releases."""

import os
from contextlib import suppress
from datetime import timedelta
from typing import Final
from wsgiref.simple_server import WSGIServer

import structlog
from prometheus_client import CollectorRegistry, Histogram, start_http_server

from worker.metrics_catalogue import LATENESS, METRICS

log = structlog.get_logger("custody")

_MINUTE: Final = 60.0
_HOUR: Final = 3600.0
BUCKETS: Final = (
    *(0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0, 30.0, _MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR, 4 * _HOUR, 12 * _HOUR),
)
"""In seconds. Usual is a millisecond; from 60 s on a release counts as late."""


class WorkerMetrics:
    """The metrics of one worker, served from a daemon thread. They begin at 0 with each process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._lateness = Histogram(
            LATENESS, METRICS[LATENESS].meaning, registry=self.registry, buckets=BUCKETS
        )
        self._server: WSGIServer | None = None

    def note_release(self, late: timedelta) -> None:
        """A release at a deadline was committed so long after it was due."""
        self._lateness.observe(late.total_seconds())

    def serve(self, host: str, port: int) -> None:
        """Begin to answer. Where the address cannot be had, it is logged, and the worker goes on."""
        try:
            self._server, _ = start_http_server(port, host, self.registry)
        except OSError as error:
            log.warning("metrics_not_served", problem=error.strerror or type(error).__name__)
            return
        # A pool process that is forked later would keep the port open after the worker has died.
        os.register_at_fork(after_in_child=self._close_socket)

    def stop(self) -> None:
        """Answer no more."""
        if self._server is not None:
            self._server.shutdown()
            self._close_socket()

    def _close_socket(self) -> None:
        if self._server is not None:
            with suppress(OSError):
                self._server.socket.close()
