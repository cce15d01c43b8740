"""Only the store knows the instant of a commit; until then a mark that no event can write takes its place."""

import pytest

from events.instants import format_instant, parse_instant
from worker.custody.commit_time import AT_COMMIT, COMMIT_MARK, marked

PLACEHOLDER = format_instant(AT_COMMIT).encode()
MARK = COMMIT_MARK.encode()


def test_no_event_can_write_the_mark() -> None:
    with pytest.raises(ValueError, match="RFC 3339"):
        parse_instant(COMMIT_MARK)


@pytest.mark.parametrize("name", ["time", "released_at", "closed_at"])
def test_the_placeholder_becomes_the_mark_in_the_fields_that_the_store_fills_in(name: str) -> None:
    assert marked(b'{"%b":"%b"}' % (name.encode(), PLACEHOLDER)) == b'{"%b":"%b"}' % (name.encode(), MARK)


@pytest.mark.parametrize(
    "document",
    [
        b'{"reference":"%b"}' % PLACEHOLDER,
        b'{"reference":"\\"released_at\\":\\"%b\\""}' % PLACEHOLDER,
        b'{"overtime":"%b"}' % PLACEHOLDER,
        b'{"released_at":"%b"}' % PLACEHOLDER.replace(b"9Z", b"8Z"),
        b'{"_at":1,"note":"%b"}' % PLACEHOLDER,
    ],
)
def test_no_other_text_is_marked(document: bytes) -> None:
    assert marked(document) == document
