"""Delivers one shard's outbox to one sink: at least once, each booking's notices in order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog
from pydantic import TypeAdapter, ValidationError

from events.outbound import AlarmCode, Outbound, OutboundEvent
from events.parse import attribute_in
from worker.delivery.judgement import Judgement, ended, judge, unreadable
from worker.delivery.line import Line
from worker.delivery.sink import Answer, Outcome, OutgoingNotice, Sink
from worker.delivery.superseded import is_superseded
from worker.store.outbox import Outgoing
from worker.store.sink_queue import Receipt, Settled, SinkQueue, Waiting
from worker.store.unix_ms import to_ms

log = structlog.get_logger("custody")

PAGE: Final = 200
MOST_WAITING: Final = 10_000
"""Back-pressure: while so much waits for a sink, what is new stays in the outbox."""

_ADAPTER: Final[TypeAdapter[Outbound]] = TypeAdapter(OutboundEvent)

RaiseAlarm = Callable[[AlarmCode, str, str, str], object]
"""Raises an alarm: code, detail, booking number, the sink that it must not go through."""


class SinkAwayError(RuntimeError):
    """A sink that waits out its failures does not take anything now; nothing was recorded."""


class Deliverer:
    """Works one sink's queue while it holds the lease. What waits is kept in memory, beside the store."""

    def __init__(
        self,
        queue: SinkQueue,
        sink: Sink,
        takes: Callable[[Outbound], bool],
        now: Callable[[], datetime],
        raise_alarm: RaiseAlarm,
        doubt: Callable[[], str | None] = lambda: None,
    ) -> None:
        """`takes` says whether a notice is for this sink; `now` is the store's time, in UTC.

        `doubt` is asked before each attempt: why to try again in a second, if there is a reason.
        """
        self._queue = queue
        self._sink = sink
        self._takes = takes
        self._now = now
        self._raise_alarm = raise_alarm
        self._doubt = doubt
        self._line = Line()
        self._seen_changes: int | None = None
        self._cursor = ""

    def work(self, stopping: Callable[[], bool]) -> bool:
        """One round over what is due again and a page of what is new.

        Returns:
            Whether more is new.

        Raises:
            LeaseLostError: another process delivers by now; make another deliverer to go on.
            SinkAwayError: try again in a second.
            redis.exceptions.RedisError: the store did not answer.
        """
        state = self._queue.state()
        if state.changes != self._seen_changes:
            self._cursor = self._queue.cursor()
            self._read_what_waits()
            self._seen_changes = state.changes
        if state.is_disabled:
            return False
        for booking in self._line.bookings():
            while not stopping() and self._try_first_of(booking):
                pass
        if stopping() or len(self._line) >= MOST_WAITING:
            return False
        page = self._queue.fresh(self._cursor, PAGE)
        is_full = len(page) == PAGE
        while page and not stopping():
            page = self._take_in(page)
        return is_full

    def _read_what_waits(self) -> None:
        waiting = self._queue.waiting()
        entries = self._queue.entries(list(waiting))
        self._line = Line()
        lost: list[Settled] = []
        for id_, state in waiting.items():
            raw = entries.get(id_, b"")
            event = _read(raw)
            if event is None:
                lost.append(self._unreadable(id_, raw))
            else:
                self._line.add(OutgoingNotice(id_, event, raw, state.attempts + 1), state)
        if lost:
            self._record(lost)

    def _try_first_of(self, booking: str) -> bool:
        """Try the first that waits for this booking, if it is due; whether the next may be tried."""
        notice, state = self._line.first_of(booking)
        if notice is None or state is None or state.next_at_ms > self._now_ms():
            return False
        if is_superseded(notice.event, self._line.later_than(notice)):
            judged = Judgement([ended(self._queue.sink, notice, "superseded")], is_done=True)
        else:
            judged = self._send([notice])
        self._record(judged.settled)
        if judged.is_done:
            self._line.remove(notice)
        else:
            self._line.add(notice, judged.settled[0].waiting or state)
        return judged.is_done

    def _take_in(self, page: list[Outgoing]) -> list[Outgoing]:
        """Deal with entries from the front, up to a full batch for the sink; the rest of the page."""
        sorted_ = self._sort(page)
        settled = sorted_.settled
        judged = self._send(sorted_.batch) if sorted_.batch else Judgement([], is_done=True)
        self._record([*settled, *judged.settled], page[sorted_.taken - 1].id)
        if not judged.is_done:
            for notice, one in zip(sorted_.batch, judged.settled, strict=True):
                self._line.add(notice, one.waiting or Waiting())
        for notice in sorted_.behind:
            self._line.add(notice, Waiting())
        return page[sorted_.taken :]

    def _sort(self, page: list[Outgoing]) -> "_Sorted":
        result = _Sorted()
        events = [_read(entry.event) for entry in page]
        for entry, event in zip(page, events, strict=True):
            if len(result.batch) == self._sink.most_at_once:
                break
            result.taken += 1
            if event is None:
                result.settled.append(self._unreadable(entry.id, entry.event))
            elif self._takes(event):
                notice = OutgoingNotice(entry.id, event, entry.event, 1)
                newer = [later for later in events[result.taken :] if later]
                self._place(notice, [later for later in newer if later.subject == event.subject], result)
        return result

    def _place(self, notice: OutgoingNotice, newer: list[Outbound], result: "_Sorted") -> None:
        if is_superseded(notice.event, newer):
            result.settled.append(ended(self._queue.sink, notice, "superseded"))
        elif self._line.first_of(notice.event.subject)[0]:
            result.settled.append(Settled(notice.outbox_id, Waiting()))
            result.behind.append(notice)
        else:
            result.batch.append(notice)

    def _send(self, notices: Sequence[OutgoingNotice]) -> Judgement:
        """Attempt these. An alarm is raised before it is recorded why: better twice than never."""
        if problem := self._doubt():
            raise SinkAwayError(problem)
        try:
            answer = self._sink.send(notices)
        except Exception as error:
            # Its text may have an address or a payload in it.
            answer = Answer(Outcome.AGAIN, type(error).__name__)
        if answer.outcome is Outcome.AGAIN and self._sink.waits_out_failures:
            raise SinkAwayError(answer.detail)
        judged = judge(self._queue.sink, notices, answer, self._now_ms())
        if answer.outcome is Outcome.GONE:
            self._disable(answer.detail)
        for notice, settled in zip(notices, judged.settled, strict=True):
            if settled.receipt is not None and settled.receipt.outcome == "dead":
                self._alarm_undelivered(notice.event.subject, answer.detail)
            elif answer.shortfall:
                self._alarm_undelivered(notice.event.subject, answer.shortfall)
        return judged

    def _record(self, settled: list[Settled], cursor: str = "") -> None:
        self._queue.settle(settled, cursor)
        if cursor:
            self._cursor = cursor
        for one in settled:
            if one.receipt is not None:
                _log(one.receipt)

    def _unreadable(self, outbox_id: str, raw: bytes) -> Settled:
        """It stops nothing behind it."""
        booking = attribute_in(raw, "subject") or ""
        detail = "the outbox entry cannot be read" if raw else "the outbox entry is gone"
        self._alarm_undelivered(booking, detail)
        return unreadable(self._queue.sink, outbox_id, booking, detail)

    def _alarm_undelivered(self, booking: str, detail: str) -> None:
        text = (
            f"sink {self._queue.sink}: a notice about booking {booking or 'unknown'} was not delivered "
            f"({detail}): see `custody notices list --undelivered`; bring it to its receiver, or retry it"
        )
        self._raise_alarm("notice_undelivered", text, booking, self._queue.sink)

    def _disable(self, detail: str) -> None:
        text = (
            f"sink {self._queue.sink} answered that it wants nothing any more ({detail}): its notices wait; "
            f"ask its operator, then `custody notices enable {self._queue.sink}`"
        )
        self._raise_alarm("sink_disabled", text, "", self._queue.sink)
        self._queue.disable(detail)

    def _now_ms(self) -> int:
        return to_ms(self._now())


@dataclass(slots=True)
class _Sorted:
    """A page of the outbox, as far as one batch goes.

    Attributes:
        taken: how many entries of the page were sorted.
        settled: what needs no attempt now.
        batch: what is to be sent.
        behind: what waits behind earlier notices about the same booking.
    """

    taken: int = 0
    settled: list[Settled] = field(default_factory=list)
    batch: list[OutgoingNotice] = field(default_factory=list)
    behind: list[OutgoingNotice] = field(default_factory=list)


def _log(receipt: Receipt) -> None:
    log.info(
        "delivery",
        sink=receipt.sink,
        notice=receipt.notice,
        booking=receipt.booking,
        outbox_id=receipt.outbox_id,
        attempt=receipt.attempt,
        outcome=receipt.outcome,
        detail=receipt.detail,
    )


def _read(raw: bytes) -> Outbound | None:
    try:
        return _ADAPTER.validate_json(raw)
    except ValidationError:
        return None
