"""What the tests of understanding share: one understander for all, and a fixed Wednesday."""

from datetime import UTC, datetime

import pytest

from nlp import pipeline
from nlp.pipeline import Understander
from nlp.types import Context

WEDNESDAY = datetime(2026, 3, 18, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def understander() -> Understander:
    return pipeline.load()


@pytest.fixture(scope="session")
def context() -> Context:
    return Context(WEDNESDAY)
