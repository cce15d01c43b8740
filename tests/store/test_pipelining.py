"""Many commands in one round trip: answers in order and as they arrive, no more in flight than allowed."""

from collections.abc import Iterator

import pytest
from redis.exceptions import ResponseError

from worker.store.connection import UNREACHABLE
from worker.store.context import Context
from worker.store.pipelining import ask

LARGE = "x" * 70_000
"""More than is buffered before it is sent."""


@pytest.mark.parametrize("text", ["", LARGE])
@pytest.mark.parametrize("in_flight", [1, 2, 3, 7, 8])
def test_the_answers_come_in_the_order_of_the_commands(context: Context, text: str, in_flight: int) -> None:
    commands = [("ECHO", f"{number}{text}") for number in range(7)]
    answers = list(ask(context.client, commands, in_flight=in_flight))
    assert answers == [f"{number}{text}".encode() for number in range(7)]


def test_no_command_is_taken_while_as_many_as_allowed_are_in_flight(context: Context) -> None:
    taken: list[int] = []

    def commands() -> Iterator[tuple[str, int]]:
        for number in range(6):
            taken.append(number)
            yield "ECHO", number

    taken_at_answer = [len(taken) for _ in ask(context.client, commands(), in_flight=2)]
    assert taken_at_answer == [2, 3, 4, 5, 6, 6]


def test_without_a_limit_every_command_is_sent_before_the_first_answer_is_read(
    context: Context,
) -> None:
    left = iter([("ECHO", 1), ("ECHO", 2), ("ECHO", 3)])
    answers = ask(context.client, left)
    assert next(answers) == b"1"
    assert next(left, None) is None
    answers.close()


@pytest.mark.parametrize("in_flight", [1, 8])
def test_an_error_is_an_answer_and_does_not_affect_the_others(context: Context, in_flight: int) -> None:
    first, error, last = ask(
        context.client, [("ECHO", 1), ("NO-SUCH-COMMAND",), ("ECHO", 3)], in_flight=in_flight
    )
    assert isinstance(error, ResponseError)
    assert (first, last) == (b"1", b"3")


def test_closing_early_leaves_no_answer_unread_on_the_connection(context: Context) -> None:
    answers = ask(context.client, [("ECHO", number) for number in range(5)], in_flight=3)
    assert next(answers) == b"0"
    answers.close()
    assert context.client.echo("mine") == b"mine"
    assert list(ask(context.client, [("ECHO", "mine")])) == [b"mine"]


def test_a_failure_while_commands_are_made_leaves_no_answer_unread_on_the_connection(
    context: Context,
) -> None:
    def commands() -> Iterator[tuple[str, str]]:
        yield "ECHO", LARGE
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(ask(context.client, commands()))
    assert context.client.echo("mine") == b"mine"


def test_a_store_that_goes_away_is_reported_as_unreachable(context: Context) -> None:
    context.client.connection_pool.connection_kwargs["port"] = 1
    context.client.connection_pool.disconnect()
    context.client.connection_pool.reset()
    with pytest.raises(UNREACHABLE):
        list(ask(context.client, [("ECHO", 1)]))
