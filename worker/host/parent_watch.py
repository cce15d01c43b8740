"""Ends this process with the one that started it, however that one ended."""

import os
import signal
import sys
import threading


def stop_when_stdin_closes() -> None:
    """Treat the end of standard input, a pipe that the parent holds open, as SIGTERM."""

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent-watch", daemon=True).start()
