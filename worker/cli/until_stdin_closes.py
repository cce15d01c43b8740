"""The option of a command that another process starts: it ends with that process."""

import click


def _watch(_context: click.Context, _option: click.Parameter, is_set: bool) -> None:
    if is_set:
        from worker.host.parent_watch import stop_when_stdin_closes

        stop_when_stdin_closes()


until_stdin_closes_option = click.option(
    "--until-stdin-closes", is_flag=True, hidden=True, expose_value=False, callback=_watch
)
