"""The chat without scripts and with them: stored before the answer, once, one's own only."""

import re
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot import clock
from bot.audit.service import CLI
from bot.channels import service as channels
from bot.channels.models import Channel
from bot.channels.states import ChannelState
from bot.inbound.models import RawItem
from bot.inbox import service as inbox
from bot.inbox.models import Conversation
from tests.dashboard.public.browser import (
    Browser,
    Stream,
    between,
    events_address,
    photo,
    picture,
    visible,
)
from tests.support.city import City, run, value

MARKET = "Wann ist Markt in Opladen?"


def items(city: City) -> int:
    with city.database.read() as session:
        return session.scalars(select(func.count(RawItem.id))).one()


def visitor_id(browser: Browser) -> str:
    return browser.client.cookies["visitor"].rpartition(".")[0]


def conversation_id(browser: Browser) -> int:
    with browser.city.database.read() as session:
        return session.scalars(
            select(Conversation.id).where(Conversation.thread == visitor_id(browser))
        ).one()


def staff_reply(browser: Browser, text: str) -> None:
    """Answer as the city does, unprompted."""
    app = browser.city.app
    with browser.city.database.unit_of_work() as session:
        inbox.tell(
            session,
            conversation_id(browser),
            text,
            connectors=app.connectors,
            now=clock.now(),
        )
    app.bells.outbound.ring()


def test_without_scripts_a_question_gets_its_answer(city: City) -> None:
    browser = Browser(city)
    answer = browser.says(MARKET)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/chat#end"
    words = browser.waits_for("Wochenmarkt Opladen")
    assert words.index(MARKET) < words.index("Wochenmarkt Opladen")
    assert "Demo, kein Angebot der Stadt Leverkusen" in words


def test_a_defect_is_asked_for_its_place_and_a_button_answers(city: City) -> None:
    browser = Browser(city)
    browser.says("Eine Straßenlaterne ist kaputt.")
    browser.waits_for("Ich kenne den Ort nicht")
    page = browser.get("/chat").text
    assert 'name="choice" value="unknown_place"' in page
    answer = browser.post("/chat", {"choice": "unknown_place"}, form="/chat")
    assert answer.status_code == 303
    words = browser.waits_for("LEV-")
    assert words.count("Ich kenne den Ort nicht") == 1  # what was said; the button is gone


def test_a_choice_of_an_older_message_is_refused_and_a_repeated_one_is_not(city: City) -> None:
    browser = Browser(city)
    browser.says("Eine Straßenlaterne ist kaputt.")
    browser.waits_for("Ich kenne den Ort nicht")
    page = browser.get("/chat").text
    form = {name: value(page, name) for name in ("csrf", "key")} | {"choice": "unknown_place"}
    assert browser.client.post("/chat", data=form).status_code == 303
    browser.waits_for("LEV-")
    before = items(city)
    assert browser.client.post("/chat", data=form).status_code == 303
    late = browser.client.post("/chat", data=form | {"key": "another-form"})
    assert late.status_code == 422
    assert "Diese Auswahl gibt es nicht mehr" in visible(late.text)
    assert items(city) == before


def test_a_newer_message_takes_the_buttons_away_in_an_open_page(city: City) -> None:
    browser = Browser(city)
    browser.says("Eine Straßenlaterne ist kaputt.")
    browser.waits_for("Ich kenne den Ort nicht")
    with Stream(browser, events_address(browser.get("/chat").text)) as stream:
        staff_reply(browser, "Guten Tag, hier ist das Rathaus.")
        seen = stream.until("hier ist das Rathaus")
    newest = {message["id"]: message["html"] for message in seen}
    assert not any("unknown_place" in html for html in newest.values())
    assert "unknown_place" not in browser.get("/chat").text


def test_a_choice_that_was_never_offered_is_refused(city: City) -> None:
    answer = Browser(city).post("/chat", {"choice": "yes"}, form="/chat")
    assert answer.status_code == 422


def test_a_suggestion_is_a_message(city: City) -> None:
    browser = Browser(city)
    browser.post("/chat", {"suggestion": MARKET}, form="/chat")
    assert MARKET in visible(browser.get("/chat").text)


def test_a_typed_place_goes_along_and_a_position_makes_a_ticket(city: City) -> None:
    browser = Browser(city)
    browser.says("Die Straßenlaterne ist kaputt.", place="Dhünnstraße 14")
    assert "Ort: Dhünnstraße 14" in browser.waits_for("LEV-")
    other = Browser(city)
    other.says("Die Straßenlaterne ist kaputt.", lat="51.0303", lon="6.9843", place="Mein Standort")
    words = other.waits_for("LEV-")
    assert "Mein Standort" not in words.partition("Automatische Antwort")[0]


@pytest.mark.parametrize(
    "where", [("nan", "7"), ("91", "7"), ("x", ""), ("1e999", "7"), ("51", "")]
)
def test_a_position_that_is_none_is_left_out(city: City, where: tuple[str, str]) -> None:
    browser = Browser(city)
    assert browser.says("Guten Tag", lat=where[0], lon=where[1]).status_code == 303


def test_with_scripts_the_own_message_comes_back_at_once_and_is_replaced(city: City) -> None:
    browser = Browser(city)
    page = browser.get("/chat").text
    answer = browser.post("/chat", {"text": MARKET}, form="/chat", json=True)
    assert answer.status_code == 200
    [own] = answer.json()["messages"]
    assert MARKET in own["html"]
    with Stream(browser, events_address(page)) as stream:
        seen = stream.until("Wochenmarkt Opladen")
    assert [message["id"] for message in seen].count(own["id"]) == 1
    assert f'id="message-{own["id"]}"' in seen[0]["html"]
    again = browser.get("/chat").text
    assert again.count(f'id="message-{own["id"]}"') == 1


def test_the_same_post_twice_is_one_message(city: City) -> None:
    browser = Browser(city)
    page = browser.get("/chat").text
    form = {"csrf": value(page, "csrf"), "key": value(page, "key"), "text": MARKET}
    before = items(city)
    for _ in range(3):
        assert browser.client.post("/chat", data=form).status_code == 303
    assert items(city) == before + 1
    shown = browser.get("/chat").text
    assert shown.count('class="chat-msg chat-own"') == 1


def test_what_no_worker_has_read_is_shown_as_being_read(city: City) -> None:
    browser = Browser(city)
    browser.post("/chat", {"text": "Wird das gezeigt?"}, form="/chat", json=True)
    page = browser.get("/chat").text  # within the quiet window: still unread
    assert page.count("Wird das gezeigt?") == 1


def test_a_returning_visitor_finds_the_conversation_and_nobody_else_does(city: City) -> None:
    ada, eve = Browser(city), Browser(city)
    ada.says("Mein Geheimnis ist eine Laterne.")
    assert "Geheimnis" in ada.get("/chat").text
    assert "Geheimnis" not in eve.get("/chat").text
    assert "HttpOnly" in ada.get("/chat").headers["set-cookie"]


@pytest.mark.parametrize("how", ["other", "cut", "empty", "huge", "unsigned"])
def test_a_forged_cookie_is_a_new_visitor(city: City, how: str) -> None:
    ada, eve = Browser(city), Browser(city)
    ada.says("Mein Geheimnis ist eine Laterne.")
    own = ada.client.cookies["visitor"]
    forged = {
        "other": own[:-1] + ("A" if own[-1] != "A" else "B"),
        "cut": own[:20],
        "empty": "",
        "huge": "A" * 3000,
        "unsigned": visitor_id(ada),
    }[how]
    eve.client.headers["cookie"] = f"visitor={forged}"
    assert "Geheimnis" not in eve.get("/chat").text
    assert eve.client.get("/chat/events").status_code == 204


def test_an_empty_message_and_one_that_is_too_long_are_refused_and_kept(city: City) -> None:
    browser = Browser(city)
    assert browser.says(" \u200b").status_code == 422
    long = "Wort " * 801
    refused = browser.says(long, place="Am Rathaus")
    assert refused.status_code == 422
    assert long.strip() in refused.text
    assert 'value="Am Rathaus"' in refused.text
    as_json = browser.post("/chat", {"text": long}, form="/chat", json=True)
    assert as_json.status_code == 422
    assert "4000" in as_json.json()["errors"]["text"]


def test_a_chat_form_that_is_not_ours_is_refused(city: City) -> None:
    browser = Browser(city)
    browser.get("/chat")
    before = items(city)
    refused = browser.client.post("/chat", data={"text": "Kommt nicht an"})
    assert refused.status_code == 403
    assert "Kommt nicht an" in refused.text
    assert browser.post("/chat", {"text": "x"}, json=True).status_code == 403
    assert items(city) == before


def test_photos_are_examined_and_only_the_own_ones_shown(city: City) -> None:
    ada, eve = Browser(city), Browser(city)
    files = [photo("laterne.png", picture()), photo("bombe.png", b"PK\x03\x04" + bytes(500))]
    answer = ada.post("/chat", {"text": "Mit Bildern"}, form="/chat", files=files)
    assert answer.status_code == 303
    ada.waits_for("nicht angenommen")
    page = ada.get("/chat").text
    assert "bombe.png: nicht angenommen. Diese Art von Datei geht nicht" in visible(page)
    [address] = re.findall(r'<img src="(/chat/files/\d+)"', page)
    shown = ada.get(address)
    assert shown.headers["content-type"] in {"image/jpeg", "image/png"}
    assert "sandbox" in shown.headers["content-security-policy"]
    eve.says("Guten Tag")
    eve.waits_for("Wie kann ich Ihnen helfen")
    assert eve.get(address).status_code == 404
    assert Browser(city).get(address).status_code == 404
    refused = address.rpartition("/")[2]
    assert ada.get(f"/chat/files/{int(refused) + 1}").status_code == 404
    assert ada.get(f"/chat/files/{2**63}").status_code == 404


def test_a_photo_alone_is_a_message(city: City) -> None:
    browser = Browser(city)
    files = [photo("laterne.png", picture())]
    assert browser.post("/chat", {"text": ""}, form="/chat", files=files).status_code == 303
    browser.waits_for("worum es geht")
    assert '<img src="/chat/files/' in browser.get("/chat").text
    nothing = browser.post("/chat", {"text": ""}, form="/chat", json=True)
    assert nothing.status_code == 422


def test_a_refused_message_asks_for_its_photos_again(city: City) -> None:
    browser = Browser(city)
    files = [photo("laterne.png", picture())]
    answer = browser.post("/chat", {"text": "x" * 4001}, form="/chat", files=files)
    assert answer.status_code == 422
    assert "Bitte wählen Sie die Bilder noch einmal aus." in visible(answer.text)


def test_files_are_counted_and_measured(city: City) -> None:
    browser = Browser(city)
    many = browser.post(
        "/chat",
        {"text": "Viele Bilder"},
        form="/chat",
        files=[photo(f"{n}.png", picture()) for n in range(4)],
    )
    assert many.status_code == 422
    assert "Viele Bilder" in many.text
    large = browser.post(
        "/chat",
        {"text": "Ein großes"},
        form="/chat",
        files=[photo("groß.png", bytes(10 * 1024 * 1024 + 1))],
    )
    assert large.status_code == 422
    assert "„groß.png“ ist zu groß" in visible(large.text)


def test_an_emergency_is_answered_at_once(city: City) -> None:
    browser = Browser(city)
    browser.says("Hilfe, hier brennt ein Haus!")
    assert "Rufen Sie 112 an." in browser.waits_for("Rufen Sie")


def test_the_frame_may_be_embedded_and_stays_a_frame(city: City) -> None:
    browser = Browser(city)
    page = browser.get("/chat?embed=1&lang=en")
    assert "x-frame-options" not in page.headers
    assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
    assert "Demo" in visible(page.text)
    form = {name: value(page.text, name) for name in ("csrf", "key")}
    answer = browser.client.post("/chat?embed=1&lang=en", data=form | {"text": "Hello"})
    assert answer.headers["location"] == "/chat?embed=1&lang=en#end"


def test_the_stream_loses_nothing_between_page_and_connection(city: City) -> None:
    browser = Browser(city)
    page = browser.get("/chat").text
    browser.says(MARKET)  # before the stream of the page is open
    with Stream(browser, events_address(page)) as stream:
        seen = stream.until("Wochenmarkt Opladen")
        staff_reply(browser, "Guten Tag, hier ist das Rathaus.")
        stream.until("hier ist das Rathaus")
        last_id = stream.last_id
    assert any(MARKET in message["html"] for message in seen)
    staff_reply(browser, "Das kam, als niemand zuhörte.")
    with Stream(browser, events_address(page), last_id=last_id) as stream:
        missed = stream.until("als niemand zuhörte")
    assert len({message["id"] for message in missed}) == len(missed)


def test_a_cursor_that_is_nonsense_begins_now(city: City) -> None:
    browser = Browser(city)
    browser.get("/chat")
    with Stream(browser, "/chat/events?after=%3Cscript%3E") as stream:
        assert stream.response.status_code == 200
        assert stream.response.headers["content-type"].startswith("text/event-stream")


def test_a_stream_hears_nobody_else(city: City) -> None:
    ada, eve = Browser(city), Browser(city)
    page = ada.get("/chat").text
    ada.says("Guten Tag")
    eve.says("Guten Tag, ich bin Eva")
    for who in (ada, eve):
        who.waits_for("Wie kann ich Ihnen helfen")
    with Stream(ada, events_address(page)) as stream:
        staff_reply(eve, "Antwort für Eva")
        staff_reply(ada, "Antwort für Ada")
        seen = stream.until("Antwort für Ada")
    assert not any("Eva" in message["html"] for message in seen)


def test_without_a_channel_there_is_a_page_in_plain_words(
    database_url: str, tmp_path: Path
) -> None:
    with run(database_url, tmp_path) as town:
        browser = Browser(town)
        page = browser.get("/chat").text
        form = {name: value(page, name) for name in ("csrf", "key")} | {"text": "Hallo"}
        with town.database.unit_of_work() as session:
            found = session.scalars(select(Channel).where(Channel.kind == "webchat")).one()
            channels.set_state(session, found.slug, ChannelState.PAUSED, actor=CLI, now=clock.now())
        closed = browser.get("/chat")
        assert closed.status_code == 503
        assert "Der Chat ist zurzeit ausgeschaltet" in visible(closed.text)
        assert browser.client.post("/chat", data=form).status_code == 503
        answer = browser.client.post("/chat", data=form, headers={"accept": "application/json"})
        assert "ausgeschaltet" in answer.json()["errors"]["text"]


def test_a_photo_of_the_chat_stands_on_the_page_of_its_ticket(city: City) -> None:
    browser = Browser(city)
    browser.post(
        "/chat",
        {"text": "Die Straßenlaterne ist kaputt.", "place": "Dhünnstraße 14"},
        form="/chat",
        files=[photo("laterne.png", picture())],
    )
    browser.waits_for("LEV-")
    found = re.search(r"/t/[A-Za-z0-9_-]{30,}", browser.get("/chat").text)
    assert found
    source = between(browser.get(found.group()).text, '<img src="', '"')
    assert source.startswith(f"{found.group()}/photos/a")
    assert browser.get(source).headers["content-type"].startswith("image/")
