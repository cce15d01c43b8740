"""Every answer of the store is progress of the thread that asked: a long chore is no standstill."""

import threading
from collections.abc import Callable

import pytest

from tests.support.worker_by_hand import Store
from worker import progress
from worker.host import watchdog
from worker.store.pipelining import ask


@pytest.mark.parametrize(
    "question",
    [
        lambda store: store.client.ping(),
        lambda store: store.client.pipeline().ping().execute(),
        lambda store: list(ask(store.client, [("PING",)])),
    ],
    ids=["command", "pipeline", "ask"],
)
def test_an_answer_is_progress_of_the_thread_that_asked(
    store: Store, question: Callable[[Store], object]
) -> None:
    me = threading.current_thread()
    before = progress.of(me)
    question(store)
    after = progress.of(me)
    assert after > before
    other = threading.Thread(target=question, args=(store,))
    other.start()
    other.join()
    assert progress.of(me) == after


def test_an_answer_that_does_not_come_is_given_up_before_the_pacemaker_counts_as_standing_still(
    store: Store,
) -> None:
    network = store.client.connection_pool.connection_kwargs
    assert network["socket_timeout"] < watchdog.STANDSTILL_SECONDS
    assert network["socket_connect_timeout"] < watchdog.STANDSTILL_SECONDS
