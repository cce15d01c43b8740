"""Makes what delivers notices: a thread for each sink. The notifier has all sinks, a worker only files.

So the file of notices is written without a notifier too; whichever process holds a sink's lease delivers.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from events.outbound import AlarmCode, Outbound
from worker import heartbeat
from worker.clock import SystemClock
from worker.delivery.routing import NOBODY, Routing
from worker.delivery.sink_worker import SinkWorker
from worker.delivery.upkeep import Upkeep
from worker.desk.letters import write
from worker.engine.alarms import SERVICE_SUBJECT, raise_alarm, raise_sink_alarm
from worker.host.sinks import make_sinks, routing_of
from worker.law.profiles import load_profile
from worker.settings import Settings
from worker.store.context import Context, Shard
from worker.store.sinks import open_sinks, retire_sink
from worker.store.unix_ms import from_time

_DAY_SECONDS: Final = 24 * 3600


def sink_workers(settings: Settings, connect: Callable[[], Context], *, files_only: bool) -> list[SinkWorker]:
    """A thread for each sink, not started yet. Nothing is connected before it is.

    Args:
        connect: opens a context for a thread.
        files_only: only the sinks that are files, and the one that stands for nobody.

    Raises:
        RoutingFileError: the routing file, or a secret that it names, cannot be used.
        worker.law.errors.LawError: the profile cannot be used.
    """
    routing = routing_of(settings)
    zone = load_profile(settings.profile).calendar.zone

    def write_letter(event: Outbound) -> tuple[str, str]:
        letter = write(event, zone)
        return letter.subject, letter.text

    sinks = make_sinks(routing, SystemClock(), write_letter, files_only=files_only)

    def connect_with_cursors() -> Context:
        context = connect()
        for shard in context.shards:
            open_sinks(shard.client, shard.keys, [*routing.sinks, NOBODY])
        return context

    return [
        SinkWorker(
            name, sink, partial(_takes, routing, name), connect_with_cursors, _alarm, settings.min_replicas
        )
        for name, sink in sinks.items()
    ]


def upkeep(
    settings: Settings, connect: Callable[[], Context], workers: Sequence[SinkWorker], *, files_only: bool
) -> Upkeep:
    """What these threads need beside them, not started yet.

    Args:
        files_only: this is a worker, which leaves sinks that are gone to the notifier, if there is one.
    """
    routing = routing_of(settings)
    jobs: list[Callable[[], object]] = [worker.renew_leases for worker in workers]
    if not files_only or not routing.is_configured:
        jobs.append(Retirement(routing, connect))

    def beat() -> None:
        if all(worker.is_alive() for worker in workers):
            heartbeat.beat(settings.data_dir, "notifier")

    return Upkeep(jobs) if files_only else Upkeep(jobs, beat)


def _takes(routing: Routing, name: str, shard: Shard, event: Outbound) -> bool:
    """Whether a notice is for this sink. Who takes what leads nowhere also sees which aliases are unknown."""
    addressed = routing.address(event)
    if name != NOBODY:
        return name in addressed.sinks
    if addressed.is_alias_unknown:
        _report_unknown_alias(shard, event)
    return routing.leads_nowhere(event)


def _report_unknown_alias(shard: Shard, event: Outbound) -> None:
    """Once for each alias and day."""
    raise_alarm(
        shard,
        "unknown_route",
        f"booking {event.subject}: route {event.route} is not in the routing file; the notice goes to the "
        f"sinks of its audience, {event.audience}: add the route, or correct what upstream sends",
        from_time(*shard.client.time()),
        about=event.subject,
        once=f"{event.route}",
        quiet_seconds=_DAY_SECONDS,
    )


def _alarm(shard: Shard, code: AlarmCode, detail: str, booking: str, sink: str) -> None:
    now = from_time(*shard.client.time())
    raise_sink_alarm(shard, code, detail, now, booking or SERVICE_SUBJECT, sink)


class Retirement:
    """Retires the sinks that are no longer in the routing file, once no other process works them.

    A worker whose file is older or newer than the notifier's must not do it.
    """

    def __init__(self, routing: Routing, connect: Callable[[], Context]) -> None:
        self._names = [*routing.sinks, NOBODY]
        self._connect = connect
        self._context: Context | None = None

    def __call__(self) -> None:
        """Look once. A person hears what waited for a sink that is gone."""
        self._context = self._context or self._connect()
        for shard in self._context.shards:
            for gone in open_sinks(shard.client, shard.keys, self._names):
                left = retire_sink(shard.client, shard.keys, gone)
                if left:
                    detail = (
                        f"sink {gone} is no longer in the routing file, and {left} notices waited for it: "
                        "see `custody notices list --undelivered`"
                    )
                    _alarm(shard, "notice_undelivered", detail, "", gone)
