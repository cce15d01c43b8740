"""The first lines of this repository's commits: at most 72 characters, from `BASE` on."""

import subprocess
from pathlib import Path
from typing import Final

BASE: Final = "7621e01c9d3b663db54c956aa73434278bbcecaf"
"""The last commit that the rule does not hold for: longer subjects are older."""

LONGEST: Final = 72


class NoHistoryError(Exception):
    """There is no history to check: no git, no repository, or one without the base."""


def subjects_since(base: str, repository: Path) -> list[tuple[str, str]]:
    """The id and the subject of every commit that `HEAD` has and the base has not.

    Raises:
        NoHistoryError: as in a release archive or in a shallow clone.
    """
    _git(repository, "merge-base", "--is-ancestor", base, "HEAD")
    lines = _git(repository, "log", "--format=%h %s", f"{base}..HEAD").splitlines()
    return [(commit, subject) for commit, _, subject in (line.partition(" ") for line in lines)]


def too_long(subjects: list[tuple[str, str]]) -> list[str]:
    """A line for each subject that is too long."""
    return [
        f"{commit}: {len(subject)} characters: {subject}"
        for commit, subject in subjects
        if len(subject) > LONGEST
    ]


def _git(repository: Path, *words: str) -> str:
    command = ["git", "-c", "i18n.logOutputEncoding=UTF-8", "-C", str(repository), *words]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        raise NoHistoryError("git is not installed") from None
    if done.returncode:
        raise NoHistoryError(done.stderr.decode(errors="replace").strip() or f"git {words[0]} failed")
    return done.stdout.decode("utf-8", errors="replace")
