"""The demo's routing file: release orders and ICE's notices by webhook, everything else into files."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from events.inbound import IceContacted, IceCustodyRequested
from events.parse import Parsed, parse
from ops.demo.received import FILES
from ops.demo.weekend import ScheduledEvent

ROUTES_FILE: Final = "routes.toml"

_ADDRESSEES: Final = """\
[audiences]
jms = ["jms"]
ice = ["ice"]
watch = ["watch"]
subject = ["print-room"]
counsel = ["print-room"]

[routes]
"""


def write_routes(
    directory: Path, url: str, secret_by_audience: Mapping[str, str], events: Iterable[ScheduledEvent]
) -> None:
    """Write the routing file and the secrets, all paths relative to the directory.

    Args:
        url: the receiver's address.
        events: whatever they name as a route of ICE leads to ICE's receiver.
    """
    text = ""
    for audience, secret in secret_by_audience.items():
        secret_file = directory / f"{audience}.secret"
        secret_file.touch(mode=0o600)
        secret_file.write_text(secret, encoding="utf-8")
        text += f'[sinks.{audience}]\nkind = "webhook"\nurl = "{url}/{audience}"\n'
        text += f'secret_file = "{secret_file.name}"\n\n'
    for sink, file in FILES.items():
        text += f'[sinks.{sink}]\nkind = "file"\npath = "{file}"\n\n'
    aliases = "".join(f'"{alias}" = ["ice"]\n' for alias in sorted(set(_routes_of_ice(events))))
    (directory / ROUTES_FILE).write_text(text + _ADDRESSEES + aliases, encoding="utf-8")


def _routes_of_ice(events: Iterable[ScheduledEvent]) -> Iterable[str]:
    for scheduled in events:
        parsed = parse(scheduled.raw)
        event = parsed.event if isinstance(parsed, Parsed) else None
        if isinstance(event, IceContacted | IceCustodyRequested) and event.data.reply_to:
            yield event.data.reply_to
