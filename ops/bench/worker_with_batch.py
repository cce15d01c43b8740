"""`custody worker` with another intake batch size, which is not a setting: for measuring cost against it."""

import sys
from unittest import mock

from worker.cli.serve import serve
from worker.engine import intake


def main(batch: int, concurrency: int, options: list[str]) -> None:
    """Run the worker in this process.

    Raises:
        AttributeError: intake no longer has this constant, so the size cannot be changed.
    """
    with mock.patch.object(intake, "BATCH", batch):
        serve("prefork", concurrency, options)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2].removeprefix("--concurrency=")), sys.argv[3:])
