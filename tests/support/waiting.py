"""Waiting for what another process does."""

import threading
from collections.abc import Callable

_PATIENCE = 90.0  # seconds
_LOOK_EVERY = 0.1


def until(what: str, condition: Callable[[], bool]) -> None:
    """Wait until `condition` holds; raises `AssertionError` that says `what` never came."""
    for _ in range(int(_PATIENCE / _LOOK_EVERY)):
        if condition():
            return
        threading.Event().wait(_LOOK_EVERY)
    raise AssertionError(f"it never came: {what}")
