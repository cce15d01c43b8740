"""`custody doctor`: is this installation safe to rely on?"""

import click

from worker import runtime
from worker.checkup import Finding, check
from worker.cli.output import json_option, print_json, print_table
from worker.settings import read_settings


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Check persistence, eviction, clock skew, broker, routes and the profile in force.

    Exit status 1 if anything makes the installation unsafe to rely on; warnings alone leave it at 0.
    """
    settings = read_settings()
    findings = check(settings, runtime.store_url(settings))
    if as_json:
        print_json({"safe": _safe(findings), "findings": [finding.to_document() for finding in findings]})
    else:
        print_table(("", "check", "finding"), [(one.verdict, one.check, one.told) for one in findings])
    if not _safe(findings):
        raise click.exceptions.Exit(1)


def _safe(findings: list[Finding]) -> bool:
    return all(finding.verdict != "unsafe" for finding in findings)
