"""The HTTP application: which routes there are."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from worker.web.access.access import Access
from worker.web.board.feed import BoardFeed
from worker.web.board.routes import board_routes
from worker.web.health import health_routes
from worker.web.store_door import StoreDoor
from worker.web.story.routes import story_routes


def create_app(door: StoreDoor, feed: BoardFeed, access: Access) -> FastAPI:
    """The application on a store; nothing is connected before it starts."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        feed.start()
        yield
        feed.stop()

    def zone() -> ZoneInfo:
        return door.context().rules_by_record.current.profile.calendar.zone

    # Its own telemetry would report to whoever an environment variable names.
    app = FastAPI(
        title="Custody clock",
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.include_router(health_routes(door))
    app.include_router(board_routes(feed, access, zone))
    app.include_router(story_routes(door, access))
    app.mount("/static", StaticFiles(directory=str(files("worker.web").joinpath("static"))))
    return app
