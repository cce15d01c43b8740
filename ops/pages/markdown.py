"""The few forms of Markdown that the generated pages use."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

OPS: Final = Path(__file__).parents[1]
DOCS: Final = OPS / "docs"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table, with a blank line after it."""
    yield row(*heads)
    yield row(*("---" for _ in heads))
    for cells in rows:
        yield row(*cells)
    yield ""


def row(*cells: str) -> str:
    """One row of a table."""
    return "| " + " | ".join(cells) + " |"


def code(*words: str) -> str:
    """Words as code, separated by commas."""
    return ", ".join(f"`{word}`" for word in words)


def link(heading: str) -> str:
    """A link within the page to a heading that is nothing but this, as code."""
    anchor = "".join(character for character in heading.lower() if character.isalnum() or character in "_-")
    return f"[`{heading}`](#{anchor})"


def whole(parts: Iterable[str]) -> str:
    """A page from its lines and paragraphs."""
    return "\n".join(parts).rstrip() + "\n"
