"""What a worker process does before it starts and after it has stopped: logs, embedded store, profile."""

import gc
import sys
import threading
from typing import Any, Final

import structlog

from worker import runtime
from worker.clock import SystemClock
from worker.law.errors import LawError
from worker.law.profile import load_profile
from worker.settings import Settings, SettingsError, broker_beside, read_settings
from worker.store.embedded import EmbeddedStore, EmbeddedStoreFault, StoreInUse
from worker.telemetry import configure_logging

log = structlog.get_logger("custody")

_KEEP_SECONDS: Final = 0.5
_SWITCH_SECONDS: Final = 0.0005

finishing: Final = threading.Event()
"""Set once Celery's part is over and the worker comes to its end."""

_owned: list[EmbeddedStore] = []
_stop_keeping = threading.Event()
_one_finishes = threading.RLock()


def configure(**_: Any) -> None:
    """Take over all logging of this process."""
    configure_logging(read_settings().log_format)


def prepare(conf: Any = None, **_: Any) -> None:
    """Before a worker starts: bring up the store if it is ours to bring up, and point Celery at the broker.

    Raises:
        SystemExit: it cannot start, with one line that says why. Celery would swallow any other exception.
    """
    try:
        _prepare(conf)
    except (SettingsError, EmbeddedStoreFault, LawError, OSError) as error:
        sys.stderr.write(f"custody: {error}\n")
        raise SystemExit(1) from None


def _prepare(conf: Any) -> None:
    # A batch makes thousands of objects and no cycle; by default cycles are looked for every few hundred.
    gc.set_threshold(10_000)
    # By default a thread that computes keeps the pacemaker, whose deadline has come, waiting for up to 5 ms.
    sys.setswitchinterval(_SWITCH_SECONDS)
    settings = read_settings()
    configure_logging(settings.log_format)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    profile = load_profile(settings.profile)
    warning = profile.out_of_dates(SystemClock().now().date())
    if settings.store_url is None:
        _own_store(settings)
    conf.broker_url = settings.broker_url or broker_beside(store_url())
    log.info("worker_starting", profile=profile.name, embedded_store=bool(_owned))
    if warning:
        log.warning("profile_out_of_its_dates", profile=profile.name, detail=warning)


def finish(**_: Any) -> None:
    """After the worker has finished what it held: stop the store if it is ours. Two at once do it once."""
    finishing.set()
    _stop_keeping.set()
    with _one_finishes:
        while _owned:
            _owned.pop().stop()
            log.info("embedded_store_stopped")


def store_url() -> str:
    """Where the store is: ours, the one set, or the one that another process owns."""
    return _owned[0].url if _owned else runtime.store_url(read_settings())


def _own_store(settings: Settings) -> None:
    """Own the embedded store; where another process does, use it."""
    try:
        store = EmbeddedStore.own(settings.data_dir)
    except StoreInUse:
        return
    _owned.append(store)
    threading.Thread(target=_keep, args=(store,), name="store-keeper", daemon=True).start()


def _keep(store: EmbeddedStore) -> None:
    """Start the store again whenever it dies."""
    while not _stop_keeping.wait(_KEEP_SECONDS):
        try:
            if store.ensure_running():
                log.error("embedded_store_restarted")
        except EmbeddedStoreFault as fault:
            log.exception("embedded_store_down", problem=str(fault))
