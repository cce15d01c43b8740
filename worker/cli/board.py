"""`custody board`: the board alone."""

import click

from worker.settings import read_settings


@click.command()
@click.option("--open-desk", is_flag=True, hidden=True, help="Ask for no token; for the demo.")
def board(open_desk: bool) -> None:
    """The board alone: the desk's page, HTTP intake and metrics, on CUSTODY_BOARD_HOST and _PORT.

    It shows what the store holds and needs no worker to start; without one it says that nobody is released.
    """
    from worker.web.server import serve

    serve(read_settings(), is_open_desk=open_desk)
