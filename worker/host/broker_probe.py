"""Finds out whether Celery's broker can be used: a message goes in and comes out again."""

import secrets
from typing import Final

from kombu import Connection, Queue

from worker.settings import Broker

_OPTIONS: Final = {"socket_connect_timeout": 2, "socket_timeout": 5}


def use_broker(broker: Broker) -> None:
    """Send a message through a queue made for it, which is deleted afterwards.

    A broker that is read-only, full or short of replicas answers, but takes no message.

    Raises:
        Exception: whatever the broker's client raises; it cannot be used.
    """
    name = f"custody-doctor-{secrets.token_hex(8)}"
    with Connection(broker.url, transport_options=_OPTIONS | broker.options) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=3)
        queue = Queue(name, routing_key=name, durable=False, auto_delete=True, channel=connection.channel())
        queue.declare()
        try:
            connection.Producer().publish({}, routing_key=name, retry=False)
            if queue.get(no_ack=True) is None:
                raise ConnectionError("a message that was sent did not come back")
        finally:
            queue.delete()
