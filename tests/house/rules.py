"""What a house rule is made of: where it holds, how an offence is found, and the tree it is looked for in."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

from tests.support.repository import ROOT

NOT_OURS: Final = {".git", ".venv", ".venv-lock", "var", "dist", "build", "__pycache__"}

# From a module and its text: the line and the name of each offence.
Finder: TypeAlias = Callable[[ast.Module, str], Iterator[tuple[int, str]]]

FUNCTION_LINES: Final = 40
FILE_LINES: Final = 250


@dataclass(frozen=True)
class Offence:
    """A place that breaks a rule."""

    path: str
    line: int
    what: str


@dataclass(frozen=True)
class Rule:
    """A rule: where it holds, how an offence is found, why it is there, and a text it must catch."""

    under: tuple[str, ...]
    find: Finder
    because: str
    offender: str


def python_files(under: str, root: Path) -> dict[str, str]:
    """The Python files below a directory of a tree: path from its root, and text."""
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted((root / under).rglob("*.py"))
        if not NOT_OURS & set(path.relative_to(root).parts)
    }


@cache
def sources(under: str) -> dict[str, str]:
    """The Python files below a directory of this repository, read once."""
    return python_files(under, ROOT)


def dotted(node: ast.expr) -> str:
    """`a.b.c` of an expression that is such a name, else the empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def imported_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The line and the full dotted name of everything a module imports, at its top or within a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            before = "." * node.level + (f"{node.module}." if node.module else "")
            yield from ((node.lineno, f"{before}{alias.name}") for alias in node.names)


def is_within(name: str, package: str) -> bool:
    """Whether a dotted name is the package or something in it."""
    return f"{name}.".startswith(f"{package}.")


def uses_of(pattern: str) -> Finder:
    """A finder of names that match, called or not, and of imports that would hide such a name."""
    wanted = re.compile(pattern)

    def find(tree: ast.Module, _: str) -> Iterator[tuple[int, str]]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Name | ast.Attribute) and wanted.fullmatch(dotted(node)):
                yield node.lineno, dotted(node)
        for line, name in imported_names(tree):
            if wanted.fullmatch(name):
                yield line, f"import of {name}"

    return find


def imports_of(*packages: str) -> Finder:
    """A finder of imports of the packages or anything in them."""

    def find(tree: ast.Module, _: str) -> Iterator[tuple[int, str]]:
        for line, name in imported_names(tree):
            if any(is_within(name, package) for package in packages):
                yield line, f"import of {name}"

    return find


def long_functions(tree: ast.Module, _: str) -> Iterator[tuple[int, str]]:
    """Functions of too many lines, their docstring not counted."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
            lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            if lines > FUNCTION_LINES:
                yield node.lineno, f"{node.name}() has {lines} lines"


def long_file(_: ast.Module, text: str) -> Iterator[tuple[int, str]]:
    """A file of too many lines."""
    lines = text.count("\n")
    if lines > FILE_LINES:
        yield lines, f"{lines} lines"


def undocumented(tree: ast.Module, _: str) -> Iterator[tuple[int, str]]:
    """Public functions and classes without a docstring."""
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if not node.name.startswith("_") and not ast.get_docstring(node):
            yield node.lineno, node.name


def delayed_tasks(tree: ast.Module, _: str) -> Iterator[tuple[int, str]]:
    """Celery messages that are to be run later."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in {"eta", "countdown"}:
            yield node.value.lineno, f"{node.arg}="
        if isinstance(node, ast.Dict):
            for key in node.keys:
                if isinstance(key, ast.Constant) and key.value in {"eta", "countdown"}:
                    yield key.lineno, f'"{key.value}":'


def connections_at_import(tree: ast.Module, _: str) -> Iterator[tuple[int, str]]:
    """Connections and settings that are opened by importing the module."""
    outside_definitions = [
        node
        for node in tree.body
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    opening = re.compile(
        r"(.*\.)?(Redis|RedisCluster|Sentinel|from_url|Settings|read_settings|open_context)|connect"
    )
    for statement in outside_definitions:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and opening.fullmatch(dotted(node.func)):
                yield node.lineno, f"{dotted(node.func)}() when the module is imported"
