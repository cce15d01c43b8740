"""The house rules: each with its reason, an example that breaks it, and the few places that may.

Which part may import which is in `.importlinter`; what pure code may import, in `test_pure_imports.py`.
"""

import ast
from functools import cache
from typing import Final

import pytest

from tests.house.rules import (
    FILE_LINES,
    FUNCTION_LINES,
    Offence,
    Rule,
    connections_at_import,
    delayed_tasks,
    imports_of,
    long_file,
    long_functions,
    sources,
    undocumented,
    uses_of,
)

CODE: Final = ("events", "worker", "ops")
PURE: Final = ("events", "worker/law", "worker/custody")
BELOW_THE_HOST: Final = (*PURE, "worker/engine", "worker/delivery", "worker/desk", "worker/store")

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
    "no task delayed by Celery": Rule(
        (*CODE, "tests"),
        delayed_tasks,
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
    "no way round the import rules": Rule(
        PURE,
        uses_of(r"__import__|eval|exec|compile|open|input|(builtins|io)\.open"),
        "what is decided must be the same in a test, in a replay and in the service",
        "clock = __import__('time')\n",
    ),
    "no HTTP server below the host": Rule(
        BELOW_THE_HOST,
        imports_of("http.server", "xmlrpc.server"),
        "tests and commands use these rooms too, and nothing in them may listen; .importlinter forbids the "
        "frameworks, but cannot tell http.server from http.client",
        "from http.server import HTTPServer\n",
    ),
    "public names explained": Rule(
        PURE,
        undocumented,
        "the meaning, the units, the time zone and the source of a rule belong beside it",
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
        "no task delayed by Celery",
        "ops/bench/peers/celery/peer.py",
    ): "the benchmark measures what such a task costs",
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


@pytest.mark.parametrize("name", RULES)
def test_the_rule_holds_somewhere(name: str) -> None:
    assert all(sources(under) for under in RULES[name].under), f"{name} names a folder that is not there"


@pytest.mark.parametrize(("rule", "path"), EXEMPTIONS)
def test_an_exemption_is_still_needed(rule: str, path: str) -> None:
    assert path in {found.path for found in offences(rule)}, f"{path} keeps '{rule}' now: drop the exemption"
