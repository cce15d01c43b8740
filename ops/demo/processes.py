"""How the demo starts a process of the service: on its store, and with none of the caller's settings."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import worker

PROFILE: Final = "lapd-2016-11"

_ROOT: Final = Path(worker.__file__).parents[1]


def start_process(
    words: tuple[str, ...], directory: Path, log_file: str, **variables: str
) -> "subprocess.Popen[bytes]":
    """Start `custody` with these words in this directory.

    The caller's settings may be those of a real installation, so they are left out. The process's standard
    input is a pipe, which closes when the demo ends, however that happens.

    Args:
        log_file: in the directory; its output is appended there.
        variables: environment variables, the settings.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CUSTODY_")}
    paths = [str(_ROOT), *filter(None, [inherited.get("PYTHONPATH")])]
    settings = {
        "CUSTODY_DATA_DIR": str(directory),
        "CUSTODY_PROFILE": PROFILE,
        "CUSTODY_LOG_FORMAT": "json",
        "PYTHONPATH": os.pathsep.join(paths),
    }
    with (directory / log_file).open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "worker", *words],
            env=inherited | settings | variables,
            cwd=directory,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            # Ctrl-C at the terminal must reach only the demo, which then stops the others in order.
            start_new_session=True,
        )
