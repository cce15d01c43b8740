"""What there is to examine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from worker.desk.doctor.census import Census, count
from worker.law.profile import Profile
from worker.law.profiles import load_profile
from worker.store.connection import Client
from worker.store.context import OpenStore


@dataclass(frozen=True)
class Installation:
    """One installation. What costs a question or a scan is asked for once, by the first check that needs it.

    Attributes:
        client: of the store, before anything is known of it.
        profile_name: the name of the site's profile, or its path.
        routing_file: if one is set; see `check_routes`; otherwise notices go to `notices_file`.
        data_dir: where a worker keeps what it remembers.
        unknown_settings: for each variable that looks like a setting and is none, a sentence about it.
        probe_broker: returns if the broker can be used, raises otherwise.
        open_store: opens the store without writing to it.
    """

    client: Client
    profile_name: str
    routing_file: Path | None
    check_routes: Callable[[], object]
    notices_file: Path
    data_dir: Path
    unknown_settings: Mapping[str, str]
    probe_broker: Callable[[], None]
    open_store: Callable[[], OpenStore]

    @cached_property
    def store(self) -> OpenStore:
        """The store with its shards.

        Raises:
            redis.exceptions.RedisError: it cannot be opened.
        """
        return self.open_store()

    @cached_property
    def profile(self) -> Profile:
        """The profile in force.

        Raises:
            worker.law.errors.LawError: it cannot be used.
        """
        return load_profile(self.profile_name)

    @cached_property
    def census(self) -> Census:
        """Who is held, from one pass over all records.

        Raises:
            redis.exceptions.RedisError: a record or a timer cannot be asked for.
        """
        return count(self.store)
