"""A worker process before it starts and after it has stopped: log, embedded store, profile."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import click
import structlog

from worker.clock import SystemClock
from worker.delivery.routing_file import RoutingFileError
from worker.embedded import private
from worker.embedded.server import EmbeddedStoreFault
from worker.host import notifying, start_checks, tuning, wiring
from worker.host.kept_store import KeptStore
from worker.host.sinks import routing_of
from worker.host.start_checks import UnfitHostError, UnsafeStoreError
from worker.law.errors import LawError
from worker.law.profiles import load_profile
from worker.settings import SettingsError, broker_of, read_settings
from worker.store.identity import ForeignStoreError
from worker.telemetry import configure_logging, flush_log

log = structlog.get_logger("custody")

_owned: list[KeptStore] = []
_one_finishes = threading.RLock()


def configure(**_: Any) -> None:
    """Take over all logging of this process."""
    configure_logging(read_settings().log_format)


def prepare(conf: Any = None, **_: Any) -> None:
    """Before a worker starts: bring up the store if it is ours, and point Celery at the broker.

    Raises:
        SystemExit: it cannot start; one line says why. Celery would swallow any other exception.
    """
    _or_exit(_prepare_or_undo, conf)


def prepare_notifier(conf: Any = None, **_: Any) -> None:
    """Before the notifier starts: point Celery at the broker. The store is a worker's to bring up.

    Raises:
        SystemExit: it cannot start; one line says why.
    """
    _or_exit(_prepare_notifier, conf)


def _or_exit(prepare: Callable[[Any], None], conf: Any) -> None:
    try:
        prepare(conf)
    except (
        SettingsError,
        EmbeddedStoreFault,
        LawError,
        UnfitHostError,
        UnsafeStoreError,
        ForeignStoreError,
        RoutingFileError,
        OSError,
    ) as error:
        with suppress(OSError):
            click.echo(f"custody: {error}", err=True)
        raise SystemExit(1) from None
    except Exception:
        log.exception("start_failed")
        raise SystemExit(1) from None


def _prepare_or_undo(conf: Any) -> None:
    """A start that is refused, or interrupted by Ctrl-C, leaves no store running."""
    try:
        _prepare(conf)
    except BaseException:
        finish()
        raise


def _prepare(conf: Any) -> None:
    tuning.tune_process()
    settings = read_settings()
    configure_logging(settings.log_format)
    start_checks.name_unknown_settings(settings)
    private.prepare(settings.data_dir)
    start_checks.refuse_host_without_pool()
    routing_of(settings)
    profile = load_profile(settings.profile)
    warning = profile.out_of_dates_at(SystemClock().now())
    if settings.store_url is None and (store := KeptStore.own(settings.data_dir)):
        _owned.append(store)
    # Before the store is waited for: an address that cannot be used never answers.
    wiring.point_at(conf, broker_of(settings, store_url()))
    start_checks.refuse_unsafe_store(settings, store_url())
    log.info("worker_starting", profile=profile.name, embedded_store=settings.store_url is None)
    if warning:
        log.warning("profile_out_of_its_dates", profile=profile.name, detail=warning)


def _prepare_notifier(conf: Any) -> None:
    settings = read_settings()
    configure_logging(settings.log_format)
    private.prepare(settings.data_dir)
    notifying.sink_workers(settings, wiring.context, files_only=False)
    wiring.point_at(conf, broker_of(settings, store_url()))


def finish() -> None:
    """After the worker has finished what it held: stop the store if it is ours. Safe to call twice."""
    with _one_finishes:
        while _owned:
            # Only a store that has been stopped is forgotten: a second Ctrl-C may interrupt this.
            _owned[-1].stop()
            _owned.pop()


def finish_pool_process(**_: Any) -> None:
    """Before a process of the pool ends."""
    flush_log()


def store_url() -> str:
    """Where the store is: ours, the one set, or the one that another process owns."""
    return _owned[0].url if _owned else wiring.store_url(read_settings())
