"""The HTTP application: which routes there are."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp

from events.schema import CONTRACT_VERSION
from worker.store.context import Context
from worker.web.access.access import Access
from worker.web.access.login import login_routes
from worker.web.board.feed import BoardFeed
from worker.web.board.routes import board_routes
from worker.web.errors import answer_errors
from worker.web.health import health_routes
from worker.web.intake.document import with_events
from worker.web.intake.routes import ON_DISK, Safety, intake_routes
from worker.web.metrics.routes import metrics_routes
from worker.web.reports.routes import report_routes
from worker.web.secured import Secured
from worker.web.store_door import StoreDoor
from worker.web.story.routes import story_routes
from worker.web.unread_body import ClosesUnreadBody


class _Application(FastAPI):
    def __init__(self, *, only_loopback: bool, **settings: Any) -> None:
        super().__init__(**settings)
        self._only_loopback = only_loopback

    def build_middleware_stack(self) -> ASGIApp:
        """Starlette would put what is added with `add_middleware` inside its answer to failures."""
        return Secured(super().build_middleware_stack(), only_loopback=self._only_loopback)

    def openapi(self) -> dict[str, Any]:
        """Of an application, with the events that it takes."""
        return self.openapi_schema or with_events(super().openapi())


def create_app(
    door: StoreDoor,
    feed: BoardFeed,
    access: Access,
    safety: Safety = ON_DISK,
    *,
    only_loopback: bool = False,
) -> FastAPI:
    """The application on a store; nothing is connected before it starts.

    Args:
        only_loopback: answer only requests for a loopback name of this machine; so does an open desk.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        feed.start()
        yield
        feed.stop()

    # Its own telemetry would report to whoever an environment variable names.
    app = _Application(
        only_loopback=only_loopback or access.is_open_desk,
        title="Custody clock",
        version=CONTRACT_VERSION,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        docs_url=None,
        redoc_url=None,
        # It would send the browser to whichever host the request names.
        redirect_slashes=False,
        lifespan=lifespan,
    )
    answer_errors(app)
    app.include_router(health_routes(feed, access))
    app.include_router(login_routes(access))
    app.include_router(board_routes(feed, access))
    app.include_router(story_routes(door, access))
    app.include_router(report_routes(door, access))
    app.include_router(intake_routes(door, access, safety))
    app.add_middleware(ClosesUnreadBody)
    app.include_router(metrics_routes(door, feed, access))
    app.mount("/static", StaticFiles(directory=str(files("worker.web").joinpath("static"))))
    return app


def openapi_document() -> dict[str, Any]:
    """What `GET /openapi.json` answers. Nothing is connected."""

    def no_store() -> Context:
        raise LookupError("this application is only described")

    door = StoreDoor(no_store)
    return create_app(door, BoardFeed(door), Access(tuple)).openapi()
