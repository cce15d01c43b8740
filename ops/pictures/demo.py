"""`python -m ops.pictures.demo` writes demo.svg: a terminal with `custody demo`, amid the weekend."""

import io
import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from rich.console import Console

from ops.demo.command import DEFAULT_SPEED
from ops.demo.live_view import LiveView
from ops.demo.replay import Replay
from ops.demo.script import weekend_script
from ops.demo.stage import set_stage
from ops.demo.view import Moment

PICTURE: Final = Path(__file__).parent / "demo.svg"
TAKEN_AT: Final = datetime.fromisoformat("2016-11-13T08:20:00-08:00")

_COLUMNS: Final = 140
_LINES: Final = 34


class _TakenError(Exception):
    """The picture is taken; nothing more needs to be replayed."""


class _Camera(LiveView):
    """Draws one picture, of the first moment that comes at or after the instant."""

    def show(self, moment: Moment) -> None:
        """Wait for the moment."""
        if moment.now >= TAKEN_AT:
            self._console.print(self._picture(moment))
            raise _TakenError


def take() -> str:
    """Play the demo up to the instant, and return what its terminal shows then, as SVG."""
    console = Console(
        record=True, width=_COLUMNS, height=_LINES, file=io.StringIO(), force_terminal=True, highlight=False
    )
    script = weekend_script()
    with set_stage(script.starts_at, DEFAULT_SPEED) as stage:
        camera = _Camera(console, script.title, DEFAULT_SPEED)
        with suppress(_TakenError):
            Replay(stage, script, camera).run()
    drawn = console.export_svg(title="custody demo", unique_id="demo")
    return re.sub(r" *@font-face \{.*?\}\n", "", drawn, flags=re.DOTALL)  # a document fetches nothing


if __name__ == "__main__":
    PICTURE.write_text(take(), encoding="utf-8")
