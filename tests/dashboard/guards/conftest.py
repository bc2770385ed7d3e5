"""The guards are tested at one running city per engine."""

from tests.support.city import city

__all__ = ["city"]
