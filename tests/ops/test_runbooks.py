"""Whoever is woken by an alarm finds a page for it, and what the page says to type exists."""

import ast
import re
import shlex
from functools import cache
from typing import Final, get_args

import click
import pytest

from events.outbound import AlarmCode
from events.parse import RejectReason
from tests.support.repository import ROOT
from worker.cli import custody
from worker.desk.doctor import CHECKS

RUNBOOKS: Final = ROOT / "ops/runbooks"
PAGES: Final = {path.stem: path.read_text(encoding="utf-8") for path in RUNBOOKS.glob("*.md")}
INDEX: Final = "README"

HEADINGS: Final = ["Meaning", "Impact", "Diagnosis", "Mitigation"]
CODES: Final = {code: code.replace("_", "-") for code in get_args(AlarmCode)}
OTHERS: Final = {
    "doctor",
    "due-and-unreleased",
    "late-releases",
    "metrics",
    "no-worker",
    "rejects",
    "release-overdue",
    "restore",
    "store-unreachable",
}
COMMAND: Final = re.compile(r"(?:`|^|\| )custody ((?:[a-z-]+)(?: [^`|#\n]*)?)", re.MULTILINE)


@cache
def raised_codes() -> frozenset[str]:
    """The alarm codes that some code of the worker can name."""
    literals = {
        node.value
        for path in (ROOT / "worker").rglob("*.py")
        if path.name != "words.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return frozenset(literals & CODES.keys())


def resolve(line: str) -> None:
    """Follow a command's words through the command line interface.

    Raises:
        ValueError: there is no such subcommand or option.
    """
    command: click.Command = custody
    context = click.Context(custody)
    for word in shlex.split(line):
        if isinstance(command, click.Group):
            found = command.get_command(context, word)
            if found is None:
                raise ValueError(f"no command {word!r} in {line!r}")
            command = found
        elif word.startswith("--"):
            options = {name for parameter in command.params for name in parameter.opts}
            if word not in options:
                raise ValueError(f"no option {word!r} in {line!r}")


@pytest.mark.parametrize("code", CODES)
def test_every_alarm_code_has_its_page(code: str) -> None:
    assert PAGES[CODES[code]].startswith(f"# {code}\n")


def test_no_page_is_about_a_code_that_is_no_more() -> None:
    assert PAGES.keys() == {*CODES.values(), *OTHERS, INDEX}


@pytest.mark.parametrize("page", sorted({*OTHERS, *(CODES[code] for code in raised_codes())}))
def test_a_page_says_what_it_means_what_it_costs_how_to_look_and_what_to_do(page: str) -> None:
    sections = re.split(r"^## (.+)$", PAGES[page], flags=re.MULTILINE)[1:]
    assert sections[::2] == HEADINGS
    assert all(text.strip() for text in sections[1::2])


@pytest.mark.parametrize("code", sorted(CODES.keys() - raised_codes()))
def test_the_page_of_a_code_that_is_not_raised_yet_says_so(code: str) -> None:
    assert "not raised by this version" in PAGES[CODES[code]]


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_on_a_page_can_be_typed(page: str) -> None:
    for line in COMMAND.findall(PAGES[page]):
        resolve(line)


@pytest.mark.parametrize("wrong", ["rejects burn", "reprofile --everyone", "alarm"])
def test_a_command_that_does_not_exist_is_recognised(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"no (command|option)"):
        resolve(wrong)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_is_named_exists(page: str) -> None:
    assert set(re.findall(r"\]\(([\w-]+)\.md\)", PAGES[page])) <= PAGES.keys()


def test_the_index_has_every_page() -> None:
    assert set(re.findall(r"^\| \[([\w-]+)\.md\]", PAGES[INDEX], re.MULTILINE)) == PAGES.keys() - {INDEX}


def test_every_finding_of_the_doctor_is_explained() -> None:
    explained = set(re.findall(r"^\| `(\w+)` \|", PAGES["doctor"], re.MULTILINE))
    assert {check.name for check in CHECKS} == explained


def test_every_reason_for_a_refusal_is_explained() -> None:
    explained = set(re.findall(r"^\| `(\w+)` \|", PAGES["rejects"], re.MULTILINE))
    assert explained == set(get_args(RejectReason))
