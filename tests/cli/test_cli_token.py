"""`custody token new`: a token, once, and the lines for the token file."""

import json
import tomllib

from click.testing import CliRunner, Result

from worker.cli.token import token
from worker.web.access.tokens import digest_of


def new(*options: str) -> Result:
    return CliRunner().invoke(token, ["new", *options])


def test_the_token_is_printed_once_and_its_lines_are_for_the_file() -> None:
    printed = new("--name", "jail", "--role", "intake", "--source", "urn:jail:example").output
    secret = next(word for word in printed.split() if word.startswith("cck_"))
    assert printed.count(secret) == 1
    entry = tomllib.loads(printed[printed.index("[[token]]") :])["token"][0]
    assert entry == {
        "name": "jail",
        "role": "intake",
        "source": "urn:jail:example",
        "sha256": digest_of(secret),
    }


def test_no_two_are_alike_and_each_has_256_random_bits() -> None:
    secrets = {json.loads(new("--name", "a", "--role", "desk", "--json").output)["token"] for _ in range(9)}
    assert len(secrets) == 9
    assert {len(secret) for secret in secrets} == {47}


def test_intake_needs_a_source_and_nobody_else_takes_one() -> None:
    assert new("--name", "a", "--role", "intake").exit_code == 2
    assert new("--name", "a", "--role", "desk", "--source", "urn:a").exit_code == 2
    assert new("--name", "a b", "--role", "desk").exit_code == 2
    assert new("--name", "a", "--role", "intake", "--source", "urn: a").exit_code == 2
