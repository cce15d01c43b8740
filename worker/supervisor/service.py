"""The service on one machine: which parts it has, and what each is started with."""

import time
from collections.abc import Callable, Sequence
from typing import Final

from worker import heartbeat
from worker.host.kept_store import KeptStore
from worker.host.sinks import check_routes
from worker.host.standard_streams import fill_gaps
from worker.settings import Settings
from worker.supervisor.part import KeptPart, Part
from worker.supervisor.supervisor import Supervisor
from worker.telemetry import configure_logging
from worker.web.access import own_token
from worker.web.access.tokens import new_secret

_LONGEST_WAIT_OF_WORKER_SECONDS: Final = 4.0
"""While no worker runs nobody is released."""

_HEAD_START_SECONDS: Final = 5.0
"""The other parts leave the machine to the worker until it is at work, or for so long at most."""


def run_service(
    settings: Settings, worker_options: Sequence[str], board_options: Sequence[str] | None
) -> int:
    """Start store, worker, notifier and board, and keep them running until asked to end.

    What is wrong with the board keeps nobody from being released: it is tried again, and says why each time.

    Args:
        worker_options: of `custody worker`.
        board_options: of `custody board`; None: without a board.

    Returns:
        The exit status: 0 if it was asked to end and all parts have finished what they had in hand.

    Raises:
        worker.delivery.routing_file.RoutingFileError: the routing file cannot be used.
        worker.embedded.server.EmbeddedStoreFault: the embedded store cannot be started.
    """
    fill_gaps()
    configure_logging(settings.log_format)
    check_routes(settings)
    before = heartbeat.last_beat(settings.data_dir)
    store = KeptStore.own(settings.data_dir) if settings.store_url is None else None
    began_at = time.monotonic()

    def has_worked() -> bool:
        return heartbeat.last_beat(settings.data_dir) != before

    def may_worker_start() -> bool:
        return store is None or store.is_ready

    def may_others_start() -> bool:
        return has_worked() or time.monotonic() > began_at + _HEAD_START_SECONDS

    try:
        parts = [
            _worker(worker_options, may_worker_start),
            *_others(settings, board_options, may_others_start),
        ]
        return Supervisor([KeptPart(part) for part in parts], store, has_worked).run()
    except BaseException:
        if store is not None:
            store.stop()
        raise


def _worker(options: Sequence[str], may_start: Callable[[], bool]) -> Part:
    return Part(
        "worker",
        ("worker", *options),
        longest_wait_seconds=_LONGEST_WAIT_OF_WORKER_SECONDS,
        may_start=may_start,
    )


def _others(
    settings: Settings, board_options: Sequence[str] | None, may_start: Callable[[], bool]
) -> list[Part]:
    parts = []
    if settings.routes is not None:
        parts.append(Part("notifier", ("notifier",), may_start=may_start))
    if board_options is not None:
        # So that those who have its page open need no other token when it is started again.
        variables = {own_token.VARIABLE: new_secret()} if settings.tokens is None else {}
        parts.append(Part("board", ("board", *board_options), variables, may_start=may_start))
    return parts
