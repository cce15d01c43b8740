"""`custody board` as a real process, on a free port."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.processes import START_WITHIN_SECONDS, WorkerProcess
from tests.support.waiting import wait_until

BOARD: Final = (sys.executable, "-m", "worker", "board")


class BoardProcess(WorkerProcess):
    """A board on a store, which it needs a worker for to be live."""

    def __init__(self, directory: Path, store_url: str, *options: str, **settings: str) -> None:
        """Start it; without options it asks nobody for a token."""
        command = (*BOARD, *(options or ("--open-desk",)))
        super().__init__(directory, command, store_url=store_url, board_port="0", **settings)

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        assert wait_until(lambda: self.logged("board_serving"), START_WITHIN_SECONDS), self.log
        return str(self.logged("board_serving")[0]["address"]).rstrip("/")


def pause(process: WorkerProcess) -> None:
    """Stop all of a process's group as a machine does that hangs: its sockets stay open."""
    os.killpg(process.process.pid, signal.SIGSTOP)


def go_on(process: WorkerProcess) -> None:
    """End the pause."""
    os.killpg(process.process.pid, signal.SIGCONT)


@contextmanager
def running_board(directory: Path, store_url: str, *options: str, **settings: str) -> Iterator[BoardProcess]:
    """A board for the length of the block; whatever is left of it then is killed."""
    board = BoardProcess(directory, store_url, *options, **settings)
    try:
        yield board
    finally:
        board.kill()
