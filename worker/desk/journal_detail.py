"""What a journal entry says in detail, in words and local time."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from events.instants import parse_instant
from worker.desk import journal_words, words
from worker.desk.plain_words import local

_TABLES: Final[Mapping[str, Mapping[Any, str]]] = {
    "alarm": words.ALARMS,
    "form": journal_words.FORMS,
    "kind": words.HOLDS,
    "qualification": journal_words.QUALIFICATIONS,
}
"""The words for values that mean something else under another name, such as `none`."""

_VERBATIM: Final = frozenset(
    {
        "alarm_id",
        "by",
        "from",
        "from_version",
        "hold_id",
        "note",
        "officer_reference",
        "reference",
        "route",
    }
)
"""Details that a person or an agency wrote, or that identify something."""


def detail_lines(detail: Mapping[str, Any], zone: ZoneInfo) -> Iterator[str]:
    """Each detail of an entry as a line, such as `reason: clerical error`."""
    for name, value in detail.items():
        label, shown = journal_words.detail(name), _value(name, value, zone)
        yield shown if label in shown.split() else f"{label}: {shown}"


def _value(name: str, value: Any, zone: ZoneInfo) -> str:
    match value:
        case bool():
            shown = "yes" if value else "no"
        case float():
            shown = f"{value:.1f}"
        case list():
            *before, last = [_value(name, one, zone) for one in value] or ["none"]
            shown = f"{', '.join(before)} and {last}" if before else last
        case {"statute": _}:
            shown = " ".join(map(str, value.values()))
        case dict():
            shown = "; ".join(detail_lines(value, zone))
        case str() if name not in _VERBATIM:
            shown = _TABLES[name].get(value, value) if name in _TABLES else _local_or_plain(value, zone)
        case _:
            shown = str(value)
    return shown


def _local_or_plain(value: str, zone: ZoneInfo) -> str:
    try:
        return local(parse_instant(value), zone)
    except ValueError:
        return journal_words.plain(value)
