"""`custody doctor`: is this installation safe to rely on, and does it work?"""

import click

from worker.cli.output import json_option, print_json, print_table
from worker.desk.doctor import examine
from worker.host import wiring
from worker.settings import read_settings


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Is this installation safe to rely on, and does it work?

    Looks at the store, the broker, the rules and settings in force, and at what comes of them: a worker at
    work, nobody held past the deadline, nothing that waits for too long. Exit status 1 if it is unsafe.
    """
    findings = examine(wiring.installation(read_settings()))
    safe = all(finding.verdict != "unsafe" for finding in findings)
    if as_json:
        print_json({"safe": safe, "findings": [finding.to_document() for finding in findings]})
    else:
        print_table(("", "check", "finding"), [(one.verdict, one.check, one.detail) for one in findings])
    if not safe:
        raise click.exceptions.Exit(1)
