"""What a worker is among Celery's nodes: its name, and the pools that it can have."""

import os
import sys
from typing import Any, Final

from celery.utils.nodenames import default_nodename, nodesplit

_GREEN: Final = ("gevent", "eventlet")


def name_node(instance: Any = None, **_: Any) -> None:
    """Without `-n`, two workers on one host get two names, so that each can be asked and is seen."""
    if instance is not None and instance.hostname == default_nodename(""):
        name, host = nodesplit(instance.hostname)
        instance.hostname = f"{name}-{os.getpid()}@{host}"


def refuse_green_pool(options: dict[str, Any] | None = None, **_: Any) -> None:
    """Refuse a pool whose threads give way only by themselves: no task is worked, and deadlines would wait.

    Raises:
        SystemExit: such a pool is asked for; one line says so.
    """
    pool = str((options or {}).get("pool_cls") or "")
    if any(name in pool for name in _GREEN):
        sys.stderr.write(
            "custody: the pools gevent and eventlet work nothing: use --pool prefork, threads or solo\n"
        )
        raise SystemExit(1)
