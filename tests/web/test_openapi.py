"""What `GET /openapi.json` promises is true for thousands of generated requests, good and bad."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from tests.support.bookings import SOURCE
from tests.support.sender import INTAKE, TOKENS
from tests.support.web_server import web_server
from worker.store.context import Context

EVERY = 3
"""So many of the bad cases are passed over but one: there are 3,000, most of them alike."""
OPERATIONS = [("/events", "POST"), ("/healthz", "GET"), ("/readyz", "GET")]
RANDOM = settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)

load_all_checks()
NOT_MEANT = CHECKS.get_by_names(
    [
        "negative_data_rejection",  # what can be understood is taken: a field too many, an unknown word
        "ignored_auth",  # failures are slowed; tests/web/test_access.py has them
    ]
)
NOT_READY_IS_503 = CHECKS.get_by_names(["not_a_server_error"])


@pytest.fixture
def api(context: Context) -> Iterator[schemathesis.BaseSchema]:
    """The document, as a board serves it on which the cases are tried."""
    with web_server(context, TOKENS) as url:
        yield schemathesis.openapi.from_url(f"{url}/openapi.json")


def as_ours(case: Case) -> Case:
    """With a token, and the only source that it may send: else most answers would be 401 and 403."""
    case.headers["Authorization"] = f"Bearer {INTAKE}"
    body: Any = case.body
    for event in body if isinstance(body, list) else [body]:
        if isinstance(event, dict) and isinstance(event.get("source"), str):
            event["source"] = SOURCE
    return case


def check(case: Case, session: requests.Session) -> int:
    """Send it; the status of the answer, which has passed the checks of schemathesis."""
    response = as_ours(case).call(session=session)
    excluded = NOT_MEANT + (NOT_READY_IS_503 if case.path == "/readyz" else [])
    case.validate_response(response, excluded_checks=excluded)
    return response.status_code


def check_all(cases: Iterable[Case]) -> Counter[int]:
    """How many answers had each status."""
    with requests.Session() as session:
        return Counter(check(case, session) for case in cases)


def boundaries(api: schemathesis.BaseSchema, path: str, method: str, mode: GenerationMode) -> Iterator[Case]:
    """The cases at the boundaries of each rule of the schemas."""
    return api.iter_coverage_cases(
        api[path][method], generation_modes=[mode], generation_config=api.config.generation
    )


def test_the_document_is_valid_and_every_operation_of_it_is_tried(api: schemathesis.BaseSchema) -> None:
    api.validate()
    found = [(one.ok().path, one.ok().method.upper()) for one in api.get_all_operations()]
    assert sorted(found) == OPERATIONS


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_what_is_just_good_is_answered_as_the_document_says(
    api: schemathesis.BaseSchema, path: str, method: str
) -> None:
    answers = check_all(boundaries(api, path, method, GenerationMode.POSITIVE))
    if path == "/events":
        assert answers[202] == answers.total() > 1_000


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_what_is_just_bad_is_answered_as_the_document_says(
    api: schemathesis.BaseSchema, path: str, method: str
) -> None:
    cases = [*boundaries(api, path, method, GenerationMode.NEGATIVE)]
    answers = check_all(cases[:: EVERY if path == "/events" else 1])
    if path == "/events":
        assert answers.total() > 1_000
        assert min(answers[status] for status in (202, 400)) > 0


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_random_events_are_answered_as_the_document_says(
    api: schemathesis.BaseSchema, mode: GenerationMode
) -> None:
    answers: Counter[int] = Counter()
    with requests.Session() as session:

        @RANDOM
        @given(api["/events"]["POST"].as_strategy(generation_mode=mode))
        def try_one(case: Case) -> None:
            answers[check(case, session)] += 1

        try_one()
    assert answers[202]
