"""Every commit since the base has a short subject; where there is no history, nothing is checked."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.commit_subjects import BASE, LONGEST, NoHistoryError, subjects_since, too_long
from tests.support.repository import ROOT

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(repository: Path, *words: str) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    command = ["git", "-C", str(repository), *identity, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def commit(repository: Path, subject: str) -> str:
    """The id of a new, empty commit."""
    git(repository, "commit", "--quiet", "--allow-empty", "--no-verify", "--message", subject)
    return git(repository, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    # No repository around the directory may answer in its place.
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path


def test_every_new_commit_has_a_short_subject() -> None:
    try:
        subjects = subjects_since(BASE, ROOT)
    except NoHistoryError as missing:
        pytest.skip(f"no history to check: {missing}")
    assert too_long(subjects) == [], f"a subject has at most {LONGEST} characters"


@needs_git
def test_only_commits_since_the_base_are_looked_at(repository: Path) -> None:
    git(repository, "init", "--quiet")
    base = commit(repository, "x" * 100)
    commit(repository, "§" * LONGEST)
    assert [subject for _, subject in subjects_since(base, repository)] == ["§" * LONGEST]
    assert too_long(subjects_since(base, repository)) == []
    commit(repository, "y" * (LONGEST + 1))
    [found] = too_long(subjects_since(base, repository))
    assert found.endswith(f": 73 characters: {'y' * 73}")


@needs_git
def test_a_merge_brings_its_commits(repository: Path) -> None:
    git(repository, "init", "--quiet", "--initial-branch", "main")
    base = commit(repository, "base")
    git(repository, "switch", "--quiet", "--create", "side")
    commit(repository, "z" * 80)
    git(repository, "switch", "--quiet", "main")
    git(repository, "merge", "--quiet", "--no-ff", "--message", "Merge side", "side")
    assert len(too_long(subjects_since(base, repository))) == 1


@needs_git
def test_without_the_base_there_is_no_history(repository: Path) -> None:
    with pytest.raises(NoHistoryError, match="not a git repository"):
        subjects_since(BASE, repository)
    git(repository, "init", "--quiet")
    commit(repository, "a repository of another project around an archive, or a shallow clone of this one")
    with pytest.raises(NoHistoryError):
        subjects_since(BASE, repository)


def test_without_git_there_is_no_history(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    with pytest.raises(NoHistoryError, match="not installed"):
        subjects_since(BASE, repository)
