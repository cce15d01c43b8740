"""`custody token`: who may use the board, send events and read metrics."""

from pathlib import Path
from typing import get_args

import click
from pydantic import ValidationError

from worker.cli.output import json_option, print_json, say
from worker.web.access.token_file import add_token, entry_of
from worker.web.access.tokens import Role, Token, digest_of, new_secret


@click.group()
def token() -> None:
    """Tokens for the board, HTTP intake and metrics: who may do what."""


@token.command()
@click.option("--name", required=True, help="Whose it is, as logs and the access journal name it.")
@click.option("--role", required=True, type=click.Choice(get_args(Role)), help="What it is good for.")
@click.option("--source", metavar="URN", help="For intake: the only CloudEvents source that it may send.")
@click.option("--add-to", type=click.Path(path_type=Path), help="Add the lines to this file.")
@json_option
def new(name: str, role: Role, source: str | None, add_to: Path | None, as_json: bool) -> None:
    """Make a token: print it, once, and the lines for the token file.

    The lines do not contain the token: whoever reads the file cannot use it. They are stored nowhere, unless
    --add-to names the file; then the token alone is printed.
    """
    if (role == "intake") != (source is not None):
        raise click.UsageError("--source goes with --role intake: the CloudEvents source of its events")
    secret = new_secret()
    try:
        made = Token(name=name, role=role, sha256=digest_of(secret), source=source)
    except ValidationError:
        raise click.UsageError(
            "--name takes 1 to 64 of A-Z a-z 0-9 . _ -, and --source up to 256 characters without spaces"
        ) from None
    if add_to is not None:
        add_token(add_to, made)
    if as_json:
        print_json({"token": secret, **made.model_dump(exclude_none=True)})
        return
    if add_to is not None:
        say(secret)
        return
    say(f"The token, shown this once: {secret}")
    say("")
    say("For the file that CUSTODY_TOKENS names:")
    say("")
    for line in entry_of(made):
        say(line)
