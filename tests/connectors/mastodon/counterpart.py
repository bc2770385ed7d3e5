"""Mastodon for the suite: people on another server, who write to an account of our instance."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from connectors.base import RawFile
from connectors.capabilities import Visibility
from connectors.mastodon.items import SIGNS
from tests.conformance.counterpart import Counterpart, Heard, NotOffered, Push
from tests.fakes import mastodon
from tests.fakes.mastodon import TOKEN
from tests.fakes.mastodon_api import Instance
from tests.fakes.mastodon_town import HOME, Account, Status

_ADDRESSED = re.compile(r"\A(?:@[\w.-]+(?:@[\w.-]+)?(?:\s+|\Z))+")
_INVISIBLE = "\u2060"


class Mastodon:
    """Says what people say on an instance."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    @property
    def ports(self) -> Mapping[str, int]:
        return {"http": self.instance.port}

    def settings(self, ports: Mapping[str, int]) -> dict[str, str]:
        return {
            "instance": f"http://127.0.0.1:{ports['http']}",
            "account": f"@stadt@{HOME}",
            "access_token": TOKEN,
        }

    def say(
        self,
        who: str,
        text: str,
        *,
        visibility: Visibility = Visibility.PRIVATE,
        reply_to: str | None = None,
        file: RawFile | None = None,
    ) -> str:
        town = self.instance.town
        media = [town.upload(file, None)] if file else []
        for one in media:
            one.reading = 0
        return town.post(
            self.person(who),
            f"@stadt@{HOME} {text}",
            visibility="direct" if visibility is Visibility.PRIVATE else "public",
            answers=reply_to,
            media=media,
        ).id

    def edit(self, who: str, native_id: str, text: str) -> None:
        author, town = self.person(who), self.instance.town
        town.edit(author, native_id, f"@stadt@{HOME} {text}")

    def delete(self, who: str, native_id: str) -> None:
        self.instance.town.delete(self.person(who), native_id)

    def press(self, who: str, native_id: str, label: str) -> None:
        raise NotOffered("Mastodon has no buttons")

    def react(self, who: str, native_id: str, symbol: str) -> None:
        """Put a star or a boost; who means another sign has to take the star."""
        kind = "reblog" if symbol == SIGNS["reblog"] else "favourite"
        town = self.instance.town
        town.notify(kind, self.person(who), town.statuses[native_id])

    def be_strange(self, who: str) -> None:
        town, author = self.instance.town, self.person(who)
        status = town.post(author, "Ein Hologramm", visibility="public")
        town.notify("hologram", author, status)

    def be_broken(self, who: str) -> None:
        self.instance.town.notify("mention", self.person(who), None, raw={"id": ["kaputt"]})

    def remark(self, who: str, native_id: str, text: str) -> str:
        raise NotOffered("who has written may be answered at any time: there is no summons")

    def block(self, who: str) -> Visibility:
        """What is posted for them alone is taken without a word, and never shown to them."""
        self.instance.town.blocking.add(self.person(who).id)
        return Visibility.PUBLIC

    def clock(self, offset: timedelta) -> None:
        self.instance.town.now = lambda: datetime.now(UTC) + offset

    def heard(self) -> list[Heard]:
        town = self.instance.town
        with town.lock:
            ours = [one for one in town.statuses.values() if one.author is town.us]
        return [_heard(one) for one in sorted(ours, key=lambda one: int(one.id))]

    def shows(self, native_id: str) -> bool:
        return native_id in self.instance.town.statuses

    def limit(self, retry_after: int | None) -> None:
        self.instance.limited.append(retry_after)

    def log_out(self) -> None:
        self.instance.logged_in = False

    def log_in(self) -> None:
        self.instance.logged_in = True

    def push(self, who: str, text: str) -> Push:
        raise NotOffered("instances push to browsers only")

    def person(self, who: str) -> Account:
        """Return somebody's account, on a server of their own."""
        return self.instance.town.join(who, "anderswo.test", name=who.title())


def _heard(status: Status) -> Heard:
    seen = "private" if status.visibility == "direct" else "public"
    return Heard(
        status.id,
        _ADDRESSED.sub("", status.text).replace(_INVISIBLE, ""),
        Visibility(seen),
        in_reply_to=status.answers,
        files=tuple(media.file for media in status.media),
    )


@contextmanager
def running() -> Iterator[Counterpart]:
    """Run an instance with our account on it."""
    with mastodon.running() as instance:
        yield Mastodon(instance)
