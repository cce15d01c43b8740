"""A site with a routing file: receivers, and `custody run` with its notifier as real processes."""

import base64
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from standardwebhooks import Webhook

from tests.support.http_receiver import Got, Receiver
from tests.support.processes import WorkerProcess
from tests.support.waiting import wait_until

RUN: Final = (sys.executable, "-m", "worker", "run")
NOTIFIER: Final = (sys.executable, "-m", "worker", "notifier")
SECRET_VARIABLE: Final = "JAIL_WEBHOOK_SECRET"  # noqa: S105 - the name of a variable
SECRET: Final = "whsec_" + base64.b64encode(b"k" * 32).decode()
PATIENCE_SECONDS: Final = 30.0


def webhook(name: str, receiver: Receiver) -> str:
    """The entry of a sink that is an HTTP receiver."""
    return f'[sinks.{name}]\nkind = "webhook"\nurl = "{receiver.url}"\nsecret_env = "{SECRET_VARIABLE}"\n'


def file_sink(name: str, path: Path) -> str:
    """The entry of a sink that is a file."""
    return f'[sinks.{name}]\nkind = "file"\npath = "{path}"\n'


def routing_file(directory: Path, *sinks: str, routes: str = "", **audiences: str) -> Path:
    """A routing file; each audience names its sinks, separated by blanks, and has none if it is left out."""
    lists = {name: audiences.get(name, "").split() for name in ("jms", "watch", "ice", "subject", "counsel")}
    lines = [*sinks, "[audiences]", *(f"{name} = {json.dumps(names)}" for name, names in lists.items())]
    path = directory / "routes.toml"
    path.write_text("\n".join([*lines, "[routes]", routes]), encoding="utf-8")
    return path


def verified(got: list[Got]) -> list[dict[str, Any]]:
    """The notices that arrived; the library checks each signature."""
    return [Webhook(SECRET).verify(one.body, one.headers) for one in got]


def lines_of(path: Path) -> list[dict[str, Any]]:
    """The notices in a file."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def notifier_of(worker: WorkerProcess) -> int | None:
    """The notifier that `custody run` has started, if one lives."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = (process / "stat").read_text().rsplit(")", 1)[1].split()[1]
            if int(parent) == worker.process.pid and b"\0notifier\0" in (process / "cmdline").read_bytes():
                return int(process.name)
    return None


def starts(worker: WorkerProcess) -> int:
    """How often its notifier has begun to deliver."""
    return len(worker.logged("notifier_started"))


def wait_for_start(process: WorkerProcess, *, starts_so_far: int = 0) -> None:
    """Return once a notifier delivers."""
    assert wait_until(lambda: starts(process) > starts_so_far, PATIENCE_SECONDS), process.log


def wait_for_notifier(worker: WorkerProcess, *, starts_so_far: int = 0) -> int:
    """Return the notifier of `custody run` once it delivers."""
    wait_for_start(worker, starts_so_far=starts_so_far)
    pid = notifier_of(worker)
    assert pid is not None, worker.log
    return pid


@contextmanager
def running(directory: Path, routes: Path, **settings: str) -> Iterator[WorkerProcess]:
    """`custody run` until its notifier delivers; neither is left."""
    worker = WorkerProcess(directory, RUN, routes=str(routes), **settings)
    notifier: int | None = None
    try:
        worker.wait_until_ready()
        notifier = wait_for_notifier(worker)
        yield worker
    finally:
        for pid in {notifier, notifier_of(worker)} - {None}:
            with suppress(ProcessLookupError):
                os.kill(pid or 0, signal.SIGKILL)
        worker.kill()
