"""The weekend under test, from several seeds."""

import pytest

from ops.demo.evidence import Evidence
from ops.demo.script import weekend_script
from ops.demo.weekend import Weekend, weekend
from tests.support.played_weekend import played


@pytest.fixture(scope="module", params=(2016, 1, 7, 99))
def script(request: pytest.FixtureRequest) -> Weekend:
    """One whole weekend."""
    return weekend(request.param)


@pytest.fixture(scope="package")
def truth(store_server: str) -> Evidence:
    """What the weekend leaves behind where each event is worked and each timer fired at the very instant."""
    return played(weekend_script(), store_server)
