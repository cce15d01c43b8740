"""Sets keys of the wrong type aside: one that another program has overwritten stops no release.

What was in it is kept under the key's name with `:wrong-type` behind it, until a person has looked at it.
"""

from importlib.resources import files
from typing import Any, Final

from redis.exceptions import ResponseError

from worker.store.connection import Client
from worker.store.keys import Keys

_SET_ASIDE: Final = files("worker.store").joinpath("set_aside.lua").read_text()


def is_wrong_type(answer: object) -> bool:
    """Whether this answer of the store says that a key is of the wrong type."""
    return isinstance(answer, ResponseError) and str(answer).startswith("WRONGTYPE")


def set_aside(client: Client, keys: Keys) -> list[str]:
    """Rename every key of the wrong type, in one step; return their names."""
    types = keys.types()
    names = [*types, *map(_aside, types)]
    moved: Any = client.eval(_SET_ASIDE, len(names), *names, *types.values())
    return [name.decode() for name in moved]


def kept_aside(client: Client, keys: Keys) -> list[str]:
    """The keys that have been set aside and that nobody has removed."""
    names = [_aside(name) for name in keys.types()]
    pipeline: Any = client.pipeline(transaction=False)
    for name in names:
        pipeline.exists(name)
    return [name for name, is_there in zip(names, pipeline.execute(), strict=True) if is_there]


def found(client: Client, keys: Keys) -> list[str]:
    """The keys that are of the wrong type now, and those that have been set aside. Nothing is written."""
    kinds: Any = {name: client.type(name) for name in keys.types()}
    wrong = [name for name, wanted in keys.types().items() if kinds[name] not in {b"none", wanted.encode()}]
    return wrong + kept_aside(client, keys)


def _aside(name: str) -> str:
    return f"{name}:wrong-type"
