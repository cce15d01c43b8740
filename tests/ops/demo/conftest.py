"""The weekend under test, from several seeds."""

import pytest

from ops.demo.weekend import Weekend, weekend


@pytest.fixture(scope="module", params=(2016, 1, 7, 99))
def script(request: pytest.FixtureRequest) -> Weekend:
    """One whole weekend."""
    return weekend(request.param)
