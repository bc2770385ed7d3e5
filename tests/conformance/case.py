"""The cases of the suite, by number: what stands in the table."""

import pytest


def case(number: int, title: str) -> pytest.MarkDecorator:
    """Mark a test as one row of the table."""
    return pytest.mark.case(number, title)
