"""A whole service to look at in a browser: a store, a worker and a board."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from tests.support.board_process import BoardProcess, running_board
from tests.support.bookings import PROFILE
from tests.support.processes import WorkerProcess, running_worker
from worker.embedded.server import EmbeddedStore
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store.context import Context

IS_LATE_FOR_LONG: Final = {"late_grace_seconds": "600"}
"""Settings of a worker, so that whoever is booked past the deadline stays overdue as long as a test takes."""


class BoardSite(NamedTuple):
    """A store, the worker on it, the board that shows it.

    Attributes:
        context: by which a test puts events in.
        directory: whose processes include the store's server.
    """

    context: Context
    worker: WorkerProcess
    board: BoardProcess
    directory: Path
    store_url: str

    @property
    def url(self) -> str:
        """The board's address, without a slash at the end."""
        return self.board.url


@contextmanager
def board_site(directory: Path, **settings: str) -> Iterator[BoardSite]:
    """A service for the length of the block, under the profile of `bookings`; with these for its worker."""
    with ExitStack() as clean_up:
        store = clean_up.enter_context(EmbeddedStore.own(directory / "store"))
        worker = clean_up.enter_context(running_worker(directory / "worker", store_url=store.url, **settings))
        board = clean_up.enter_context(running_board(directory / "board", store.url))
        context = open_context(Settings(profile=PROFILE), store.url)
        clean_up.callback(context.client.close)
        worker.wait_until_ready()
        yield BoardSite(context, worker, board, directory, store.url)
