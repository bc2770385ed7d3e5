"""What is attached to a post is shown, or said to be there."""

import pytest

from connectors.base import InboundMessage, ParseError
from connectors.bluesky.connector import CONNECTOR

ME, ANNA = "did:plc:stadt", "did:plc:anna"
POST = "app.bsky.feed.post"
EMBED = "app.bsky.embed"
CARD = {"$type": f"{EMBED}.external", "external": {"uri": "https://stadt.test/a", "title": "A"}}


def _payload(**record: object) -> dict[str, object]:
    said = {"$type": POST, "text": "Sehen Sie mal"} | record
    author = {"did": ANNA, "handle": "anna.test"}
    note = {"uri": f"at://{ANNA}/{POST}/1", "reason": "mention", "author": author, "record": said}
    return {"me": ME, "image": 0, "largest": 1000, "notification": note}


def _message(**record: object) -> InboundMessage:
    (found,) = CONNECTOR.parse(_payload(**record))
    assert isinstance(found, InboundMessage)
    return found


def test_the_link_of_a_card_stands_below_the_text_unless_it_is_in_it() -> None:
    assert _message(embed=CARD).text == "Sehen Sie mal\nhttps://stadt.test/a"
    assert _message(text="https://stadt.test/a", embed=CARD).text == "https://stadt.test/a"
    assert _message(text="", embed=CARD).text == "https://stadt.test/a"
    with_quotation = {"$type": f"{EMBED}.recordWithMedia", "media": CARD, "record": {}}
    assert _message(embed=with_quotation).text == "Sehen Sie mal\nhttps://stadt.test/a"


@pytest.mark.parametrize(
    ("embed", "unread"),
    [
        (None, None),
        (CARD, None),
        ({"$type": f"{EMBED}.record", "record": {}}, None),
        ({"$type": f"{EMBED}.video", "video": {}}, "video"),
        ({"$type": f"{EMBED}.recordWithMedia", "media": {"$type": f"{EMBED}.video"}}, "video"),
        ({"$type": f"{EMBED}.hologram"}, "unknown"),
        ({"$type": f"{EMBED}.images", "images": "none"}, None),
    ],
)
def test_what_cannot_be_shown_is_said_to_be_there(embed: object, unread: str | None) -> None:
    found = _message(embed=embed)
    assert found.unread == unread
    assert found.text.startswith("Sehen Sie mal")
    assert found.files == 0


def test_who_has_no_name_is_called_by_their_handle() -> None:
    assert _message().sender.name == "anna.test"


@pytest.mark.parametrize("text", [None, 5, ["x"], "\ud800"])
def test_a_post_without_a_text_is_a_post_all_the_same(text: object) -> None:
    assert _message(text=text).text == ""


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"me": ME, "notification": {}},
        {"me": ME, "gone": 5, "order": "x"},
        {"skipped": "long_history"},
        {"me": ME, "notification": {"uri": "at://x", "reason": "like", "author": {"did": ANNA}}},
    ],
)
def test_what_cannot_be_read_is_told(payload: dict[str, object]) -> None:
    with pytest.raises(ParseError):
        CONNECTOR.parse(payload)


@pytest.mark.parametrize(
    ("root", "is_ours"),
    [
        (f"at://{ME}/{POST}/5", True),
        (f"at://{ANNA}/{POST}/5", False),
        (f"at://{ME}more/{POST}/5", False),
        (f"at://{ME}/app.bsky.feed.generator/5", False),
        (None, False),
    ],
)
def test_a_comment_in_a_thread_that_we_began_stands_below_our_post(
    root: str | None, *, is_ours: bool
) -> None:
    parent = f"at://{ME}/{POST}/6"
    reply = {"root": {"uri": root}, "parent": {"uri": parent}} if root else None
    assert _message(reply=reply).below == (root if is_ours else None)
