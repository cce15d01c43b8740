"""`POST /events`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

import structlog
from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from worker.embedded.private import DataDirNotPrivate
from worker.store.arrivals import NotTakenError, put_in
from worker.store.day_file import DayFiles
from worker.web.access.access import Access
from worker.web.access.tokens import Token
from worker.web.body import announced_bytes, read_body
from worker.web.intake.binary_mode import structured
from worker.web.intake.document import DESCRIPTION, OPERATION, RESPONSES, Answer
from worker.web.intake.judge import Judged, judge
from worker.web.intake.media import Form, form_of
from worker.web.intake.places import WRITERS, Places
from worker.web.refusal import RequestRefusedError, try_later
from worker.web.store_door import StoreDoor

log = structlog.get_logger("custody")


@dataclass(frozen=True, slots=True)
class Safety:
    """When an event counts as kept.

    Attributes:
        min_replicas: so many replicas must have it.
        is_unsafe_accepted: a store that does not write to its disk is good enough.
        day_files: must have it too; None: no file is kept.
    """

    min_replicas: int = 0
    is_unsafe_accepted: bool = False
    day_files: DayFiles | None = None


ON_DISK: Final = Safety()
"""On the disk of the store; no replica is needed."""


def intake_routes(door: StoreDoor, access: Access, safety: Safety) -> APIRouter:
    """HTTP intake."""
    router = APIRouter(tags=["intake"])
    intake = _Intake(door, safety)

    @router.post(
        "/events",
        status_code=202,
        summary="Send events",
        description=DESCRIPTION,
        responses=RESPONSES,
        openapi_extra=OPERATION,
        response_class=JSONResponse,
    )
    async def events(
        request: Request, token: Annotated[Token, Depends(access.requires("intake"))]
    ) -> JSONResponse:
        try:
            answer = await intake.take(request, token)
        except RequestRefusedError as error:
            log.warning("events_not_taken", token=token.name, status=error.status, problem=error.detail)
            return JSONResponse({"detail": error.detail}, error.status, error.headers)
        accepted, refused = len(answer.accepted), len(answer.refused)
        log.info("events_taken", token=token.name, accepted=accepted, refused=refused)
        return JSONResponse(answer.model_dump(), 400 if refused and not accepted else 202)

    return router


class _Intake:
    def __init__(self, door: StoreDoor, safety: Safety) -> None:
        self._door = door
        self._safety = safety
        self._places = Places()
        self._threads = CapacityLimiter(WRITERS)

    async def take(self, request: Request, token: Token) -> Answer:
        """Read, judge and keep the events of a request.

        Raises:
            RequestRefusedError: nothing of it counts as taken.
        """
        form = form_of(request.headers)
        with self._places.one(token.name, announced_bytes(request, form.max_bytes)):
            body = await read_body(request, form.max_bytes)
            if form is Form.BINARY:
                body = structured(request.headers, body)
            async with self._places.writer():
                return await to_thread.run_sync(
                    self._judge_and_keep, form, body, token.source or "", limiter=self._threads
                )

    def _judge_and_keep(self, form: Form, body: bytes, source: str) -> Answer:
        judged = judge(form, body, source)
        arrived_at = self._put_in(judged)
        if self._safety.day_files is not None:
            _append(self._safety.day_files, judged, arrived_at)
        return judged.answer

    def _put_in(self, judged: Judged) -> list[datetime]:
        try:
            return put_in(
                self._door.context(),
                judged.arrivals,
                min_replicas=self._safety.min_replicas,
                is_unsafe_accepted=self._safety.is_unsafe_accepted,
            )
        except NotTakenError as error:
            detail = f"{error}: send the same events again later; repeats are harmless"
            raise try_later(503, detail, error.retry_after_seconds) from None
        except Exception as error:
            log.warning("store_not_opened", problem=type(error).__name__)
            detail = "the store cannot be used: see the board's log, and `custody doctor`; send them again"
            raise try_later(503, detail, 10) from None


def _append(day_files: DayFiles, judged: Judged, arrived_at: list[datetime]) -> None:
    """What is accepted must be where the loss of the store does not reach."""
    try:
        day_files.append([(arrived_at[at], judged.arrivals[at].raw) for at in judged.accepted])
    except (OSError, DataDirNotPrivate):
        log.exception("day_file_not_written")
        detail = "the file of accepted events cannot be written: see the board's log; send them again later"
        raise try_later(503, detail, 10) from None
