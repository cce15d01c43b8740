"""Celery tasks: signals, nothing more. A lost, late or repeated one changes nothing that matters."""

from celery import shared_task

from worker.engine import firing, intake
from worker.engine.signals import Signal
from worker.host import wiring


@shared_task(name=Signal.DRAIN_INBOX.value, ignore_result=True)
def drain_inbox(shard: int, _helper: int = 0) -> None:
    """Something is in the inbox: work it until it is empty, for a second at most."""
    context = wiring.context()
    intake.drain(context, context.shards[shard])


@shared_task(name=Signal.FIRE_DUE.value, ignore_result=True)
def fire_due(shard: int, _helper: int = 0) -> None:
    """More is due than the pacemaker fires at once: help with the rest."""
    context = wiring.context()
    firing.help_with_backlog(context, context.shards[shard])
