"""The instant of a commit to come: a mark that no event can write."""

import pytest

from events.instants import format_instant, parse_instant
from worker.custody.commit_time import AT_COMMIT, COMMIT_MARK, marked

WRITTEN = format_instant(AT_COMMIT).encode()
MARK = COMMIT_MARK.encode()


def test_no_event_can_write_the_mark() -> None:
    with pytest.raises(ValueError, match="RFC 3339"):
        parse_instant(COMMIT_MARK)


@pytest.mark.parametrize("name", ["time", "released_at", "closed_at"])
def test_the_instant_is_marked_where_it_is_the_value_of_such_a_field(name: str) -> None:
    assert marked(b'{"%b":"%b"}' % (name.encode(), WRITTEN)) == b'{"%b":"%b"}' % (name.encode(), MARK)


@pytest.mark.parametrize(
    "document",
    [
        b'{"reference":"%b"}' % WRITTEN,
        b'{"reference":"\\"released_at\\":\\"%b\\""}' % WRITTEN,
        b'{"overtime":"%b"}' % WRITTEN,
        b'{"released_at":"%b"}' % WRITTEN.replace(b"9Z", b"8Z"),
        b'{"_at":1,"note":"%b"}' % WRITTEN,
    ],
)
def test_no_other_text_is_marked(document: bytes) -> None:
    assert marked(document) == document
