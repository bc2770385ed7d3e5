"""What a platform tells us by itself: a request comes in, an answer and raw items come out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from connectors.base import RawItem


@dataclass(frozen=True, slots=True)
class Call:
    """A request to our webhook; header names in lower case, the body as it came."""

    method: str
    headers: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer after `items` are stored for good; they are none where `status` refuses."""

    status: int
    items: tuple[RawItem, ...] = ()
    body: bytes = b""
    media_type: str = "text/plain"


# Pure. Takes the account's settings (secrets opened) and the time; compares signatures in constant
# time, over the body as it came.
Receive = Callable[[Call, Mapping[str, str], datetime], Answer]
