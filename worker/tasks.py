"""Celery tasks: signals, nothing more. A lost, late or repeated one changes nothing that matters."""

from typing import Final

from celery import shared_task

from worker import firing, intake, runtime
from worker.delivery.deliver import deliver

DRAIN_INBOX: Final = "custody.drain_inbox"
FIRE_DUE: Final = "custody.fire_due"
DELIVER_NOTICES: Final = "custody.deliver_notices"


@shared_task(name=DRAIN_INBOX, ignore_result=True)
def drain_inbox(shard: int, _helper: int = 0) -> None:
    """Something is in the inbox: work it until it is empty."""
    site = runtime.site()
    intake.drain(site, site.shards[shard])


@shared_task(name=FIRE_DUE, ignore_result=True)
def fire_due(shard: int, helper: int, helpers: int) -> None:
    """More is due than the pacemaker does at once: help with the rest."""
    site = runtime.site()
    firing.help_with_backlog(site, site.shards[shard], helper, helpers)


@shared_task(name=DELIVER_NOTICES, ignore_result=True)
def deliver_notices(shard: int) -> None:
    """Something is in the outbox: deliver it."""
    deliver(runtime.site().shards[shard].outbox, runtime.sinks())
