"""No file of the code is dead: something imports it, runs it or names it as an entry point."""

from pathlib import Path
from typing import Final

import pytest

from tests.house.dead_files import FOUND_BY_PLACE, dead_files
from tests.support.repository import ROOT

# A small tree with the same layout, in which everything is alive.
TREE: Final = {
    "pyproject.toml": '[project]\nname = "clock"\n[project.scripts]\nclock = "worker.cli:main"\n',
    "Makefile": "schemas:\n\t$(BIN)/python -m events.schema\n",
    "events/__init__.py": "",
    "events/schema.py": "",
    "worker/__init__.py": "",
    "worker/cli/__init__.py": "from worker.store.keys import Keys\n",
    "worker/store/__init__.py": "",
    "worker/store/keys.py": "",
    "worker/law/__init__.py": "",
    "worker/law/federal/__init__.py": "from worker.law.federal import limits\n",
    "worker/law/federal/limits.py": "",
}


def write(tree: Path, path: str, text: str) -> None:
    file = tree / path
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as end:
        end.write(text)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for path, text in TREE.items():
        write(tmp_path, path, text)
    return tmp_path


def test_no_file_is_dead() -> None:
    assert dead_files(ROOT) == [], "nothing leads to these: delete them, or name what does"


@pytest.mark.parametrize("pattern", FOUND_BY_PLACE)
def test_what_is_found_by_its_place_is_there(pattern: str) -> None:
    assert list(ROOT.glob(pattern)), f"{pattern} matches nothing: drop it"


@pytest.mark.parametrize(
    "path", ["events/old.py", "worker/store/older_record.py", "worker/ward/__init__.py", "ops/bench/try.py"]
)
def test_a_file_that_nobody_imports_is_dead(tree: Path, path: str) -> None:
    write(tree, path, '"""`python -m worker.store.older_record` runs it."""\nX = 1\n')
    assert dead_files(tree) == [path]


def test_an_import_from_a_test_keeps_nothing_alive(tree: Path) -> None:
    write(tree, "worker/store/older_record.py", "X = 1\n")
    write(tree, "tests/store/test_older_record.py", "from worker.store.older_record import X\n")
    assert dead_files(tree) == ["worker/store/older_record.py"]


def test_files_that_only_import_each_other_are_dead(tree: Path) -> None:
    write(tree, "worker/store/one.py", "from worker.store import two\n")
    write(tree, "worker/store/two.py", "def f():\n    from worker.store.one import two\n")
    assert dead_files(tree) == ["worker/store/one.py", "worker/store/two.py"]


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("worker/store/keys.py", "\nfrom worker.store.newer import X\n"),
        ("worker/store/keys.py", "\ndef f():\n    from worker.store import newer\n"),
        ("worker/cli/__init__.py", '\n_MORE = {"newer": ("worker.store.newer", "X")}\n'),
        ("worker/store/keys.py", '\nCOMMAND = [sys.executable, "-m", "worker.store.newer"]\n'),
        ("Makefile", "\nnewer:\n\t$(BIN)/python -m worker.store.newer\n"),
        ("ops/docs/NEWER.md", "Run `python -m worker.store.newer`.\n"),
        ("pyproject.toml", '\n[project.entry-points."custody.commands"]\nnewer = "worker.store.newer:X"\n'),
    ],
)
def test_a_file_that_something_names_is_alive(tree: Path, where: str, text: str) -> None:
    write(tree, "worker/store/newer.py", "X = 1\n")
    assert dead_files(tree) == ["worker/store/newer.py"]
    write(tree, where, text)
    assert dead_files(tree) == []


def test_a_new_jurisdiction_is_found(tree: Path) -> None:
    write(tree, "worker/law/texas/__init__.py", "from worker.law.texas import limits\n")
    write(tree, "worker/law/texas/limits.py", "X = 1\n")
    assert dead_files(tree) == []
