"""`custody worker` with another intake batch, which is no setting: for the cost against batch size."""

import sys

from worker.cli.serve import serve
from worker.engine import intake


def main(batch: int, concurrency: int, options: list[str]) -> None:
    """Run the worker in this process."""
    setattr(intake, "BATCH", batch)  # noqa: B010 - a constant, to everyone else
    serve("prefork", concurrency, options)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2].removeprefix("--concurrency=")), sys.argv[3:])
