"""Every command says what it does, and asking costs nothing."""

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint

import click
import pytest

from tests.support.terminal import ROOT, custody, custody_process
from worker import cli
from worker.cli import custody as program
from worker.cli import serve

IN_THE_CONTRACT = {
    "demo": "--speed --events --no-board",
    "run": "",
    "worker": "",
    "publish": "",
    "reconcile": "--columns --fix --watch --json",
    "report over-detention": "--from --to --csv --json --svg",
    "report shift": "--json",
    "report ice": "--from --to --csv --json",
    "record book": "--arrested-at --booked-at --charges",
    "record bail": "--posted-at --kind",
    "record order": "--ordered-at --basis --reference",
    "record transfer": "--transferred-at --to",
    "record depart": "--departed-at",
    "record ice-contact": "--contacted-at --channel --form --requests --reply-to",
    "import lapd": "--shift-latest-to",
    "explain": "--arrested-at --booked-at --arrest-kind --profile --json",
    "show": "--json",
    "due": "--within --json",
    "alarms": "--stats --json",
    "alarms list": "--all --json",
    "alarms show": "--json",
    "alarms ack": "--by --note",
    "losses list": "",
    "rejects list": "",
    "rejects replay": "",
    "audit verify": "",
    "audit export": "",
    "doctor": "",
}


def every_command() -> Iterator[tuple[str, ...]]:
    """The words of each command, groups and their subcommands included."""

    def below(command: click.Command, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield words
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                assert found is not None
                yield from below(found, (*words, name))

    return below(program, ())


@pytest.mark.parametrize("words", list(every_command()), ids=" ".join)
def test_a_command_explains_itself(words: tuple[str, ...]) -> None:
    asked = custody(*words, "--help")
    assert (asked.status, asked.err) == (0, "")
    assert asked.out.startswith(f"Usage: custody {' '.join(words)}".encode())
    assert "Options:" in asked.out.decode()


@pytest.mark.parametrize("command", IN_THE_CONTRACT)
def test_a_command_of_the_contract_has_its_options(command: str) -> None:
    sent = custody(*command.split(), "--help").out.decode()
    assert [option for option in IN_THE_CONTRACT[command].split() if option not in sent] == []


def overview() -> dict[str, str]:
    """The commands that `custody --help` lists, each with the first line of its summary."""
    lines = custody("--help").out.decode().split("Commands:")[1].splitlines()
    named = (line.split(maxsplit=1) for line in lines if line[:2] == "  " and line[2] != " ")
    return {name: summary.strip() for name, summary in named}


def entry_point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, cli.ENTRY_POINTS)


def test_the_overview_names_every_command() -> None:
    assert set(overview()) == set(program.list_commands(click.Context(program)))


def test_commands_of_other_packages_are_listed_with_their_own_summaries() -> None:
    listed = overview()
    assert listed["demo"] == "A simulated weekend on an embedded store: watch the clock work."
    assert "bench" in listed


@pytest.mark.parametrize("module", ["ops.no_such_module", "no_such_package.command"])
def test_a_command_whose_module_is_not_installed_is_not_offered(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "entry_points", lambda group: [entry_point("absent", f"{module}:command")])
    assert "absent" not in overview()
    asked = custody("absent")
    assert asked.status == 2
    assert "absent" in asked.complaint


def test_no_other_package_replaces_a_command_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "entry_points", lambda group: [entry_point("run", "ops.demo.command:demo")])
    assert program.get_command(click.Context(program), "run") is serve.run


def test_help_loads_neither_celery_nor_the_store_client() -> None:
    script = (
        "import sys, json\n"
        "from worker.cli import main\n"
        "sys.argv = ['custody', '--help']\n"
        "try: main()\n"
        "except SystemExit: print(json.dumps(sorted(sys.modules)))"
    )
    asked = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=True)
    loaded = set(json.loads(asked.stdout.splitlines()[-1]))
    assert "click" in loaded
    assert {"ops.demo.command", "ops.bench.command"} <= loaded  # the overview shows their summaries
    assert not {"celery", "redis", "pydantic", "rich"} & loaded


def test_python_m_worker_is_the_same_program() -> None:
    asked = custody_process("--help")
    assert (asked.status, asked.err) == (0, "")
    assert asked.out.replace(b"python -m worker", b"custody") == custody("--help").out


@pytest.mark.parametrize(
    "words", [(), ("rejects",), ("alarms",)], ids=["custody", "custody rejects", "custody alarms"]
)
def test_a_group_alone_prints_its_help_and_exits_as_click_does(words: tuple[str, ...]) -> None:
    asked = custody(*words)
    assert (asked.status, asked.out) == (2, b"")
    assert asked.err == custody(*words, "--help").out.decode()


def test_a_command_that_does_not_exist_is_one_line() -> None:
    asked = custody("frobnicate")
    assert asked.status == 2
    assert "frobnicate" in asked.complaint
