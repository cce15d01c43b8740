"""What a check is, and what it finds."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal, NamedTuple, TypeAlias

from redis.exceptions import NoPermissionError, RedisError

from worker.desk.doctor.installation import Installation
from worker.law.errors import LawError
from worker.store.identity import ForeignStoreError

Verdict: TypeAlias = Literal["ok", "warning", "unsafe"]


class Result(NamedTuple):
    """What a check found, and what to do where it is not `ok`."""

    verdict: Verdict
    detail: str


class Check(NamedTuple):
    """One question about an installation; `examine` may raise whatever the store raises."""

    name: str
    examine: Callable[[Installation], Result]


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check, by its name."""

    check: str
    verdict: Verdict
    detail: str

    def to_document(self) -> dict[str, str]:
        """For a program."""
        return asdict(self)


def ok(detail: str) -> Result:
    """Nothing needs a person."""
    return Result("ok", detail)


def warning(detail: str) -> Result:
    """A person must judge it."""
    return Result("warning", detail)


def unsafe(detail: str) -> Result:
    """The installation must not be relied on as it is."""
    return Result("unsafe", detail)


def result_of(check: Check, installation: Installation) -> Result:
    """What a check finds. What cannot be examined is not safe, and stops no other check.

    Raises:
        ForeignStoreError: nothing in this store can be judged by this process.
    """
    try:
        return check.examine(installation)
    except ForeignStoreError:
        raise
    except NoPermissionError:
        return unsafe(
            "may not be asked as this user of the store, so nothing is known of it: ask as `operator`"
        )
    except Exception as error:
        # The text of any other error may quote a record.
        why = str(error) if isinstance(error, RedisError | LawError) else type(error).__name__
        return unsafe(f"cannot be examined ({why}), so nothing is known of it: act as if it were not safe")
