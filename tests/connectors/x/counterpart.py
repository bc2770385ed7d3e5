"""X for the conformance suite."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from time import time

from connectors.base import RawFile
from connectors.capabilities import Visibility
from tests.conformance.counterpart import Heard, NotOffered, Push
from tests.fakes import x as fake
from tests.fakes import x_shown
from tests.fakes.x import HANDLE, Post, Refusal, X
from tests.fakes.x_server import serving


class XCounterpart:
    """An account on the fake of X, and the people who write to it."""

    def __init__(self, x: X) -> None:
        self._x = x

    @property
    def ports(self) -> Mapping[str, int]:
        return {"http": self._x.port}

    def settings(self, ports: Mapping[str, int]) -> dict[str, str]:
        return settings(f"http://127.0.0.1:{ports['http']}")

    def say(
        self,
        who: str,
        text: str,
        *,
        visibility: Visibility = Visibility.PRIVATE,
        reply_to: str | None = None,
        file: RawFile | None = None,
    ) -> str:
        media = (self._x.photo(file.content),) if file else ()
        if visibility is Visibility.PRIVATE:
            return f"dm:{self._x.message(who, text, media=media)}"
        answered = int(reply_to) if reply_to else None
        return str(self._x.write(who, f"@{HANDLE} {text}", reply_to=answered, media=media))

    def edit(self, who: str, native_id: str, text: str) -> None:
        if native_id.startswith("dm:"):
            raise NotOffered("direct messages cannot be changed")
        self._x.change(int(native_id), f"@{HANDLE} {text}")

    def delete(self, who: str, native_id: str) -> None:
        raise NotOffered("X does not tell what its users delete")

    def press(self, who: str, native_id: str, label: str) -> None:
        raise NotOffered("posts have no buttons")

    def react(self, who: str, native_id: str, symbol: str) -> None:
        raise NotOffered("X does not tell of likes without a price")

    def be_strange(self, who: str) -> None:
        self._x.message(who, "", media=(self._x.photo(b"?", "hologram"),))

    def be_broken(self, who: str) -> None:
        post_id = self._x.write(who, f"@{HANDLE}")
        post = self._x.find(post_id)
        assert post is not None
        post.broken = {"id": str(post_id), "text": ["?"]}

    def remark(self, who: str, native_id: str, text: str) -> str:
        return str(self._x.write(who, text, reply_to=int(native_id)))

    def block(self, who: str) -> Visibility:
        self._x.closed_to_us.add(self._x.person(who))
        return Visibility.PRIVATE

    def clock(self, offset: timedelta) -> None:
        self._x.now = lambda: time() + offset.total_seconds()

    def heard(self) -> list[Heard]:
        return [self._heard(one) for one in self._x.ours()]

    def shows(self, native_id: str) -> bool:
        found = self._x.find(int(native_id))
        return found is not None and not found.hidden

    def limit(self, retry_after: int | None) -> None:
        headers = (
            {} if retry_after is None else {"x_rate_limit_reset": str(int(time()) + retry_after)}
        )
        said: dict[str, object] = {"title": "Too Many Requests", "detail": "Too Many Requests"}
        said |= {"type": "about:blank", "status": 429}
        self._x.refusals.append(Refusal(429, said, **headers))

    def log_out(self) -> None:
        self._x.logged_in = False

    def log_in(self) -> None:
        self._x.logged_in = True

    def push(self, who: str, text: str) -> Push:
        event_id = self._x.message(who, text)
        event = next(one for one in self._x.messages if one.id == event_id)
        body = json.dumps(x_shown.told_directly(self._x, event)).encode()
        return Push({"x-twitter-webhooks-signature": self._x.sign(body)}, body)

    def _heard(self, one: Post) -> Heard:
        is_message = one in self._x.messages
        files = tuple(
            RawFile(f"{key}.jpg", "image/jpeg", self._x.files[f"/media/{key}.jpg"])
            for key in one.media
        )
        return Heard(
            f"dm:{one.id}" if is_message else str(one.id),
            one.text,
            Visibility.PRIVATE if is_message else Visibility.PUBLIC,
            str(one.replied_to) if one.replied_to else None,
            files=files,
        )


def settings(server: str, /, **values: str) -> dict[str, str]:
    """Return our account's settings."""
    return {
        "account": f"@{HANDLE}",
        "monthly_budget": "100000",
        "consumer_key": fake.CONSUMER_KEY,
        "consumer_secret": fake.CONSUMER_SECRET,
        "access_token": fake.ACCESS_TOKEN,
        "access_secret": fake.ACCESS_SECRET,
        "server": server,
    } | values


@contextmanager
def running() -> Iterator[XCounterpart]:
    """Run X."""
    with serving(X()) as x:
        yield XCounterpart(x)
