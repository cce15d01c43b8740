"""The house rules: each with its reason, an example that breaks it, and the few places that may."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

import pytest

from tests.support.repository import ROOT

CODE: Final = ("events", "worker", "ops")
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


def dotted(node: ast.expr) -> str:
    """`a.b.c` of an expression that is such a name, else the empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def uses_of(pattern: str) -> Finder:
    """A finder of names that match, called or not, and of imports that would hide such a name."""
    wanted = re.compile(pattern)

    def find(tree: ast.Module, _: str) -> Iterator[tuple[int, str]]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Name | ast.Attribute):
                if wanted.fullmatch(dotted(node)):
                    yield node.lineno, dotted(node)
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if wanted.fullmatch(f"{node.module}.{alias.name}"):
                        yield node.lineno, f"from {node.module} import {alias.name}"

    return find


def imports_of(*packages: str) -> Finder:
    """A finder of imports of the packages or anything in them."""

    def find(tree: ast.Module, _: str) -> Iterator[tuple[int, str]]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                continue
            for name in names:
                if any(f"{name}.".startswith(f"{package}.") for package in packages):
                    yield node.lineno, f"import of {name}"

    return find


def long_functions(tree: ast.Module, _: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
            lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            if lines > FUNCTION_LINES:
                yield node.lineno, f"{node.name}() has {lines} lines"


def long_file(_: ast.Module, text: str) -> Iterator[tuple[int, str]]:
    lines = text.count("\n")
    if lines > FILE_LINES:
        yield lines, f"{lines} lines"


def undocumented(tree: ast.Module, _: str) -> Iterator[tuple[int, str]]:
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if not node.name.startswith("_") and not ast.get_docstring(node):
            yield node.lineno, node.name


def work_put_off(tree: ast.Module, _: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in {"eta", "countdown"}:
            yield node.value.lineno, f"{node.arg}="
        if isinstance(node, ast.Dict):
            for key in node.keys:
                if isinstance(key, ast.Constant) and key.value in {"eta", "countdown"}:
                    yield key.lineno, f'"{key.value}":'


def connections_at_import(tree: ast.Module, _: str) -> Iterator[tuple[int, str]]:
    outside_definitions = [
        node
        for node in tree.body
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    opening = re.compile(
        r"(.*\.)?(Redis|RedisCluster|Sentinel|from_url|Settings|read_settings|open_site)|connect"
    )
    for statement in outside_definitions:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and opening.fullmatch(dotted(node.func)):
                yield node.lineno, f"{dotted(node.func)}() when the module is imported"


WALL_CLOCK: Final = (
    r"time\.(time|time_ns|localtime|gmtime|ctime)|(datetime\.)?(datetime|date)\.(now|utcnow|today)"
    r"|dt\.(datetime|date)\.(now|utcnow|today)"
)

RULES: Final = {
    "one wall clock": Rule(
        ("worker", "events"),
        uses_of(WALL_CLOCK),
        "an instant that is not passed in cannot be tested, and two clocks in one decision can disagree",
        "import time\ndef f():\n    return time.time()\n",
    ),
    "no print": Rule(
        ("worker", "events"),
        uses_of("print"),
        "a service speaks through its log and its commands through worker/cli",
        "print('released')\n",
    ),
    "no work put off to Celery": Rule(
        (*CODE, "tests"),
        work_put_off,
        "with Redis as broker a task with an eta is delivered again after the visibility timeout and held in "
        "one worker's memory until it is due: a deadline would be lost with the worker",
        "task.apply_async(countdown=60)\n",
    ),
    "short functions": Rule(
        CODE,
        long_functions,
        f"a function of more than {FUNCTION_LINES} lines does more than its name says",
        "def f():\n" + "    g()\n" * (FUNCTION_LINES + 1),
    ),
    "short files": Rule(
        CODE,
        long_file,
        f"a file of more than {FILE_LINES} lines holds more than one concept",
        "x = 1\n" * (FILE_LINES + 1),
    ),
    "the law and the contract know no machinery": Rule(
        ("events", "worker/law", "worker/custody"),
        imports_of("redis", "valkey", "celery", "kombu", "structlog", "worker.settings", "worker.clock"),
        "what is decided must be the same in a test, in a replay and in the service",
        "from redis import Redis\n",
    ),
    "public names explained": Rule(
        ("events", "worker/law", "worker/custody"),
        undocumented,
        "the meaning, the units, the time zone and the source of a rule stand beside it",
        "def deadline():\n    return None\n",
    ),
    "nothing opened at import": Rule(
        ("worker", "events"),
        connections_at_import,
        "a connection made at import is shared by every fork, and --help would need a server",
        "import redis\nclient = redis.Redis.from_url('redis://localhost')\n",
    ),
    "no sleeping in tests": Rule(
        ("tests",),
        uses_of(r"(time|asyncio)\.sleep"),
        "a test that waits for time is slow when it passes and wrong when the machine is slow",
        "import time\ntime.sleep(1)\n",
    ),
}

# (rule, file) -> why it may. One that no longer offends must go.
EXEMPTIONS: Final[dict[tuple[str, str], str]] = {
    ("one wall clock", "worker/clock.py"): "it is the one",
    (
        "no work put off to Celery",
        "ops/bench/peers/celery/peer.py",
    ): "what it costs is what is measured there",
}


@cache
def sources(under: str) -> dict[str, str]:
    """The Python files below a directory: path from the root, and text."""
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted((ROOT / under).rglob("*.py"))
        if not NOT_OURS & set(path.relative_to(ROOT).parts)
    }


@cache
def offences(name: str) -> tuple[Offence, ...]:
    rule = RULES[name]
    return tuple(
        Offence(path, line, what)
        for under in rule.under
        for path, text in sources(under).items()
        for line, what in rule.find(ast.parse(text), text)
    )


def is_exempt(rule: str, path: str) -> bool:
    return (rule, path) in EXEMPTIONS or (rule == "no print" and path.startswith("worker/cli"))


@pytest.mark.parametrize("name", RULES)
def test_the_code_keeps_the_rule(name: str) -> None:
    broken = [found for found in offences(name) if not is_exempt(name, found.path)]
    listed = "\n".join(f"  {found.path}:{found.line}: {found.what}" for found in broken)
    assert not broken, f"{name}, because {RULES[name].because}:\n{listed}"


@pytest.mark.parametrize("name", RULES)
def test_the_rule_catches_what_breaks_it(name: str) -> None:
    text = RULES[name].offender
    assert list(RULES[name].find(ast.parse(text), text))


@pytest.mark.parametrize(("rule", "path"), EXEMPTIONS)
def test_an_exemption_is_still_needed(rule: str, path: str) -> None:
    assert path in {found.path for found in offences(rule)}, f"{path} keeps '{rule}' now: drop the exemption"
