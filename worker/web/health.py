"""`/healthz` and `/readyz`: is this process there, and does the clock run?"""

from fastapi import APIRouter, Response

from worker.store.awake import is_awake
from worker.web.access.access import Access
from worker.web.store_door import StoreDoor


def health_routes(door: StoreDoor, access: Access) -> APIRouter:
    """The routes that anybody may ask: they say yes or no."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        """This process answers."""
        return {"status": "ok"}

    @router.get("/readyz", responses={503: {"description": "No store, or no worker"}})
    def readyz(response: Response) -> dict[str, str]:
        """The store answers, and a worker was seen less than 5 s ago in every shard."""
        try:
            context = door.context()
            is_ready = all(is_awake(shard.client, shard.keys) for shard in context.shards)
        except Exception:
            response.status_code = 503
            return {"status": "the store does not answer"}
        if not is_ready:
            response.status_code = 503
            return {"status": "no worker has been seen for 5 s"}
        if access.problem():
            # Not a reason to take the board from its viewers; `custody doctor` says what is wrong.
            return {"status": "ok", "tokens": "the token file cannot be used: changes to it have no effect"}
        return {"status": "ok"}

    return router
