"""What the repository says about itself is true: the commands it names exist, and it names no machine."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Final

import click
import pytest

from tests.support.repository import ROOT

NOT_OURS: Final = {".git", ".venv", ".venv-lock", "var", "dist", "build", "__pycache__", ".hypothesis"}
CACHE: Final = re.compile(r"\.\w+_cache|.*\.egg-info")

PERFORMANCE_WORDS: Final = 2_500

# Put together here, so that this file does not break its own rules.
WORK_LEFT: Final = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX")) + r")\b")
MACHINE_PATH: Final = re.compile(
    r"(?<![\w.$}/~-])/(" + "|".join(("work", "root", "Users", "home/[a-z]+")) + r")/"
)

COMMAND: Final = re.compile(
    r"^(?:\$ )?(?:[\w./-]*/bin/)?(custody|make|python -m worker) ?(.*)$", re.MULTILINE
)
NAMED_PATH: Final = re.compile(r"`((?:events|worker|ops|tests|\.ci)/[\w./-]*)`")
LINK: Final = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([\w-]+))?\)")
FENCED: Final = re.compile(r"^```(?:sh|bash|console|shell)?\n(.*?)^```", re.MULTILINE | re.DOTALL)


def ours() -> Iterator[tuple[str, str]]:
    """Every text file of the repository: path from the root, and text."""
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        if NOT_OURS & set(parts) or any(CACHE.fullmatch(part) for part in parts) or not path.is_file():
            continue
        try:
            yield "/".join(parts), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path}:{number}: {line.strip()}"
        for path, text in ours()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def make_targets() -> set[str]:
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert phony
    return set(phony[1].split())


def documents() -> list[str]:
    return [path for path, _ in ours() if path.endswith(".md")]


def commands_in(document: str) -> list[tuple[str, str]]:
    """The commands that a document tells its reader to type: the program, and the rest of the line."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return [found for block in FENCED.findall(text) for found in COMMAND.findall(block)]


def anchors_of(text: str) -> set[str]:
    """The names by which a page's headings can be linked to, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_no_work_is_left_for_later_in_a_comment() -> None:
    assert not lines_with(WORK_LEFT)


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    assert not lines_with(MACHINE_PATH)


@pytest.mark.parametrize("path", ["/" + "work/main", "cd /" + "root/x", "'/" + "home/ana/custody'"])
def test_a_path_of_a_machine_is_recognised(path: str) -> None:
    assert MACHINE_PATH.search(f"{path}/")


def test_make_alone_lists_every_target_with_a_line_about_it() -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not installed")
    sent = subprocess.run([make, "-C", str(ROOT), "-s"], capture_output=True, text=True, check=True).stdout
    explained = {match[1] for match in re.finditer(r"^  make (\w+) +\S.*$", sent, re.MULTILINE)}
    assert explained == make_targets()


@pytest.mark.parametrize("document", documents())
def test_a_command_in_a_document_can_be_typed(document: str) -> None:
    from worker.cli import custody

    known = {"make": make_targets(), "custody": set(custody.list_commands(click.Context(custody)))}
    unknown = []
    for program, rest in commands_in(document):
        words = [word for word in rest.split("#")[0].split() if re.fullmatch(r"[a-z][a-z-]*", word)]
        if words and words[0] not in known.get(program, known["custody"]):
            unknown.append(f"{program} {rest}")
    assert not unknown, f"{document} names commands that do not exist"


@pytest.mark.parametrize("document", documents())
def test_a_file_that_a_document_names_is_there(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    missing = [path for path in NAMED_PATH.findall(text) if not (ROOT / path).exists()]
    assert not missing


@pytest.mark.parametrize("document", documents())
def test_a_link_in_a_document_leads_somewhere(document: str) -> None:
    page = ROOT / document
    wrong = []
    for path, anchor in LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8"))):
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors_of(target.read_text(encoding="utf-8"))):
            wrong.append(f"{path}#{anchor}")
    assert not wrong


def test_the_page_on_performance_is_short() -> None:
    words = (ROOT / "ops/docs/PERFORMANCE.md").read_text(encoding="utf-8").split()
    assert len(words) < PERFORMANCE_WORDS


def test_the_design_has_a_place_and_an_invariant_for_every_room() -> None:
    code_map = (ROOT / "ops/docs/DESIGN.md").read_text(encoding="utf-8").partition("## Code map")[2]
    sections = re.split(r"^### ", code_map.partition("\n## ")[0], flags=re.MULTILINE)[1:]
    described = {room for section in sections for room in re.findall(r"`([\w./]+)`", section.splitlines()[0])}
    rooms = {path.parent.relative_to(ROOT).as_posix() for path in (ROOT / "worker").glob("*/__init__.py")}
    assert rooms | {"ops", "events", "worker/engine/chores"} <= described
    assert all("**Invariant:**" in section for section in sections)
