"""Finds dead Python files: those that no entry point reaches, neither at once nor through what it imports."""

import ast
import re
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final

from tests.house.rules import imported_names, python_files

CODE: Final = ("events", "worker", "ops")

# Found by their place in the tree, or kept for others -> by whom.
FOUND_BY_PLACE: Final = {
    "worker/law/*/__init__.py": "worker/law/jurisdiction.py imports every folder beside it",
    "ops/bench/peers/*/peer.py": "ops/bench/environments.py runs them by path, in their own environments",
    "ops/bench/peers/common/*.py": "the peers' own environments have this folder on their path",
    "events/testing.py": "for the tests of those who send events",
    "events/publisher.py": "for those who send events",
}

_RUN_AS_MODULE: Final = re.compile(r"""(?<![\w-])-m["']?,?\s*["']?([A-Za-z_][\w.]*)""")


def dead_files(root: Path) -> list[str]:
    """The paths of the dead files below `root`, which has the layout of this repository."""
    files = {path: text for package in CODE for path, text in python_files(package, root).items()}
    modules = {_module(path): path for path in files}
    alive: set[str] = set()
    found = [*_found_by_place(root), *_entry_points(root, modules)]
    while found:
        path = found.pop()
        if path not in alive:
            alive.add(path)
            found += _packages_around(path, files)
            found += _leads_to(path, files[path], modules)
    return sorted(files.keys() - alive)


def _module(path: str) -> str:
    return ".".join(Path(path).with_suffix("").parts).removesuffix(".__init__")


def _packages_around(path: str, files: dict[str, str]) -> list[str]:
    """The `__init__.py` of every folder that a file is in: they are imported with it."""
    return [init for folder in Path(path).parents if (init := f"{folder.as_posix()}/__init__.py") in files]


def _found_by_place(root: Path) -> Iterator[str]:
    for pattern in FOUND_BY_PLACE:
        yield from (path.relative_to(root).as_posix() for path in root.glob(pattern))


def _entry_points(root: Path, modules: dict[str, str]) -> Iterator[str]:
    """The files that pyproject.toml names, and those that a text other than Python runs with `-m`."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tables = [project.get("scripts", {}), *project.get("entry-points", {}).values()]
    for table in tables:
        yield from _named([value.partition(":")[0].strip() for value in table.values()], modules)
    for text in _texts(root):
        yield from _run_as_modules(text, modules)


def _texts(root: Path) -> Iterator[str]:
    """What is written at the top, in .ci and in ops, other than Python."""
    places = [root.glob("*"), (root / ".ci").rglob("*"), (root / "ops").rglob("*")]
    for path in chain.from_iterable(places):
        if path.is_file() and path.suffix not in {".py", ".pyc", ".lock"}:
            yield path.read_text(encoding="utf-8", errors="ignore")


def _leads_to(path: str, text: str, modules: dict[str, str]) -> Iterator[str]:
    """The files that a file imports, names in a string, as the table of commands does, or runs with `-m`."""
    tree = ast.parse(text)
    names = [name for _, name in imported_names(tree)]
    strings = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    names += [string.partition(":")[0] for string in strings if isinstance(string, str) and "." in string]
    yield from _named(names, modules)
    # A file's own docstring may say how to run it; that alone is no reason to keep it.
    yield from (other for other in _run_as_modules(text, modules) if other != path)


def _named(names: list[str], modules: dict[str, str]) -> Iterator[str]:
    """The files of dotted names, each of which may be a module or something in one."""
    for name in names:
        yield from (modules[known] for known in (name, name.rpartition(".")[0]) if known in modules)


def _run_as_modules(text: str, modules: dict[str, str]) -> Iterator[str]:
    for name in _RUN_AS_MODULE.findall(text):
        yield from (modules[known] for known in (name, f"{name}.__main__") if known in modules)
