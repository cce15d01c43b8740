"""The peers as contenders: programs in separate environments, controlled through a command line."""

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from ops.bench.accounting import Firing
from ops.bench.bench_store import BenchStore
from ops.bench.contender import WORKERS, Contender, Scheduled
from ops.bench.environments import PEERS, environment, node_modules_of, pinned, python_of
from ops.bench.observer import Fields
from ops.bench.postgres import Postgres
from ops.bench.processes import WorkerGroup
from ops.bench.timers import Timer

STREAM = "bench:fired"
_START_UP_SECONDS = 60.0


class Peer(Contender):
    """A peer whose program is `peers/<name>/peer.py`.

    Attributes:
        workers: how many processes of the program run.
    """

    workers: ClassVar[int] = WORKERS

    def __init__(self, environments: Path, row: str = "as shipped", **options: float) -> None:
        super().__init__(row)
        self._environments = environments
        self._options = {f"BENCH_{name.upper()}": str(value) for name, value in options.items()}

    @property
    def streams(self) -> Sequence[str]:
        """One stream, the same for all peers."""
        return [STREAM]

    def versions(self) -> Mapping[str, str]:
        """The versions of the peer and its Redis client, from its lock file."""
        packages = pinned(self.name)
        wanted = {next(iter(packages)), "redis"}
        return {name: number for name, number in packages.items() if name in wanted}

    def open(self, store: BenchStore) -> None:
        """Create the environment if it is missing.

        Raises:
            CannotPrepareError: it cannot be created on this machine.
        """
        self._store = store
        self._program = self._prepare()

    def _prepare(self) -> list[str]:
        """The command line of the program, without arguments."""
        return [str(python_of(self.name, self._environments)), str(self._source / "peer.py")]

    @property
    def _source(self) -> Path:
        return PEERS / self.name

    def _settings(self) -> dict[str, str]:
        return environment({"BENCH_STORE_URL": self._store.url, **self._options})

    def _work_commands(self) -> list[list[str]]:
        return [[*self._program, "work"]] * self.workers

    def start_workers(self) -> WorkerGroup:
        """Start the peer's worker processes."""
        return WorkerGroup.start(
            self._work_commands(),
            env=self._settings(),
            cwd=self._source,
            log=self._store.log(f"{self.name}-worker"),
        )

    def schedule(self, timers: Sequence[Timer], at_most_seconds: float) -> Scheduled:
        """Set timers with the peer's client, in one process; the interpreter's start is not measured."""
        wanted = self._store.directory / "timers"
        wanted.write_text("\n".join(f"{timer.number}:{timer.due_ms}" for timer in timers))
        output = self._run(
            "schedule", str(wanted), str(at_most_seconds), seconds=at_most_seconds + _START_UP_SECONDS
        )
        answer = json.loads(output.splitlines()[-1])
        return Scheduled(int(answer["count"]), float(answer["seconds"]))

    def _run(self, *arguments: str, seconds: float) -> str:
        done = subprocess.run(  # noqa: S603 - the peers' programs
            [*self._program, *arguments],
            env=self._settings(),
            cwd=self._source,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{self.name} {arguments[0]} failed: {done.stderr.strip()[-800:]}")
        return done.stdout

    def is_firing(self, fields: Fields) -> bool:
        """Every entry of the stream is a firing."""
        return True

    def firing_of(self, fields: Fields, seen_us: int) -> Firing:
        """The firing as the task wrote it."""
        return Firing(int(fields[b"timer"]), int(fields[b"fired_us"]), seen_us)


class SortedSet(Peer):
    """Not a queue but the minimum that can keep a timer: the baseline for the others."""

    name: ClassVar[str] = "sorted_set"
    workers: ClassVar[int] = 1


class CeleryEta(Peer):
    """Celery's own worker command, prefork."""

    name: ClassVar[str] = "celery"

    def _work_commands(self) -> list[list[str]]:
        celery = str(Path(self._program[0]).parent / "celery")
        options = ["--loglevel=WARNING", f"--concurrency={WORKERS}", "--without-gossip", "--without-mingle"]
        return [[celery, "-A", "peer", "worker", *options]]


class Rq(Peer):
    """RQ with its scheduler."""

    name: ClassVar[str] = "rq"


class Arq(Peer):
    """arq."""

    name: ClassVar[str] = "arq"


class DocketPeer(Peer):
    """docket."""

    name: ClassVar[str] = "docket"


class BullMq(Peer):
    """BullMQ, on Node."""

    name: ClassVar[str] = "bullmq"

    def versions(self) -> Mapping[str, str]:
        """The versions in its package file."""
        return dict(json.loads((self._source / "package.json").read_text())["dependencies"])

    def _prepare(self) -> list[str]:
        self._modules = node_modules_of(self.name, self._environments)
        return [shutil.which("node") or "node", str(self._source / "peer.js")]

    def _settings(self) -> dict[str, str]:
        return super()._settings() | {"NODE_PATH": str(self._modules)}


class Procrastinate(Peer):
    """procrastinate, on its own PostgreSQL; its state changes go to the store as with every peer."""

    name: ClassVar[str] = "procrastinate"
    _postgres: Postgres | None = None

    def open(self, store: BenchStore) -> None:
        """Start PostgreSQL and create the tables."""
        super().open(store)
        self._postgres = Postgres.start()
        self._run("prepare", seconds=_START_UP_SECONDS)

    def _settings(self) -> dict[str, str]:
        return super()._settings() | {"BENCH_DATABASE_URL": self._server.url}

    @property
    def _server(self) -> Postgres:
        if self._postgres is None:
            raise RuntimeError("procrastinate has no PostgreSQL yet: open it first")
        return self._postgres

    def stored_bytes(self, store: BenchStore) -> int:
        """The size of the database's files."""
        return self._server.stored_bytes()

    def kill_and_restart_store(self, store: BenchStore) -> None:
        """Kill and restart both servers."""
        self._server.kill()
        self._server.restart()
        super().kill_and_restart_store(store)

    def close(self) -> None:
        """Stop PostgreSQL."""
        if self._postgres is not None:
            self._postgres.stop()
