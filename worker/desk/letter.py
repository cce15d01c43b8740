"""A notice as a person reads it: in a mail, or to be keyed in for a fax or a teletype message."""

import textwrap
from typing import Final

from msgspec import Struct

_COLUMNS: Final = 72


class Letter(Struct, frozen=True):
    """The text of a notice. What came from outside is plain text in it; the subject is a single line.

    Attributes:
        subject: what it is about, in a line.
        text: the whole text; the first sentence says what and when.
        attention: for whom it is, where a machine is shared.
        refer: what an answer should name.
    """

    subject: str
    text: str
    attention: str = ""
    refer: str = ""

    def as_message(self) -> str:
        """To be keyed in for a fax or a teletype message: lines of at most 72 columns between blanks."""
        head = f"ATTENTION: {self.attention}\nREFER: {self.refer}\nSUBJECT: {self.subject}\n\n"
        return head + "".join(f"{_wrapped(line)}\n" for line in self.text.splitlines())


def paragraphs(*texts: str) -> str:
    """These as one text, without the empty ones."""
    return "\n\n".join(text for text in texts if text) + "\n"


def _wrapped(line: str) -> str:
    return textwrap.fill(line, _COLUMNS, break_long_words=False, break_on_hyphens=False)
