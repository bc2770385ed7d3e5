"""The suite's stage for each kind of the registry, and the table of what came out."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.counterpart import NotOffered, NotRun
from tests.conformance.stage import Stage, foreign, staged


@pytest.fixture(scope="module", params=foreign())
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    kind: str = request.param
    folder: Path = tmp_path_factory.mktemp(kind)
    with staged(kind, folder) as found:
        yield found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Leave a test out where its platform has no such thing."""
    try:
        return (yield)
    except NotOffered as missing:
        pytest.skip(f"not offered by the platform: {missing}")
    except NotRun as missing:
        pytest.skip(f"not run: {missing}")
