"""What every kind of sink does: notices arrive in order, whole, in time, known again, or are not lost."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from tests.support.letter_samples import notice
from tests.support.sink_stages import STAGES, Stage
from tests.support.waiting import wait_until
from worker.delivery.sink import Outcome, OutgoingNotice

SHORT_SECONDS = 0.5
PATIENCE_SECONDS = 15.0

# A stage, with the seconds that one exchange may take.
Opened = Callable[..., Stage]


@pytest.fixture(params=STAGES)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    with ExitStack() as stack:
        yield lambda answer_seconds=15.0: stack.enter_context(STAGES[request.param](tmp_path, answer_seconds))


@pytest.fixture
def stage(opened: Opened) -> Stage:
    return opened()


def several(count: int = 5) -> list[OutgoingNotice]:
    return [notice(number, booking=f"B{number % 2}") for number in range(count)]


def bodies(stage: Stage) -> list[bytes]:
    return [arrived.body for arrived in stage.arrived() if arrived.body is not None]


def is_for_machines(stage: Stage) -> bool:
    return all(arrived.body is not None for arrived in stage.arrived())


def outcomes(stage: Stage, notices: list[OutgoingNotice]) -> set[Outcome]:
    return {answer.outcome for answer in stage.send(notices)}


def test_every_notice_arrives_once_in_order_and_whole(stage: Stage) -> None:
    sent = several()
    assert outcomes(stage, sent) == {Outcome.DELIVERED}
    arrived = stage.arrived()
    assert len({one.id for one in arrived}) == len(arrived) == len(sent)
    if is_for_machines(stage):
        assert bodies(stage) == [one.raw for one in sent]
    outcomes(stage, sent)
    assert [one.id for one in stage.arrived()] == [one.id for one in arrived] * 2


def test_a_notice_of_the_largest_size_arrives_whole(stage: Stage) -> None:
    large = notice(1, booking="B" * 64)
    large = OutgoingNotice("1-0", large.event, large.raw[:-1] + b',"more":"' + b"x" * 65_000 + b'"}', 1)
    assert outcomes(stage, [large]) == {Outcome.DELIVERED}
    if is_for_machines(stage):
        assert bodies(stage) == [large.raw]


def test_a_repeat_is_recognised_and_another_notice_is_no_repeat(stage: Stage) -> None:
    first, other = notice(1), notice(1, id="another")
    again = OutgoingNotice("9-0", first.event, first.raw, 7)
    stage.send([first])
    stage.send([again])
    stage.send([other])
    ids = [arrived.id for arrived in stage.arrived()]
    assert ids[0] == ids[1] != ids[2]


def test_what_is_not_taken_is_to_be_sent_again_and_then_arrives_once(stage: Stage) -> None:
    stage.send([notice(1)])
    with stage.failing():
        (answer,) = stage.send([notice(2), notice(3)])
        assert answer.outcome is Outcome.AGAIN
        assert answer.detail
    assert len(stage.arrived()) == 1
    assert outcomes(stage, [notice(2), notice(3)]) == {Outcome.DELIVERED}
    assert len({arrived.id for arrived in stage.arrived()}) == len(stage.arrived()) == 3


def test_of_a_batch_all_arrives_or_nothing(stage: Stage) -> None:
    batch = several(min(stage.sink.most_at_once, 50))
    with stage.failing():
        assert outcomes(stage, batch) == {Outcome.AGAIN}
    assert stage.arrived() == []
    assert outcomes(stage, batch) == {Outcome.DELIVERED}
    assert len(stage.arrived()) == len(batch)


def test_one_that_hangs_is_left_in_time_and_delivers_once_it_answers(opened: Opened) -> None:
    stage = opened(SHORT_SECONDS)
    with stage.hanging():
        started = time.monotonic()
        (answer,) = stage.send([notice(1)])
        assert time.monotonic() - started < PATIENCE_SECONDS
        assert answer.outcome is Outcome.AGAIN
        assert answer.detail
    # On a busy machine the next one may take longer than so short a time.
    assert wait_until(lambda: outcomes(stage, [notice(2)]) == {Outcome.DELIVERED}, PATIENCE_SECONDS)
    assert stage.arrived()


@pytest.mark.parametrize("trouble", ["failing", "hanging"])
def test_no_receipt_has_a_secret_an_address_or_a_notice_in_it(opened: Opened, trouble: str) -> None:
    stage = opened(SHORT_SECONDS)
    lasting: AbstractContextManager[object] = getattr(stage, trouble)()
    with lasting:
        answers = stage.send([notice(1, booking="BOOKING-77")])
    for answer in answers:
        for secret in (*stage.secrets, "BOOKING-77", "event was refused"):
            assert secret not in answer.detail + answer.shortfall
