"""`python -m ops.pictures.demo` writes demo.svg: a terminal with `custody demo` in mid-weekend."""

import io
import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from rich.console import Console

from ops.demo.board_process import USUAL_PORT, address_of
from ops.demo.command import DEFAULT_SPEED
from ops.demo.live_view import LiveView
from ops.demo.replay import Replay
from ops.demo.script import weekend_script
from ops.demo.service import running_service
from ops.demo.view import Snapshot

PICTURE: Final = Path(__file__).parent / "demo.svg"
TAKEN_AT: Final = datetime.fromisoformat("2016-11-13T08:20:00-08:00")

_COLUMNS: Final = 140
_LINES: Final = 34


class _TakenError(Exception):
    """The picture is taken, so the replay can stop."""


class _Camera(LiveView):
    """Draws one picture, of the first snapshot at or after `TAKEN_AT`."""

    def show(self, snapshot: Snapshot) -> None:
        """Draw the picture once the time has come."""
        if snapshot.now >= TAKEN_AT:
            self._console.print(self._frame(snapshot))
            raise _TakenError


def take() -> str:
    """Replay the demo up to `TAKEN_AT`, and return what its terminal shows then, as SVG."""
    console = Console(
        record=True, width=_COLUMNS, height=_LINES, file=io.StringIO(), force_terminal=True, highlight=False
    )
    script = weekend_script()
    with running_service(script, DEFAULT_SPEED) as service:
        camera = _Camera(console, script.title, DEFAULT_SPEED, address_of(USUAL_PORT))
        with suppress(_TakenError):
            Replay(service, script, camera).run()
    drawn = console.export_svg(title="custody demo", unique_id="demo")
    return re.sub(r" *@font-face \{.*?\}\n", "", drawn, flags=re.DOTALL)  # the picture must not fetch fonts


if __name__ == "__main__":
    PICTURE.write_text(take(), encoding="utf-8")
