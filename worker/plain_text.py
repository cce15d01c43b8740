"""Text from outside as plain text: what a terminal or a browser would act on is shown as an escape."""

import json
import unicodedata
from typing import Final

_ACTED_ON: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control characters, direction overrides and other invisible ones, lone surrogates, line separators."""


def escaped(text: str, *, keep: str = "") -> str:
    r"""The text with `\x1b` for an escape character, `\u202e` for a direction override, and so on.

    Args:
        keep: characters that stay as they are, such as a newline in a text of several lines.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        _escape(character)
        if character not in keep and unicodedata.category(character) in _ACTED_ON
        else character
        for character in text
    )


def escaped_json(document: str) -> str:
    """The same JSON document, with such characters in its texts written as JSON escapes them."""
    if document.isascii():
        return document
    return "".join(
        json.dumps(character)[1:-1]
        if not character.isascii() and unicodedata.category(character) in _ACTED_ON
        else character
        for character in document
    )


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
