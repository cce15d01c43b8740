"""Instants as whole Unix milliseconds: exact in every year, rounded down or up as asked."""

from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from worker.store.unix_ms import from_ms, to_ms, to_ms_up

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MS = timedelta(milliseconds=1)

FIRST = datetime(1, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)

instants = st.timedeltas(FIRST - EPOCH, LAST - EPOCH).map(EPOCH.__add__)


@given(instants)
@example(EPOCH)
@example(EPOCH - timedelta(microseconds=1))
@example(FIRST)
def test_an_instant_is_rounded_down_or_up_to_a_whole_millisecond(
    instant: datetime,
) -> None:
    down, up = to_ms(instant), to_ms_up(instant)
    assert from_ms(down) <= instant < from_ms(down) + MS
    assert from_ms(up) - MS < instant <= from_ms(up)
