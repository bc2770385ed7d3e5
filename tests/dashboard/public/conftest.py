"""One running city per engine for all citizens' pages."""

from tests.support.city import city

__all__ = ["city"]
