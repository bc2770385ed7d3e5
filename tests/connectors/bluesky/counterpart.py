"""Bluesky as the conformance suite asks for it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

from connectors.base import RawFile
from connectors.capabilities import Visibility
from tests.conformance.counterpart import Heard, NotOffered, Push
from tests.fakes.bluesky import LIKE, REPOST, Bluesky, XrpcError
from tests.fakes.bluesky_server import serving

_IMAGES = ("image/jpeg", "image/png", "image/webp")


class BlueskyCounterpart:
    """All is public there, whatever visibility is asked for: to address us is to mention us."""

    def __init__(self, network: Bluesky, port: int) -> None:
        self.network = network
        self.ports: Mapping[str, int] = {"http": port}
        self._us = network.person("stadt")
        self._ahead = timedelta(0)

    def settings(self, ports: Mapping[str, int]) -> dict[str, str]:
        return {
            "server": f"http://127.0.0.1:{ports['http']}",
            "handle": self._us.handle,
            "app_password": self._us.password,
        }

    def say(
        self,
        who: str,
        text: str,
        *,
        visibility: Visibility = Visibility.PUBLIC,
        reply_to: str | None = None,
        file: RawFile | None = None,
    ) -> str:
        if file and file.declared_type not in _IMAGES:
            raise NotOffered("only images can be attached to a post")
        return self.network.post(
            self.network.person(who),
            text,
            mention=None if reply_to else self._us,
            reply_to=reply_to,
            images=[(file.declared_type, file.content)] if file else (),
            created_at=self.network.now() + self._ahead if self._ahead else None,
        )

    def edit(self, who: str, native_id: str, text: str) -> None:
        raise NotOffered("posts cannot be changed")

    def delete(self, who: str, native_id: str) -> None:
        self.network.remove(native_id)

    def press(self, who: str, native_id: str, label: str) -> None:
        raise NotOffered("posts have no buttons")

    def react(self, who: str, native_id: str, symbol: str) -> None:
        """Like it: there is one sign only, beside the one for passing it on."""
        kind = REPOST if symbol == "🔁" else LIKE
        self.network.sign(self.network.person(who), kind, native_id)

    def be_strange(self, who: str) -> None:
        uri = self.network.post(self.network.person(who), "seltsam")
        self.network.notify(self._us.did, uri, "poke")

    def be_broken(self, who: str) -> None:
        raw = {"uri": 5, "reason": ["mention"], "author": None, "record": "x", "indexedAt": None}
        self.network.notify(self._us.did, "", "", raw=raw)

    def remark(self, who: str, native_id: str, text: str) -> str:
        raise NotOffered("who has written may be answered at any time: there is no summons")

    def block(self, who: str) -> Visibility:
        self.network.blocks.add((self.network.person(who).did, self._us.did))
        return Visibility.PUBLIC

    def clock(self, offset: timedelta) -> None:
        """Posts are dated by the machines of those who write them."""
        self._ahead = offset

    def heard(self) -> list[Heard]:
        return [
            Heard(
                record.uri,
                str(record.value["text"]),
                Visibility.PUBLIC,
                _parent(record.value),
                files=self._files(record.value),
            )
            for record in self.network.posts_of(self._us)
        ]

    def shows(self, native_id: str) -> bool:
        return native_id in self.network.records and native_id not in self.network.hidden()

    def limit(self, retry_after: int | None) -> None:
        reset = int(self.network.now().timestamp()) + (retry_after or 0)
        headers = {} if retry_after is None else {"RateLimit-Reset": str(reset)}
        self.network.refusals.append(XrpcError(429, "RateLimitExceeded", headers=headers))

    def log_out(self) -> None:
        self.network.log_out(self._us)

    def log_in(self) -> None:
        self.network.log_in(self._us)

    def push(self, who: str, text: str) -> Push:
        raise NotOffered("Bluesky is asked for news")

    def _files(self, value: Mapping[str, object]) -> tuple[RawFile, ...]:
        embed = value.get("embed")
        if not isinstance(embed, dict):
            return ()
        found = [
            (one["alt"], *self.network.blobs[one["image"]["ref"]["$link"]])
            for one in embed["images"]
        ]
        return tuple(RawFile("", kind, content, alt) for alt, kind, content in found)


def _parent(value: Mapping[str, object]) -> str | None:
    reply = value.get("reply")
    return str(reply["parent"]["uri"]) if isinstance(reply, dict) else None


@contextmanager
def running() -> Iterator[BlueskyCounterpart]:
    """Run Bluesky."""
    with serving() as (network, port):
        yield BlueskyCounterpart(network, port)
