"""What a receiver's answer means for the notices it was sent: pure, so that every case can be tested."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from worker.delivery.attempts import seconds_until_next
from worker.delivery.sink import Answer, Outcome, OutgoingNotice
from worker.store.sink_queue import Receipt, Settled, Waiting

Ending = Literal["delivered", "superseded", "dead"]


class Judgement(NamedTuple):
    """What to record of an attempt.

    Attributes:
        is_done: whether the notices are dealt with; otherwise they wait.
    """

    settled: list[Settled]
    is_done: bool


def judge(sink: str, notices: Sequence[OutgoingNotice], answer: Answer, now_ms: int) -> Judgement:
    """Judge an attempt at these notices, which were sent together.

    Args:
        now_ms: the store's time, Unix ms.
    """
    if answer.outcome is Outcome.DELIVERED:
        return Judgement([ended(sink, one, "delivered", answer.detail) for one in notices], is_done=True)
    if answer.outcome is Outcome.GONE:
        kept = [Settled(one.outbox_id, Waiting(one.attempt - 1, 0, answer.detail)) for one in notices]
        return Judgement(kept, is_done=False)
    wait_seconds = None
    if answer.outcome is Outcome.AGAIN:
        wait_seconds = seconds_until_next(notices[0].attempt, answer.retry_after_seconds)
    if wait_seconds is None:
        return Judgement([ended(sink, one, "dead", answer.detail) for one in notices], is_done=True)
    next_at_ms = now_ms + int(wait_seconds * 1000)
    failed = [
        Settled(
            one.outbox_id,
            Waiting(one.attempt, next_at_ms, answer.detail),
            _receipt(sink, one, "failed", answer.detail),
        )
        for one in notices
    ]
    return Judgement(failed, is_done=False)


def ended(sink: str, notice: OutgoingNotice, ending: Ending, detail: str = "") -> Settled:
    """A notice that is dealt with at this sink."""
    return Settled(notice.outbox_id, receipt=_receipt(sink, notice, ending, detail))


def unreadable(sink: str, outbox_id: str, booking: str, detail: str) -> Settled:
    """An entry that nobody can be sent: it was deleted, or it is no notice."""
    return Settled(outbox_id, receipt=Receipt(sink, "", booking, outbox_id, 0, "dead", detail))


def _receipt(sink: str, notice: OutgoingNotice, outcome: str, detail: str) -> Receipt:
    event = notice.event
    return Receipt(sink, event.id, event.subject, notice.outbox_id, notice.attempt, outcome, detail)
