"""`/healthz` and `/readyz`: is this process there, and does the clock run?"""

from fastapi import APIRouter, Response

from worker.web.access.access import Access
from worker.web.board.feed import BoardFeed


def health_routes(feed: BoardFeed, access: Access) -> APIRouter:
    """The routes that anybody may ask: they say yes or no. Neither waits for the store."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        """This process answers."""
        return {"status": "ok"}

    @router.get("/readyz", responses={503: {"description": "No store, or no worker"}})
    async def readyz(response: Response) -> dict[str, str]:
        """The store answers, and a worker was seen less than 5 s ago in every shard."""
        if not feed.store_answers:
            response.status_code = 503
            return {"status": "the store does not answer"}
        if not feed.is_awake:
            response.status_code = 503
            return {"status": "no worker has been seen for 5 s"}
        if access.problem():
            # Not a reason to take the board from its viewers; `custody doctor` says what is wrong.
            return {"status": "ok", "tokens": "the token file cannot be used: changes to it have no effect"}
        return {"status": "ok"}

    return router
