"""Whether what was written lasts: whether a failover that comes now would keep it."""

from typing import Any

from worker.store.connection import Client
from worker.store.sentinels import doubt_about_primary


def ask(pipeline: Any, min_replicas: int, wait_ms: int) -> None:
    """Ask for it on the connection of the writes, since WAIT counts only those of the same connection.

    Args:
        min_replicas: how many replicas must have them.
        wait_ms: how long they may take.
    """
    pipeline.execute_command("WAIT", min_replicas, wait_ms)
    pipeline.info("server")


def doubt(client: Client, answers: list[Any], min_replicas: int) -> str | None:
    """Why the writes may not last; None if they do.

    Args:
        answers: the pipeline's, with those to `ask` at their end, which are taken off.
    """
    server, replicas = answers.pop(), answers.pop()
    if replicas < min_replicas:
        return f"{replicas} of {min_replicas} replicas have it"
    return doubt_about_primary(client, str(server["run_id"]))
