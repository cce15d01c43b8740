"""What the demo prints at the end about delivery: what arrived at whom, and a few letters."""

from collections.abc import Callable, Iterator
from typing import Final

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from events.outbound import IceReleaseDateGiven, Outbound, RecordReleased, ReleaseOverdue
from ops.demo.delivery_checks import arrived_at, out_of_order, superseded_for
from ops.demo.evidence import Evidence
from ops.demo.received import AUDIENCES, WEBHOOKS
from ops.demo.weekend_events import LOS_ANGELES
from worker.cli.output import plain
from worker.desk.letters import write
from worker.plain_text import escaped

_LETTERS: Final[tuple[tuple[str, Callable[[Outbound], bool]], ...]] = (
    ("jms", lambda event: isinstance(event, RecordReleased) and event.data.basis == "deadline"),
    ("ice", lambda event: isinstance(event, IceReleaseDateGiven) and event.data.hold_request == "declined"),
    ("watch", lambda event: isinstance(event, ReleaseOverdue)),
)
_LETTER_WIDTH: Final = 100


def print_delivery(console: Console, evidence: Evidence) -> None:
    """A table with a row for each audience, then three notices as people read them."""
    columns = ("for", "by", "notices", "superseded", "signatures", "order per booking")
    table = Table(*columns, title="what arrived", title_justify="left")
    for audience, name in AUDIENCES.items():
        table.add_row(name, *_row(evidence, audience))
    console.print(table)
    for event in _examples(evidence):
        letter = write(event, LOS_ANGELES)
        title = f"{AUDIENCES[event.audience]}: {letter.subject}"
        width = min(console.width, _LETTER_WIDTH)
        text = Text(escaped(letter.text.strip(), keep="\n"))
        console.print(Panel(text, title=plain(title), title_align="left", width=width))


def _row(evidence: Evidence, audience: str) -> Iterator[str]:
    arrived = arrived_at(evidence, audience)
    by_webhook = audience in WEBHOOKS
    yield "webhook" if by_webhook else "file"
    yield str(len(arrived))
    yield str(len(superseded_for(evidence, audience)))
    yield f"{len(arrived)} verified" if by_webhook else "-"
    disordered = out_of_order(evidence, audience)
    yield f"broken for {len(disordered)}" if disordered else "kept"


def _examples(evidence: Evidence) -> Iterator[Outbound]:
    """The last notice of each kind, if there is one."""
    for audience, is_one in _LETTERS:
        event = next(filter(is_one, reversed(arrived_at(evidence, audience))), None)
        if event is not None:
            yield event
