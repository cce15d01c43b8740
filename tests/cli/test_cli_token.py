"""`custody token new`: a token, once, and the lines for the token file."""

import json
import tomllib
from pathlib import Path

from click.testing import CliRunner, Result

from worker.cli.token import token
from worker.web.access.token_file import TokenFileError, read_tokens
from worker.web.access.tokens import digest_of, matching


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


def test_the_lines_can_be_added_to_the_file_and_the_token_alone_is_printed(tmp_path: Path) -> None:
    path = tmp_path / "tokens.toml"
    jail = new("--name", "jail", "--role", "intake", "--source", "urn:jail", "--add-to", str(path)).output
    watch = new("--name", "watch", "--role", "desk", "--add-to", str(path)).output
    tokens = read_tokens(path)
    assert [matching(tokens, secret.strip()) for secret in (jail, watch)] == [*tokens]
    assert [token.name for token in tokens] == ["jail", "watch"]
    assert jail.strip() not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_used_gets_no_token_and_none_is_printed(tmp_path: Path) -> None:
    path = tmp_path / "tokens.toml"
    for text in ("[[token]", '[[token]]\nname = "watch"\nrole = "desk"\nsha256 = "' + "0" * 64 + '"'):
        path.write_text(text)
        refused = new("--name", "watch", "--role", "desk", "--add-to", str(path))
        assert isinstance(refused.exception, TokenFileError)
        assert "cck_" not in refused.output
        assert path.read_text() == text
