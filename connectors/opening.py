"""Why a link cannot be made: before anybody was asked."""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from connectors.base import PlatformError, Trouble
from connectors.details import Detail


@contextmanager
def opening() -> Iterator[None]:
    """Raise `PlatformError` where a package is missing, or the settings that were stored are none.

    They may have been stored when less was asked of them.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        missing = f"{Detail.NOT_INSTALLED}: {error.name}"
        raise PlatformError(Trouble.SETTINGS, missing) from None
    except ValidationError:
        raise PlatformError(Trouble.SETTINGS, Detail.BAD_SETTINGS) from None
