"""Reads the routing file. Whatever is wrong with it is refused at start, with its line."""

import re
import tomllib
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from worker.delivery.routing import AUDIENCES, NOBODY, NOTICES_FILE_SINK, Routing, RoutingDocument

_HEADER: Final = re.compile(r"^\s*\[([^\[\]]+)\]\s*(#.*)?$")
_SECRETS: Final = ("secret_env", "secret_file", "password_env", "password_file", "url_env")
_KEY: Final = re.compile(r"^\s*([A-Za-z0-9_.\-]+|\"[^\"]*\")\s*=")


class RoutingFileError(ValueError):
    """The routing file cannot be used; the message has the file, the line and what to do."""


def read_routing(path: Path, notices_file: Path) -> Routing:
    """The routing of this file.

    Args:
        notices_file: of the data directory; takes the alarms that no other sink can take.

    Raises:
        RoutingFileError: it cannot be read, or something in it is unknown, missing or unused.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RoutingFileError(f"{path} cannot be read ({error}): check CUSTODY_ROUTES") from None
    try:
        document = RoutingDocument.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise RoutingFileError(f"{path} is no TOML: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise _fault(path, text, _place(first), _meaning(first)) from None
    _check_names(path, text, document)
    places = {name: f"{path}, line {_line_of_secret(text, name)}" for name in document.sinks}
    return Routing.of(document, notices_file, places)


def _check_names(path: Path, text: str, document: RoutingDocument) -> None:
    for reserved in (NOTICES_FILE_SINK, NOBODY):
        if reserved in document.sinks:
            raise _fault(path, text, ("sinks", reserved), "this name is the clock's: choose another")
    for audience in AUDIENCES:
        if audience not in document.audiences:
            meaning = f"audience {audience} is missing: write {audience} = [] if nobody is to get its notices"
            raise _fault(path, text, ("audiences",), meaning)
    lists: dict[tuple[str, str], tuple[str, ...]] = {}
    lists.update({("audiences", name): sinks for name, sinks in document.audiences.items()})
    lists.update({("routes", name): sinks for name, sinks in document.routes.items()})
    for place, sinks in lists.items():
        for name in sinks:
            if name not in document.sinks:
                raise _fault(path, text, place, f"there is no sink {name}: add [sinks.{name}] or remove it")
    used = set(chain.from_iterable(lists.values()))
    for name in document.sinks:
        if name not in used:
            meaning = f"nobody uses sink {name}: name it under [audiences] or [routes], or remove it"
            raise _fault(path, text, ("sinks", name), meaning)


def _place(problem: Any) -> tuple[str, ...]:
    """Where in the file a problem is; the discriminator's name is no key of the file."""
    parts = [str(part) for part in problem["loc"] if isinstance(part, str)]
    if parts[:1] == ["sinks"] and len(parts) > 2:
        del parts[2]
    return tuple(part for part in parts if part != "[key]")


def _meaning(problem: Any) -> str:
    match problem["type"]:
        case "extra_forbidden":
            return "unknown key: check its spelling"
        case "missing":
            return f"{problem['loc'][-1]} is missing"
        case "union_tag_invalid" | "union_tag_not_found":
            return "kind must be webhook, smtp, stream or file"
        case "literal_error" if problem["loc"][:1] == ("audiences",):
            return f"unknown audience: there are {', '.join(AUDIENCES)}"
        case _:
            return str(problem["msg"]).removeprefix("Value error, ")


def _fault(path: Path, text: str, place: Sequence[str], meaning: str) -> RoutingFileError:
    return RoutingFileError(f"{path}, line {line_of(text, place)}: {'.'.join(place)}: {meaning}")


def _line_of_secret(text: str, sink: str) -> int:
    return max(line_of(text, ("sinks", sink, key)) for key in _SECRETS)


def line_of(text: str, place: Sequence[str]) -> int:
    """The line of a key, or of the table that it should be in; 1 if neither is there."""
    found, table = 1, ""
    wanted = ".".join(place)
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = header[1].replace('"', "").replace(" ", "")
            here = table
        elif key := _KEY.match(line):
            here = f"{table}.{key[1]}".strip(".").replace('"', "")
        else:
            continue
        if here == wanted:
            return number
        if wanted.startswith(f"{here}."):
            found = number
    return found
