"""Is what the site has set usable?"""

from redis.exceptions import RedisError

from worker.clock import SystemClock
from worker.desk.doctor.finding import Result, ok, unsafe, warning
from worker.desk.doctor.installation import Installation
from worker.law.errors import LawError
from worker.store.connection import certificate_problem


def broker(installation: Installation) -> Result:
    """Celery's broker. Without it the pacemaker releases, and works alone what tasks would have worked."""
    try:
        installation.probe_broker()
    except Exception as error:
        cause = error.__cause__ or error
        # The text of another client's error may have the broker's password in it.
        why = (
            (certificate_problem(cause) or str(cause))
            if isinstance(cause, RedisError)
            else type(cause).__name__
        )
        return unsafe(
            f"takes no message ({why}): check CUSTODY_BROKER_URL; releases go on, but events and notices "
            "wait 5 s until the pacemaker works them alone"
        )
    return ok("takes messages")


def routes(installation: Installation) -> Result:
    """The routing file, and the secrets that it names."""
    if installation.routing_file is None:
        return ok(f"none set: notices go to {installation.notices_file}")
    try:
        installation.check_routes()
    except ValueError as error:
        return unsafe(str(error))
    return ok(str(installation.routing_file))


def settings(installation: Installation) -> Result:
    """Variables that look like settings."""
    unknown = installation.unknown_settings
    return warning("; ".join(unknown.values())) if unknown else ok("every CUSTODY_ variable is one")


def profile(installation: Installation) -> Result:
    """The rules set."""
    try:
        found = installation.profile
    except LawError as error:
        return unsafe(str(error))
    outdated = found.out_of_dates_at(SystemClock().now())
    return warning(outdated) if outdated else ok(f"{found.name} is in force")
