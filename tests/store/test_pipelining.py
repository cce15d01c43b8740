"""Many commands in one round trip: in order, each answer when it is there, no more on the way than told."""

from collections.abc import Iterator

import pytest
from redis.exceptions import ResponseError

from worker.site import Site
from worker.store.connection import UNREACHABLE
from worker.store.pipelining import ask

LARGE = "x" * 70_000
"""More than is gathered before it is sent."""


@pytest.mark.parametrize("text", ["", LARGE])
@pytest.mark.parametrize("at_a_time", [1, 2, 3, 7, 8])
def test_the_answers_come_in_the_order_of_the_commands(site: Site, text: str, at_a_time: int) -> None:
    commands = [("ECHO", f"{number}{text}") for number in range(7)]
    answers = list(ask(site.client, commands, at_a_time=at_a_time))
    assert answers == [f"{number}{text}".encode() for number in range(7)]


def test_no_command_is_taken_while_as_many_as_told_are_unanswered(site: Site) -> None:
    taken: list[int] = []

    def commands() -> Iterator[tuple[str, int]]:
        for number in range(6):
            taken.append(number)
            yield "ECHO", number

    taken_at_answer = [len(taken) for _ in ask(site.client, commands(), at_a_time=2)]
    assert taken_at_answer == [2, 3, 4, 5, 6, 6]


def test_without_a_limit_every_command_is_sent_before_the_first_answer_is_waited_for(site: Site) -> None:
    left = iter([("ECHO", 1), ("ECHO", 2), ("ECHO", 3)])
    answers = ask(site.client, left)
    assert next(answers) == b"1"
    assert next(left, None) is None
    answers.close()


@pytest.mark.parametrize("at_a_time", [1, 8])
def test_an_error_is_an_answer_and_stops_no_other(site: Site, at_a_time: int) -> None:
    first, error, last = ask(
        site.client, [("ECHO", 1), ("NO-SUCH-COMMAND",), ("ECHO", 3)], at_a_time=at_a_time
    )
    assert isinstance(error, ResponseError)
    assert (first, last) == (b"1", b"3")


def test_who_stops_listening_leaves_no_answer_to_the_next(site: Site) -> None:
    answers = ask(site.client, [("ECHO", number) for number in range(5)], at_a_time=3)
    assert next(answers) == b"0"
    answers.close()
    assert site.client.echo("mine") == b"mine"
    assert list(ask(site.client, [("ECHO", "mine")])) == [b"mine"]


def test_a_failure_while_commands_are_made_leaves_no_answer_to_the_next(site: Site) -> None:
    def commands() -> Iterator[tuple[str, str]]:
        yield "ECHO", LARGE
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(ask(site.client, commands()))
    assert site.client.echo("mine") == b"mine"


def test_a_store_that_goes_away_is_told_as_that(site: Site) -> None:
    site.client.connection_pool.connection_kwargs["port"] = 1
    site.client.connection_pool.disconnect()
    site.client.connection_pool.reset()
    with pytest.raises(UNREACHABLE):
        list(ask(site.client, [("ECHO", 1)]))
