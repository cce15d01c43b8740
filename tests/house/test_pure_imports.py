"""What pure code may import: a list, so that anything else is a decision and not an accident.

The rooms of this project that it may import are in `.importlinter`.
"""

import ast
from collections.abc import Iterator
from typing import Final

import pytest

from tests.house.rules import imported_names, is_within, sources

PURE: Final = ("events", "worker/law", "worker/custody")
OURS: Final = ("events", "worker", "ops")

COMPUTES: Final = "computes from its arguments alone"
DESCRIBES: Final = "describes types and values"

# Module -> why any pure file may import it. Whatever is within an allowed module is allowed.
ANYWHERE: Final = {
    "collections": DESCRIBES,
    "dataclasses": DESCRIBES,
    "enum": DESCRIBES,
    "types": DESCRIBES,
    "typing": DESCRIBES,
    "datetime": f"{COMPUTES}; the rule of the one wall clock forbids now() and today()",
    "functools": f"{COMPUTES}; what it caches are answers that do not change",
    "hashlib": COMPUTES,
    "re": COMPUTES,
    "msgspec": COMPUTES,
    "orjson": COMPUTES,
    "pydantic": COMPUTES,
}

# (a file or folder, module) -> why it may, there alone. One that nobody uses must go.
ONLY_THERE: Final = {
    ("events", "zlib"): f"{COMPUTES}: the checksum by which bookings are spread over shards",
    ("events/importers", "csv"): f"{COMPUTES}: reads lines that the caller opened",
    ("events/importers", "json"): f"{COMPUTES}: writes events as lines",
    ("events/importers", "zoneinfo"): "the local time of the rows; the time zones are data that we ship",
    ("events/parse.py", "pydantic_core"): "the type of pydantic's error details",
    ("events/json_text.py", "base64"): "reads data as SDKs write it",
    ("events/json_text.py", "json"): "reads what orjson does not: half surrogate pairs",
    ("events/asyncapi.py", "inspect"): "a generator, run by hand",
    ("events/asyncapi.py", "json"): "a generator, run by hand",
    ("events/schema.py", "ast"): "a generator, run by hand: reads the meaning below each field",
    ("events/schema.py", "inspect"): "a generator, run by hand",
    ("events/schema.py", "itertools"): "a generator, run by hand",
    ("events/schema.py", "json"): "a generator, run by hand",
    ("events/schema.py", "textwrap"): "a generator, run by hand",
    ("worker/custody/commit_time.py", "secrets"): "a mark that no event can imitate; it is never stored",
    ("worker/law", "zoneinfo"): "the local time of a court; the time zones are data that we ship",
    ("worker/law", "importlib.resources"): "the profiles that a jurisdiction ships",
    ("worker/law/federal/holidays.py", "holidays"): "the federal holidays of a year, as data",
    ("worker/law/jurisdiction.py", "importlib"): "finds the jurisdictions, so that none is imported by name",
    ("worker/law/jurisdiction.py", "pkgutil"): "finds the jurisdictions, so that none is imported by name",
    ("worker/law/listed_days.py", "csv"): "a court's own list of days, read once at the start",
    ("worker/law/listed_days.py", "io"): "a court's own list of days, read once at the start",
    ("worker/law/listed_days.py", "pathlib"): "a court's own list of days, read once at the start",
    ("worker/law/listed_days.py", "tomllib"): "a court's own list of days, read once at the start",
    ("worker/law/profiles.py", "pathlib"): "a site's own profile, read once at the start",
    ("worker/law/profile_file.py", "pydantic_core"): "the type of pydantic's error details",
    ("worker/law/profile_file.py", "tomllib"): "a site's own profile, read once at the start",
}


def is_under(path: str, place: str) -> bool:
    return f"{path}/".startswith(f"{place}/")


def foreign_imports(text: str) -> Iterator[tuple[int, str]]:
    """The line and the name of each import of something that is not ours."""
    for line, name in imported_names(ast.parse(text)):
        if not name.startswith(".") and not any(is_within(name, ours) for ours in OURS):
            yield line, name


def permits(path: str, name: str) -> list[tuple[str, str]]:
    """The entries of `ONLY_THERE` by which a file may import a name."""
    return [
        (place, module) for place, module in ONLY_THERE if is_under(path, place) and is_within(name, module)
    ]


def unlisted_imports(path: str, text: str) -> list[str]:
    """The imports of a pure file that are on no list."""
    return [
        f"{path}:{line}: {name}"
        for line, name in foreign_imports(text)
        if not any(is_within(name, module) for module in ANYWHERE) and not permits(path, name)
    ]


def pure_files() -> dict[str, str]:
    return {path: text for room in PURE for path, text in sources(room).items()}


def test_pure_code_imports_only_what_is_listed() -> None:
    found = [line for path, text in pure_files().items() for line in unlisted_imports(path, text)]
    assert not found, "not on the list of what pure code may import:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "statement",
    [
        "import random",
        "import os.path",
        "from time import monotonic",
        "from urllib.request import urlopen",
        "def decide():\n    import subprocess",
        "if TYPE_CHECKING:\n    from structlog.typing import EventDict",
        "import datetime, threading",
    ],
)
def test_an_unlisted_import_is_caught(statement: str) -> None:
    assert unlisted_imports("worker/custody/decide.py", statement)


def test_what_one_file_may_import_another_may_not() -> None:
    assert not unlisted_imports("worker/custody/commit_time.py", "import secrets")
    assert unlisted_imports("worker/custody/decide.py", "import secrets")


def test_every_entry_is_used() -> None:
    imports = [(path, name) for path, text in pure_files().items() for _, name in foreign_imports(text)]
    used_anywhere = {module for module in ANYWHERE for _, name in imports if is_within(name, module)}
    assert set(ANYWHERE) == used_anywhere
    used_there = {permit for path, name in imports for permit in permits(path, name)}
    assert set(ONLY_THERE) == used_there
