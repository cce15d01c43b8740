"""Judges the events of a request as the clock's intake will, before they are in the inbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from events.envelope import MAX_BATCH_EVENTS, MAX_EVENT_BYTES
from events.parse import Rejection, attribute_in, parse
from events.publisher import without_values
from worker.store.arrivals import Arrival
from worker.web.intake.batch_text import items_of
from worker.web.intake.document import Answer, RefusedEvent
from worker.web.intake.media import Form
from worker.web.refusal import RequestRefusedError

_NO_ARRAY: Final = Rejection(
    "not_json", "the body is not a JSON array of events: send [{…}, {…}], in UTF-8, without NaN"
)


@dataclass(frozen=True, slots=True)
class Judged:
    """The events of a request.

    Attributes:
        arrivals: what goes into the inboxes, in order: the refused ones too, so that they are kept and the
            watch is alarmed just as if they had come there.
        accepted: the numbers of those that take effect.
        answer: what the sender is answered.
    """

    arrivals: tuple[Arrival, ...]
    accepted: tuple[int, ...]
    answer: Answer


def judge(form: Form, body: bytes, source: str) -> Judged:
    """Find out what is to become of each event.

    Args:
        body: in binary mode, the event put together.
        source: the only one that the sender may report for.

    Raises:
        RequestRefusedError: 403, an event names another source; 413, too many events.
    """
    items = _items(form, body)
    if items is None:
        beginning = body if _is_whole(body) else body[:MAX_EVENT_BYTES]
        answer = Answer(accepted=(), refused=(_refused(0, None, _NO_ARRAY),))
        return Judged((Arrival(beginning, None),), (), answer)
    if len(items) > MAX_BATCH_EVENTS:
        raise RequestRefusedError(413, f"send at most {MAX_BATCH_EVENTS} events in one request")
    return _judge_each(items, source)


def _items(form: Form, body: bytes) -> Sequence[bytes] | None:
    if form is not Form.BATCH:
        return [body]
    items = items_of(body, MAX_BATCH_EVENTS)
    # One event that was not put into an array is understood all the same.
    return [body] if items is None and not isinstance(parse(body), Rejection) else items


def _is_whole(body: bytes) -> bool:
    """Whether all of a text that is no array is kept: what is kept must not be an event by itself."""
    return len(body) <= MAX_EVENT_BYTES or not isinstance(parse(body[:MAX_EVENT_BYTES]), Rejection)


def _judge_each(items: Sequence[bytes], source: str) -> Judged:
    arrivals, accepted, ids, refused = [], [], [], []
    for index, raw in enumerate(items):
        parsed = parse(raw)
        if isinstance(parsed, Rejection):
            _check_source(index, attribute_in(raw, "source"), source)
            refused.append(_refused(index, attribute_in(raw, "id"), parsed))
            arrivals.append(Arrival(raw, parsed.booking))
        else:
            _check_source(index, parsed.event.source, source)
            accepted.append(index)
            ids.append(parsed.event.id)
            arrivals.append(Arrival(without_values(parsed, raw), parsed.event.subject))
    return Judged(tuple(arrivals), tuple(accepted), Answer(accepted=tuple(ids), refused=tuple(refused)))


def _refused(index: int, id_: str | None, why: Rejection) -> RefusedEvent:
    return RefusedEvent(index=index, id=id_, reason=why.reason, detail=why.detail)


def _check_source(index: int, named: str | None, source: str) -> None:
    """What names no readable source is kept as the token's sender's mistake."""
    if named is not None and named != source:
        raise RequestRefusedError(
            403, f"event {index}: `source` is not {source}, for which this token was made; nothing was taken"
        )
