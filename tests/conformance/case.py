"""The cases of the suite, by number: what stands in the table."""

from collections.abc import Callable
from typing import TypeVar

import pytest

Test = TypeVar("Test", bound=Callable[..., object])


def case(number: int, title: str) -> Callable[[Test], Test]:
    """Mark a test as (a part of) a case of the table."""
    mark = pytest.mark.case(number, title)

    def marked(test: Test) -> Test:
        found: Test = mark(test)
        return found

    return marked
