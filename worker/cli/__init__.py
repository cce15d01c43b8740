"""The `custody` command. Importing one opens no connection; --help imports only those that others add."""

import sys
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from io import TextIOWrapper
from typing import Final

import click

ENTRY_POINTS: Final = "custody.commands"
"""The entry point group in which a package that `worker` does not know adds its commands."""

_COMMANDS: Final = {
    "run": ("worker.cli.serve", "run"),
    "worker": ("worker.cli.serve", "worker"),
    "notifier": ("worker.cli.serve", "notifier"),
    "board": ("worker.cli.board", "board"),
    "token": ("worker.cli.token", "token"),
    "publish": ("worker.cli.publish", "publish"),
    "record": ("worker.cli.record", "record"),
    "schemas": ("worker.cli.schemas", "schemas"),
    "import": ("worker.cli.importing", "importing"),
    "explain": ("worker.cli.explain", "explain"),
    "show": ("worker.cli.show", "show"),
    "due": ("worker.cli.due", "due"),
    "alarms": ("worker.cli.alarms", "alarms"),
    "rejects": ("worker.cli.rejects", "rejects"),
    "replay": ("worker.cli.replay", "replay"),
    "losses": ("worker.cli.losses", "losses"),
    "reconcile": ("worker.cli.reconcile", "reconcile"),
    "report": ("worker.cli.report", "report"),
    "notices": ("worker.cli.notices", "notices"),
    "audit": ("worker.cli.audit", "audit"),
    "reprofile": ("worker.cli.reprofile", "reprofile"),
    "alive": ("worker.cli.alive", "alive"),
    "doctor": ("worker.cli.doctor", "doctor"),
}

_SUMMARIES: Final = {
    "run": "The service for real: store (embedded unless one is set), worker, notifier, board.",
    "notifier": "The notifier alone: delivers notices by the sinks of CUSTODY_ROUTES.",
    "worker": "The worker alone; the same as `celery -A worker worker`.",
    "board": "The board alone: the desk's page, HTTP intake, metrics.",
    "token": "Tokens for the board, HTTP intake and metrics: who may do what.",
    "publish": "Put CloudEvents, one per line, into the inbox.",
    "record": "Enter an event by hand: a form that asks, or options.",
    "schemas": "Write the JSON Schemas, the AsyncAPI and the OpenAPI document.",
    "import": "Turn other systems' files into CloudEvents.",
    "explain": "Every limit for an arrest, step by step, and which governs.",
    "show": "One booking: its record, its limits, its timeline.",
    "due": "Who must be released next.",
    "alarms": "Alarms that wait for a person: list them, acknowledge them.",
    "rejects": "Rejected events: list them, send them again, say they are dealt with.",
    "replay": "Put what HTTP intake has accepted in again, after a failover or a restore.",
    "losses": "What the store has lost: list it, accept that it is gone.",
    "reconcile": "The jail's roster against the clock.",
    "report": "Over-detention, a shift's page, all communication with ICE.",
    "notices": "Who was sent what; what waits for somebody; send it again.",
    "audit": "Check the journal's hash chains, write it out, see who looked at whom.",
    "reprofile": "Decide running records by the profile now set.",
    "alive": "Is the worker on this machine at work? For health checks.",
    "doctor": "Is this installation safe to rely on, and does it work?",
}
_SUMMARY_LENGTH: Final = 80


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_COMMANDS, *_added_commands()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        command: object
        if cmd_name in _COMMANDS:
            module, name = _COMMANDS[cmd_name]
            command = getattr(import_module(module), name)
        elif (added := _added_commands().get(cmd_name)) is not None:
            command = added.load()
        else:
            return None
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        summaries = dict(_SUMMARIES)
        for name in _added_commands():
            command = self.get_command(ctx, name)
            assert command is not None
            summaries[name] = command.get_short_help_str(_SUMMARY_LENGTH)
        with formatter.section("Commands"):
            formatter.write_dl(list(summaries.items()))


def _added_commands() -> dict[str, EntryPoint]:
    """Commands of other packages, by name. None of them can replace a command of the service."""
    return {
        added.name: added
        for added in sorted(entry_points(group=ENTRY_POINTS), key=lambda added: added.name)
        if added.name not in _COMMANDS and _is_installed(added.module)
    }


def _is_installed(module: str) -> bool:
    """The metadata may name a module that a wheel leaves out, such as the benchmark."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # the package that would hold it is not there either
        return False


@click.command(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="custody-clock", prog_name="custody")
def custody() -> None:
    """The custody clock: releases every detainee at the lawful deadline.

    Booking events go in (`custody publish`), timers fire by themselves (`custody run`), and anyone may ask
    who goes next (`custody due`) and why (`custody explain`, `custody show`). Try `custody demo` first.
    """


def main() -> None:
    """Run the command; an expected failure is one line on standard error, and exit status 1."""
    if isinstance(sys.stdout, TextIOWrapper):
        # A terminal that cannot show a character must not keep the rest from being shown.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = custody(prog_name="custody", standalone_mode=False)
    except click.Abort:
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as helped:
        helped.show()
        sys.exit(helped.exit_code)
    except click.ClickException as error:
        _complain(error.format_message())
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(141)
    except Exception as error:
        known = _in_plain_words(error)
        if known is None:
            raise
        _complain(known)
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)


def _complain(message: str) -> None:
    from worker.cli.output import say

    say(f"custody: {message}", err=True)


def _in_plain_words(error: Exception) -> str | None:
    """What an expected failure means and what to do; None for one that is a defect."""
    from redis.exceptions import (
        AuthenticationError,
        ConnectionError,
        NoPermissionError,
        RedisError,
        ResponseError,
    )

    from worker.custody.journal import BrokenEntryError
    from worker.delivery.routing_file import RoutingFileError
    from worker.embedded.server import EmbeddedStoreFault
    from worker.engine.apply import CommitRefusedError
    from worker.law.errors import LawError
    from worker.settings import SettingsError
    from worker.store.connection import UNREACHABLE, NotNowError, certificate_problem
    from worker.store.identity import ForeignStoreError
    from worker.store.records import UnreadableRecordError

    known: str | None
    match error:
        case SettingsError() | EmbeddedStoreFault() | LawError() | BrokenEntryError():
            known = str(error)
        case UnreadableRecordError() | CommitRefusedError() | ForeignStoreError() | RoutingFileError():
            known = str(error)
        case AuthenticationError() | NoPermissionError():
            known = "the store refused us: check user and password in CUSTODY_STORE_URL"
        case NotNowError():
            known = f"the store cannot serve now: {error}"
        case ConnectionError() if problem := certificate_problem(error):
            known = f"the store is not used, since {problem}: name the authority that signed it, as in rediss://host:6380/0?ssl_ca_certs=/etc/ca.pem"
        case ResponseError():
            known = f"the store answered with an error: {error}"
        case _ if isinstance(error, (*UNREACHABLE, RedisError)):
            known = "the store does not answer: is it running, and is CUSTODY_STORE_URL right?"
        case OSError(filename=filename, strerror=strerror) if filename is not None:
            known = f"{filename}: {strerror}"
        case _:
            known = None
    return known
