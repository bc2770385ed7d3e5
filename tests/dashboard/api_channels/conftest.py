"""One running city for the tests of the generic channel."""

from tests.support.city import city

__all__ = ["city"]
