"""What a worker looks at before it starts: settings that do not exist, and whether host and store are fit."""

import os
import tempfile
import time
from contextlib import suppress
from typing import Final

import structlog
from billiard import Lock
from redis.exceptions import AuthenticationError, ResponseError

from worker.desk.doctor import STORE_CHECKS, findings
from worker.host import wiring
from worker.host.sinks import secret_variables
from worker.settings import Settings, unknown_settings
from worker.store import identity
from worker.store.connection import UNREACHABLE, Client, certificate_problem
from worker.store.keys import Keys

log = structlog.get_logger("custody")

_PAUSE_SECONDS: Final = 0.5


class UnfitHostError(RuntimeError):
    """This machine lacks what a worker needs; the message is one line and says what to do."""


class UnsafeStoreError(RuntimeError):
    """The store must not be relied on, or lets nobody in; the message is one line and says what to do."""


def name_unknown_settings(settings: Settings) -> None:
    """Log each variable that looks like a setting and is none: what it was meant to say is not in force."""
    for name, detail in unknown_settings(os.environ.keys() - secret_variables(settings)).items():
        log.warning("setting_unknown", setting=name, detail=detail)


def refuse_host_without_pool() -> None:
    """Try what Celery's pool needs, since Celery would answer its lack with a traceback, store running.

    Raises:
        UnfitHostError: there is no shared memory, or no temporary directory.
    """
    try:
        Lock()
        tempfile.gettempdir()
    except OSError as error:
        raise UnfitHostError(
            f"cannot start worker processes ({error.strerror}): mount /dev/shm so that it can be written, "
            "and set TMPDIR to a directory that can"
        ) from error


def refuse_unsafe_store(settings: Settings, store_url: str) -> None:
    """Wait for the store, and log what is doubtful about it, a line each.

    Raises:
        ForeignStoreError: it has another number of shards than is set, or other keys.
        UnsafeStoreError: it refuses user or password; or it is unsafe, and the site has not accepted that.
    """
    installation = wiring.installation(settings, store_url)
    _wait_for(installation.client)
    with suppress(ResponseError, *UNREACHABLE):  # what it cannot be asked now, the pacemaker asks again
        identity.read(installation.client, [Keys(number) for number in range(settings.shards)])
    doubtful = [one for one in findings(installation, STORE_CHECKS) if one.verdict != "ok"]
    installation.client.close()
    for one in doubtful:
        log.warning("store_doubtful", check=one.check, verdict=one.verdict, detail=one.detail)
    unsafe = "; ".join(f"{one.check}: {one.detail}" for one in doubtful if one.verdict == "unsafe")
    if unsafe and not settings.accept_unsafe_store:
        raise UnsafeStoreError(
            f"refuses a store that is not safe: {unsafe} "
            "(to start all the same, at the risk of losing records, set CUSTODY_ACCEPT_UNSAFE_STORE=1)"
        )


def _wait_for(client: Client) -> None:
    """Return once the store answers. One that is loading or down may come: without it nobody is released."""
    failures = 0
    while True:
        try:
            client.ping()
            break
        except AuthenticationError:  # a ConnectionError to the client, but waiting does not cure it
            raise UnsafeStoreError("the store refuses user or password: check CUSTODY_STORE_URL") from None
        except UNREACHABLE as error:
            if not failures:
                log.warning(
                    "store_unreachable",
                    problem=certificate_problem(error) or error.status_code or type(error).__name__,
                )
            failures += 1
            time.sleep(_PAUSE_SECONDS)
        except ResponseError:
            break  # it answers, and the checks say what is wrong
    if failures:
        log.info("store_reached_again", failures=failures)
