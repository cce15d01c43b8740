"""The token file: read again when it changes, refused where it is not safe, never a reason to go dark."""

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from worker.web.access.token_file import TokenFile, TokenFileError, entry_of, read_tokens
from worker.web.access.tokens import Token, digest_of, matching, new_secret


def desk_token(name: str, secret: str = "") -> Token:
    return Token(name=name, role="desk", sha256=digest_of(secret or new_secret()))


def write(path: Path, *tokens: Token) -> None:
    path.write_text("\n".join(line for token in tokens for line in entry_of(token)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokens.toml"


def test_its_lines_say_what_the_token_is(path: Path) -> None:
    intake = Token(name="jail", role="intake", sha256=digest_of("x"), source='urn:jail:"a\\b"/ü')
    write(path, desk_token("watch", "y"), intake)
    tokens = read_tokens(path)
    assert tokens[1] == intake
    assert matching(tokens, "x") == intake
    assert matching(tokens, "z") is None


def test_a_token_that_is_removed_is_none_without_a_restart(path: Path) -> None:
    first, second = desk_token("first"), desk_token("second")
    write(path, first, second)
    file = TokenFile(path)
    write(path, second)
    assert file.tokens() == (second,)


def test_a_change_of_the_same_length_in_the_same_instant_is_seen(path: Path) -> None:
    first, second = desk_token("abc"), desk_token("xyz")
    write(path, first)
    file = TokenFile(path)
    before = path.stat()
    write(path, second)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.tokens() == (second,)


@pytest.mark.parametrize("text", ["[[token]", "[[token]]\nname = 'a'\n", "\udcff"])
def test_one_that_becomes_unusable_leaves_the_last_tokens_in_force_and_says_so_once(
    path: Path, text: str
) -> None:
    token = desk_token("watch")
    write(path, token)
    file = TokenFile(path)
    assert file.problem is None
    with capture_logs() as lines:
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        assert file.tokens() == file.tokens() == (token,)
        assert file.problem
        path.unlink()
        assert file.tokens() == (token,)
        write(path)
        assert file.tokens() == ()
        assert file.problem is None
    assert [line["event"] for line in lines] == ["token_file_unusable", "token_file_usable_again"]


def test_one_that_anybody_may_write_is_refused(path: Path) -> None:
    write(path, desk_token("watch"))
    path.chmod(0o646)
    with pytest.raises(TokenFileError, match="chmod o-w"):
        TokenFile(path)


def test_one_that_anybody_may_replace_is_refused(tmp_path: Path) -> None:
    directory = tmp_path / "open"
    directory.mkdir()
    write(directory / "tokens.toml", desk_token("watch"))
    directory.chmod(0o777)
    with pytest.raises(TokenFileError, match="another in its place"):
        TokenFile(directory / "tokens.toml")


@pytest.mark.parametrize(
    ("lines", "meaning"),
    [
        ('name = "a"\nrole = "watch"\nsha256 = "' + "0" * 64 + '"', "role"),
        ('name = "a"\nrole = "desk"\nsha256 = "abc"', "sha256"),
        ('name = "a"\nrole = "intake"\nsha256 = "' + "0" * 64 + '"', "needs a source"),
        ('name = "a"\nrole = "desk"\nsource = "urn:a"\nsha256 = "' + "0" * 64 + '"', "no other has one"),
        ('name = "a b"\nrole = "desk"\nsha256 = "' + "0" * 64 + '"', "name"),
        ('name = "a"\nrole = "desk"\nsecret = "x"\nsha256 = "' + "0" * 64 + '"', "secret"),
    ],
)
def test_what_is_wrong_is_named_and_no_digest_is(path: Path, lines: str, meaning: str) -> None:
    path.write_text(f"[[token]]\n{lines}\n")
    with pytest.raises(TokenFileError, match=meaning) as refused:
        read_tokens(path)
    assert "0" * 64 not in str(refused.value)


def test_two_tokens_with_one_name_are_refused(path: Path) -> None:
    write(path, desk_token("a"), desk_token("a"))
    with pytest.raises(TokenFileError, match="one name"):
        read_tokens(path)
