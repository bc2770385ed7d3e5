"""The callback of the generic channel, at a real receiver."""

import hashlib
import hmac
import itertools
import json

import pytest

from bot import clock
from bot.audit.service import CLI
from bot.channels import queries
from bot.channels import service as channels
from bot.channels.service import ChannelNotFoundError
from bot.errors import InvalidError
from tests.fakes.receiver import NEVER_ENDING, Posted, Receiver, receiving
from tests.support.city import City

_numbers = itertools.count(1)


class Channel:
    """A channel of its own, whose replies are posted to a receiver."""

    def __init__(self, city: City, receiver: Receiver) -> None:
        self.city = city
        with city.database.unit_of_work() as session:
            name = f"Rückruf {next(_numbers)}"
            self.slug, token = channels.add(session, "api", name, actor=CLI, now=clock.now())
        self.http = city.client()
        self.http.headers["authorization"] = f"Bearer {token}"
        self.secret = self.post_to(receiver.url)

    def post_to(self, url: str | None) -> str:
        with self.city.database.unit_of_work() as session:
            found = channels.set_callback(session, self.slug, url, actor=CLI, now=clock.now())
        return channels.callback_secret(self.city.app.settings.key, found, url or "")

    def says(self, thread: str, text: str = "Wann ist Markt in Opladen?") -> None:
        body = {"external_id": thread, "thread": thread, "sender": {"id": thread}, "text": text}
        answer = self.http.post(f"/api/v1/channels/{self.slug}/messages", json=body)
        assert answer.status_code == 202

    def fetch(self, **params: str) -> dict[str, list[dict[str, str]]]:
        answer = self.http.get(f"/api/v1/channels/{self.slug}/replies", params=params)
        found: dict[str, list[dict[str, str]]] = answer.json()
        return found

    def error(self) -> str | None:
        with self.city.database.read() as session:
            found = queries.channels(session)
        return next(channel.last_error for channel in found if channel.slug == self.slug)


def replies(posted: list[Posted]) -> list[dict[str, str]]:
    return [reply for one in posted for reply in json.loads(one.body)["replies"]]


def is_signed(posted: Posted, secret: str) -> bool:
    """Check the signature as the docs tell a receiver to, with nothing of the product."""
    fields = dict(part.split("=", 1) for part in posted.signature.split(","))
    signed = fields["t"].encode() + b"." + posted.body
    right = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    recent = abs(int(fields["t"]) - clock.now().timestamp()) < 300
    return hmac.compare_digest(right, fields["v1"]) and recent


def test_replies_are_posted_signed_and_count_as_fetched(city: City) -> None:
    with receiving() as receiver:
        channel = Channel(city, receiver)
        channel.says("posted")
        city.until(lambda: bool(receiver.posted))
        [posted] = receiver.posted
        page = json.loads(posted.body)
        assert page == channel.fetch(after="0"), "it is the page that would be fetched"
        assert page["replies"][0]["in_reply_to"] == "posted"
        assert is_signed(posted, channel.secret)
        assert not is_signed(posted, channel.secret[::-1])
        city.until(lambda: channel.fetch()["replies"] == [])


def test_what_is_not_taken_comes_again_in_order(city: City) -> None:
    with receiving([500, 302, 404]) as receiver:
        channel = Channel(city, receiver)
        channel.says("again-1")
        city.until(lambda: channel.error() is not None)
        assert (channel.error() or "").startswith("callback: HTTP")
        channel.says("again-2")
        city.until(
            lambda: {"again-1", "again-2"} <= {r["thread"] for r in replies(receiver.posted)}
        )
        city.until(lambda: channel.fetch()["replies"] == [])
        assert {posted.path for posted in receiver.posted} == {"/replies"}, (
            "no redirect is followed"
        )
        cursors = [int(reply["cursor"]) for reply in replies(receiver.posted[3:])]
        assert cursors == sorted(set(cursors)), "what was taken does not come again"
        assert [reply["thread"] for reply in replies(receiver.posted[:3])][:1] == ["again-1"]
        city.until(lambda: channel.error() is None)


def test_an_address_where_nobody_listens_loses_nothing(city: City) -> None:
    with receiving() as gone:
        channel = Channel(city, gone)
    channel.says("late")
    city.until(lambda: channel.error() == "callback: ConnectError")
    assert [reply["thread"] for reply in channel.fetch()["replies"]] == ["late"]
    with receiving() as receiver:
        other = channel.post_to(receiver.url)
        assert other != channel.secret, "another address has another secret"
        city.until(lambda: bool(receiver.posted))
        assert is_signed(receiver.posted[0], other)
        city.until(lambda: channel.fetch()["replies"] == [])
        assert channel.error() is None


def test_no_receiver_holds_up_another(city: City) -> None:
    """One answers for ever, one has a name that no resolver takes: a third is served at once."""
    with receiving([NEVER_ENDING] * 99) as slow, receiving() as quick:
        held, unnamed, served = (Channel(city, receiver) for receiver in (slow, slow, quick))
        unnamed.post_to("http://a..b/")
        for channel in (held, unnamed, served):
            channel.says("in line")
        city.until(lambda: bool(slow.posted))
        city.until(lambda: bool(quick.posted))
        assert held.error() is None, "the third was served while the first still waits"
        city.until(lambda: held.error() == "callback: no answer in time")
        city.until(lambda: (unnamed.error() or "").startswith("callback: "))
        assert held.fetch()["replies"], "what was not taken in time counts as not taken"


def test_a_callback_can_be_ended(city: City) -> None:
    with receiving() as ended, receiving() as other:
        channel, witness = Channel(city, ended), Channel(city, other)
        channel.says("before")
        city.until(lambda: channel.fetch()["replies"] == [] and bool(ended.posted))
        channel.post_to(None)
        channel.says("after")
        city.until(lambda: bool(channel.fetch()["replies"]))
        witness.says("after that")
        city.until(lambda: bool(other.posted))
        assert [reply["thread"] for reply in replies(ended.posted)] == ["before"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://example.org",
        "example.org/x",
        "http://",
        "http://[",
        "http://u:p@example.org",
        "http://u@example.org",
        "http://:p@example.org",
        "http://example.org:99999",
        "http://exa mple.org",
        " http://example.org",
        "http://example.org/\n",
    ],
)
def test_what_is_no_address_is_refused(city: City, url: str) -> None:
    with city.database.unit_of_work() as session, pytest.raises(InvalidError):
        channels.set_callback(session, city.channel, url, actor=CLI, now=clock.now())


def test_only_a_generic_channel_has_a_callback(city: City) -> None:
    with city.database.unit_of_work() as session, pytest.raises(ChannelNotFoundError):
        channels.set_callback(session, "web", "http://example.org", actor=CLI, now=clock.now())
