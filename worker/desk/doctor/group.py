"""Is a Sentinel group set up so that a failover loses nothing that was acknowledged?"""

from typing import Any, Final

from redis.exceptions import ResponseError

from worker.desk.doctor.finding import Result, ok, unsafe, warning
from worker.desk.doctor.installation import Installation
from worker.store.connection import Client
from worker.store.sentinels import sentinel_states

FEWEST_SENTINELS: Final = 3
MOST_LAG_SECONDS: Final = 10


def group(installation: Installation) -> Result:
    """The sentinels, the replicas, and what the primary does once it is cut off from them."""
    client = installation.client
    states = sentinel_states(client)
    if states is None:
        return ok("none: CUSTODY_STORE_URL names one server")
    if problem := _of_sentinels(states):
        return problem
    return _of_primary(client) or ok(f"{len(states)} sentinels agree, the replicas follow")


def _of_sentinels(states: list[dict[str, Any] | None]) -> Result | None:
    answers = [state for state in states if state is not None]
    if len(answers) <= len(states) / 2:
        return unsafe(
            f"{len(answers)} of {len(states)} sentinels answer: without most of them there is no failover, "
            "and no event is confirmed"
        )
    if len({(state["ip"], state["port"]) for state in answers}) > 1:
        return unsafe(
            "the sentinels do not agree on the primary: a failover is going on, or they are cut off"
        )
    if len(states) < FEWEST_SENTINELS:
        return unsafe(f"{len(states)} sentinels: name at least {FEWEST_SENTINELS}, on machines of their own")
    if len(answers) < len(states):
        return warning(f"{len(answers)} of {len(states)} sentinels answer: start the others again")
    return None


def _of_primary(client: Client) -> Result | None:
    asked: Any = client
    replication = asked.info("replication")
    replicas = [replication[name] for name in replication if _is_replica(name)]
    online = [one for one in replicas if one["state"] == "online" and one["lag"] <= MOST_LAG_SECONDS]
    if not online:
        return unsafe("no replica follows the primary: if it is lost, so is every record")
    if len(online) < len(replicas):
        return warning(f"{len(replicas) - len(online)} of {len(replicas)} replicas do not follow the primary")
    try:
        needed = int(asked.config_get("min-replicas-to-write")["min-replicas-to-write"])
    except ResponseError as error:
        return warning(f"cannot ask the primary ({error}): check that min-replicas-to-write is 1 or more")
    if needed < 1:
        return unsafe(
            "min-replicas-to-write is 0, so a primary that is cut off goes on, and what it takes is lost: "
            "set min-replicas-to-write 1 and min-replicas-max-lag 2 on every server"
        )
    return None


def _is_replica(name: str) -> bool:
    return name.startswith("slave") and name.removeprefix("slave").isdigit()
