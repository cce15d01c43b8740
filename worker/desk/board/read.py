"""Reads the whole board from the store once, as `custody due` reads its list."""

from datetime import timedelta

from worker.clock import ScaledClock
from worker.desk.board.answers import Board, Pulse
from worker.desk.board.follow import Follower
from worker.desk.board.memory import BoardMemory
from worker.store.awake import beat_age
from worker.store.context import Context, OpenStore


def read_board(context: Context, facility: str | None = None) -> Board:
    """Read every record once, of every shard, and no timer.

    Args:
        facility: only people there; capitals make no difference.

    Raises:
        redis.exceptions.RedisError: the store does not answer.
    """
    follower, memory = Follower(context), BoardMemory()
    for news in follower.read_everything():
        memory.take_in(news)
    look = follower.look()
    memory.take_in(look.news)
    return memory.board(context, look.pulse.now, facility)


def read_pulse(store: OpenStore) -> Pulse:
    """Ask for the signs of life. Whoever asks more than once uses `Follower`, which sees more.

    Raises:
        redis.exceptions.RedisError: the store does not answer.
    """
    ages = [beat_age(shard.client, shard.keys) for shard in store.shards]
    known = [max(age, timedelta(0)) for age in ages if age is not None]
    speed = store.clock.speed if isinstance(store.clock, ScaledClock) else 1.0
    return Pulse(store.store_now(), speed, max(known) if len(known) == len(ages) else None)
