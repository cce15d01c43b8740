"""The board of the demo: the weekend as the desk sees it, in a browser, for as long as the demo lasts."""

import socket
import subprocess
from pathlib import Path
from typing import Final

from ops.demo.processes import start_process

USUAL_PORT: Final = 8247
_LOG: Final = "board.log"
_PATIENCE_SECONDS: Final = 5.0


class BoardProcess:
    """`custody board` on the given store, for whoever is on this machine: nobody is asked for a token."""

    def __init__(self, store_url: str, directory: Path, port: int) -> None:
        self._store_url = store_url
        self._directory = directory
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it. It reads the simulated clock when it connects, so that must be set before."""
        self._process = start_process(
            ("board", "--open-desk", "--until-stdin-closes"),
            self._directory,
            _LOG,
            CUSTODY_STORE_URL=self._store_url,
            CUSTODY_BOARD_PORT=str(self._port),
        )

    def stop(self) -> None:
        """Stop it; kill it if that takes too long."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None


def free_port() -> int:
    """The board's usual port, or another one of the loopback interface if that is taken."""
    for port in (USUAL_PORT, 0):
        with socket.socket() as candidate:
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                candidate.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(candidate.getsockname()[1])
    raise OSError("no port of the loopback interface is free")


def address_of(port: int) -> str:
    """The URL of the demo's board."""
    return f"http://127.0.0.1:{port}/"
