"""A store client whose Nth exchange with the server fails, in one of the ways in which a network fails."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.connection import Connection
from redis.exceptions import ConnectionError as StoreConnectionError
from redis.retry import Retry

from worker.store.connection import Client


class Break(Enum):
    """Where an exchange breaks."""

    BEFORE = auto()  # nothing reached the server
    HALFWAY = auto()  # the first half of what was sent: of a pipeline some commands, of a command nothing
    AFTER = auto()  # everything took effect, the answer was lost


@dataclass
class Plan:
    """Which exchange is to break and how, and whether it has."""

    way: Break
    nth: int
    exchanges: int = 0
    broken: bool = False

    def is_due(self) -> bool:
        """Count one exchange, and say whether it is the one that breaks."""
        self.exchanges += 1
        if self.broken or self.exchanges != self.nth:
            return False
        self.broken = True
        return True


class BreakingConnection(Connection):
    """Breaks once, as planned; works before and after."""

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        self._plan = plan
        connection: Any = super()
        connection.__init__(*args, **kwargs)

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        """Send, unless this is where it breaks."""
        connection: Any = super()
        if self._plan.way is not Break.AFTER and self._plan.is_due():
            if self._plan.way is Break.HALFWAY:
                whole = command if isinstance(command, bytes) else b"".join(command)
                connection.send_packed_command([whole[: len(whole) // 2]], check_health)
            self._break()
        connection.send_packed_command(command, check_health)

    def read_response(self, *args: Any, **kwargs: Any) -> Any:
        """Read an answer, and lose it if this is where it breaks."""
        connection: Any = super()
        answer = connection.read_response(*args, **kwargs)
        if self._plan.way is Break.AFTER and self._plan.is_due():
            self._break()
        return answer

    def _break(self) -> None:
        connection: Any = self
        connection.disconnect()
        raise StoreConnectionError(f"exchange {self._plan.nth} was broken {self._plan.way.name.lower()}")


def breaking_client(url: str, plan: Plan) -> Client:
    """A client like the service's own, except that one exchange breaks as planned."""
    client = Redis.from_url(url, retry=Retry(NoBackoff(), 0), protocol=3)
    pool = client.connection_pool
    pool.connection_kwargs["plan"] = plan
    pool.connection_class = BreakingConnection
    return client
