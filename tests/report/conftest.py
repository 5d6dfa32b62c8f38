"""The assessments that the tests of reports share, made once."""

import pytest

from tests.report import worlds
from ztcheck.assess import Assessment


@pytest.fixture(scope="session")
def full() -> Assessment:
    """An assessment in which every part of a report has content."""
    return worlds.world()


@pytest.fixture(scope="session")
def clear() -> Assessment:
    """An assessment with nothing open."""
    return worlds.clear()


@pytest.fixture(scope="session")
def empty() -> Assessment:
    """The assessment of a team that has said nothing yet."""
    return worlds.empty()
