"""The desk's tests share one running city per engine."""

from tests.support.city import city

__all__ = ["city"]
