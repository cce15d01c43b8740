"""`custody board`: the board alone."""

import click

from worker.cli.until_stdin_closes import until_stdin_closes_option
from worker.settings import read_settings

proxies_option = click.option(
    "--forwarded-allow-ips",
    "proxies",
    metavar="IPS",
    multiple=True,
    help="Addresses or networks of proxies in front of the board, whose X-Forwarded-For and -Proto count.",
)


@click.command()
@proxies_option
@click.option("--open-desk", is_flag=True, hidden=True, help="Ask for no token; for the demo.")
@until_stdin_closes_option
def board(proxies: tuple[str, ...], open_desk: bool) -> None:
    """The board alone: the desk's page, HTTP intake and metrics, on CUSTODY_BOARD_HOST and _PORT.

    It shows what the store holds and needs no worker to start; without one it says that nobody is released.
    Without CUSTODY_TOKENS it makes a desk token for its life and prints the address with it.
    """
    from worker.cli.output import say
    from worker.web import binding
    from worker.web.server import serve

    trusted = binding.proxies(proxies)
    serve(read_settings(), is_open_desk=open_desk, trusted_proxies=trusted, announce=say)
