"""Wires a process of the service together: on first use, once per process, never at import."""

import os
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import Any

import structlog

from worker.clock import ScaledClock
from worker.custody.rules import CUSTODY_REQUEST_LASTS, Rules
from worker.desk.doctor.installation import Installation
from worker.embedded.server import find
from worker.host.broker_probe import use_broker
from worker.host.sinks import NOTICES_FILE, check_routes, secret_variables
from worker.law.profiles import load_profile
from worker.settings import Broker, Settings, broker_of, read_settings, unknown_settings
from worker.store import identity, simulation
from worker.store.connection import UNREACHABLE, Client, connect
from worker.store.context import Context, OpenStore, Shard
from worker.store.keys import Keys
from worker.store.rules_by_record import RulesByRecord
from worker.store.wrong_types import set_aside

log = structlog.get_logger("custody")


def store_url(settings: Settings) -> str:
    """Where the store is: as set, or the embedded one that runs under the data directory.

    Raises:
        worker.embedded.endpoint.StoreNotRunning: no store is set and none runs.
    """
    return settings.store_url or find(settings.data_dir)


def broker(settings: Settings) -> Broker:
    """Celery's broker."""
    return broker_of(settings, store_url(settings))


def point_at(conf: Any, broker: Broker) -> None:
    """Make Celery, by its configuration, use this broker."""
    conf.broker_url = broker.url
    if broker.options:
        conf.broker_transport_options = conf.broker_transport_options | broker.options


def context() -> Context:
    """This process's context. A forked child gets its own."""
    return _context_of(os.getpid())


def open_context(
    settings: Settings,
    store_url: str,
    consumer_suffix: str = "",
    on_deadline_release: Callable[[timedelta], None] | None = None,
) -> Context:
    """Connect, read which clock the store runs on, and make the store ready: mark, profile, consumer groups.

    Args:
        consumer_suffix: ends the name under which this process reads the inbox.
        on_deadline_release: as `Context`.

    Raises:
        redis.exceptions.RedisError: the store does not answer.
        worker.law.errors.ProfileError: no such profile.
        worker.store.identity.ForeignStoreError: the store has another number of shards, or other keys.
    """
    client = connect(store_url)
    for number in range(settings.shards):
        set_aside(client, Keys(number))
    context = _context_on(settings, client, consumer_suffix)
    if on_deadline_release is not None:
        context = replace(context, on_deadline_release=on_deadline_release)
    try:
        context.establish()
    except (identity.ForeignStoreError, *UNREACHABLE):
        raise
    except Exception:
        # What another program has spoiled there must not keep anybody in; GuardStore tries again.
        log.exception("store_not_made_ready")
    return context


def reading_context(settings: Settings, url: str | None = None) -> Context:
    """For a process that changes no record: connect, and write nothing.

    Args:
        url: the store's, if it is known already.

    Raises:
        As `open_context`; worker.embedded.endpoint.StoreNotRunning: no store is set and none runs.
    """
    return _context_on(settings, connect(url or store_url(settings)))


def _context_on(settings: Settings, client: Client, consumer_suffix: str = "") -> Context:
    store = open_store(settings, client, consumer_suffix)
    real_second = timedelta(seconds=store.speed)
    rules = Rules(
        load_profile(settings.profile),
        departures_expected=settings.departures_expected,
        late_after=60 * real_second,
        late_grace=timedelta(seconds=settings.late_grace_seconds),
        # Of a fast simulation a quarter of an hour may be less than a busy machine needs for one event.
        custody_request_lasts=max(CUSTODY_REQUEST_LASTS, 5 * real_second),
    )
    rules_by_record = RulesByRecord(rules, store.client, [shard.keys for shard in store.shards])
    return Context(store.client, store.shards, store.clock, store.simulated, rules_by_record)


def open_store(settings: Settings, client: Client, consumer_suffix: str = "") -> OpenStore:
    """Read which clock the store runs on; nothing is written.

    Raises:
        redis.exceptions.RedisError: the store does not answer.
        worker.store.identity.ForeignStoreError: the store has another number of shards, or other keys.
    """
    identity.read(client, [Keys(number) for number in range(settings.shards)])
    consumer = f"{socket.gethostname()}-{os.getpid()}{consumer_suffix}"
    shards = tuple(Shard.open(client, Keys(number), consumer) for number in range(settings.shards))
    clock = simulation.clock_of(client, shards[0].keys)
    return OpenStore(client, shards, clock, simulated=isinstance(clock, ScaledClock))


def installation(settings: Settings, url: str | None = None) -> Installation:
    """This installation, for `custody doctor`; `url` is the store's, if it is known already."""
    url = url or store_url(settings)
    client = connect(url)
    return Installation(
        client=client,
        profile_name=settings.profile,
        routing_file=settings.routes,
        check_routes=lambda: check_routes(settings),
        notices_file=settings.data_dir / NOTICES_FILE,
        data_dir=settings.data_dir,
        unknown_settings=unknown_settings(os.environ.keys() - secret_variables(settings)),
        probe_broker=lambda: use_broker(broker(settings)),
        open_store=lambda: open_store(settings, client),
    )


@lru_cache(maxsize=2)
def _context_of(_pid: int) -> Context:
    settings = read_settings()
    return open_context(settings, store_url(settings))
