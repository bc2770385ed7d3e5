"""Suggested replies: composed for who answers, with their sources; taken over, never sent."""

import re
from html import unescape

import pytest

from bot import clock
from bot.audit.service import CLI
from bot.knowledge import service as knowledge
from bot.knowledge.rules import ArticleFacts, Wording
from bot.staff.states import Role
from tests.dashboard.desk.test_knowledge import new
from tests.support.city import Citizen, City, Desk, value

WARNING = "Bitte vor dem Senden prüfen."
IN_DRAFT = "Ihr Entwurf enthält Angaben aus einem internen Artikel."
PERSON = "Ich möchte mit einem Menschen sprechen."


def waiting(city: City, *texts: str, public: bool = False) -> Citizen:
    """Return somebody who waits for a person."""
    someone = city.citizen(public=public)
    for text in texts:
        someone.says(text)
        someone.hears()
    return someone


def thread(someone: Citizen) -> str:
    return f"/desk/conversations/{someone.conversation_id}"


def look(desk: Desk, someone: Citizen) -> str:
    """Return the conversation with its suggestions, as a browser without a script shows it."""
    return desk.get(f"{thread(someone)}?suggestions=yes").text


def keys(page: str) -> list[str]:
    return [unescape(key) for key in re.findall(r'name="suggestion" value="([^"]+)"', page)]


def draft(page: str) -> str:
    found = re.search(r'<textarea id="text"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL)
    assert found
    return unescape(found.group(1))


def take(desk: Desk, someone: Citizen, key: str, text: str = "", mode: str = "reply") -> str:
    """Press the button of a suggestion and return the page that follows."""
    form = {"suggestion": key, "text": text, "mode": mode}
    answer = desk.post(f"{thread(someone)}/suggestion", form)
    assert answer.status_code == 303, answer.text
    return desk.get(answer.headers["location"]).text


def test_an_article_is_suggested_with_source_and_goes_into_the_draft_only(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    someone = waiting(city, f"{PERSON} Wie melde ich Sperrmüll an?")
    page = look(desk, someone)
    assert keys(page) == ["article:sperrmuell"]
    assert "Vorschlag" in page
    assert 'href="/desk/knowledge/sperrmuell">Rheinische Post, 2021' in page
    assert "ungeprüft" in page
    assert WARNING not in page
    assert draft(page) == ""
    after = take(desk, someone, "article:sperrmuell")
    assert draft(after).startswith("Sperrmüll holt die AVEA ab")
    assert "Quelle: Rheinische Post, 2021" in draft(after)
    assert "Sperrmüll holt die AVEA ab" not in after[: after.index('id="messages"')]
    assert after.count('class="msg ') == page.count('class="msg '), "nothing was sent"
    elsewhere = look(city.staff(Role.MANAGER), someone)
    assert draft(elsewhere) == "", "a draft belongs to who wrote it"


def test_a_script_fetches_them_beside_the_page(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    someone = waiting(city, f"{PERSON} Wie melde ich Sperrmüll an?")
    page = desk.get(f"{thread(someone)}?q=Gast").text
    assert keys(page) == []
    assert f'hx-get="{thread(someone)}/suggestions?q=Gast"' in page
    fragment = desk.get(f"{thread(someone)}/suggestions?q=Gast", fragment=True).text
    assert keys(fragment) == ["article:sperrmuell"]
    assert f'formaction="{thread(someone)}/suggestion?q=Gast"' in fragment
    assert "<html" not in fragment
    alone = desk.get(f"{thread(someone)}/suggestions")
    assert alone.headers["location"] == f"{thread(someone)}?suggestions=yes"


def test_what_was_begun_stays_and_is_added_to(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    someone = waiting(city, f"{PERSON} Wie melde ich Sperrmüll an?")
    after = take(desk, someone, "article:sperrmuell", "Guten Tag Frau Sommer,")
    assert draft(after).startswith("Guten Tag Frau Sommer,\n\nSperrmüll holt die AVEA ab")
    again = take(desk, someone, "article:sperrmuell", draft(after))
    assert draft(again) == draft(after), "the same once more adds nothing"


def test_a_note_that_was_begun_stays_a_note(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    someone = waiting(city, f"{PERSON} Wie melde ich Sperrmüll an?")
    desk.post(f"{thread(someone)}/draft", {"mode": "reply", "text": "Begonnen"})
    after = take(desk, someone, "article:sperrmuell", "Nur für uns", "note")
    assert draft(after).startswith("Begonnen\n\nSperrmüll holt")
    assert 'value="note" data-draft="Nur für uns"' in after


def test_what_comes_from_an_internal_article_is_warned_about_and_stays_so(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    someone = waiting(city, f"{PERSON} Ich habe eine Presseanfrage für ein Interview.")
    page = look(desk, someone)
    assert "article:intern-presse" in keys(page)
    assert WARNING in page
    assert IN_DRAFT not in page
    after = take(desk, someone, "article:intern-presse")
    assert IN_DRAFT in after
    assert "Absprache im Team" not in draft(after)
    shorter = draft(after).replace("Bitte nicht selbst", "Bitte")
    desk.post(f"{thread(someone)}/draft", {"mode": "reply", "text": f"Hallo!\n{draft(after)}"})
    assert IN_DRAFT in look(desk, someone), "also after a reload"
    assert shorter != draft(after)
    desk.post(f"{thread(someone)}/draft", {"mode": "reply", "text": "Hallo!"})
    assert IN_DRAFT not in look(desk, someone)


def test_live_data_comes_first(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    someone = waiting(city, f"{PERSON} Wann ist Wochenmarkt in Opladen?")
    page = look(desk, someone)
    assert keys(page)[0] == "market"
    assert "Marktkalender" in page
    after = take(desk, someone, "market")
    assert "Opladen" in draft(after)
    assert f"{city.url}/maerkte" in draft(after)


def test_the_state_of_their_own_report_is_suggested_in_private_only(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    someone = waiting(city, "Die Straßenlaterne in der Dhünnstraße 14 ist kaputt")
    number = someone.ticket_number
    someone.says(f"{PERSON} Wie ist der Stand meiner Meldung?")
    someone.hears()
    page = look(desk, someone)
    assert "ticket" in keys(page)
    assert number in draft(take(desk, someone, "ticket"))
    office = city.staff(Role.OFFICE, office="tbl")
    assert "ticket" not in keys(look(office, someone))
    stranger = waiting(city, f"{PERSON} Wie ist der Stand meiner Meldung?")
    assert "ticket" not in keys(look(desk, stranger))


def test_in_public_only_the_gist_is_suggested(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    someone = waiting(city, f"{PERSON} Wie melde ich Sperrmüll an?", public=True)
    after = take(desk, someone, "article:sperrmuell")
    assert "Sperrmüll holt die AVEA ab" in draft(after)
    assert "Bauschutt" not in draft(after)
    version = value(after, "version")
    sent = desk.post(
        f"{thread(someone)}/replies", {"mode": "reply", "text": draft(after), "version": version}
    )
    assert sent.status_code == 303, "what an article says may be said in public"


def test_who_was_answered_needs_no_suggestion(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    someone = waiting(city, "Wie melde ich Sperrmüll an?")
    assert keys(look(desk, someone)) == [], "the assistant has told it"
    someone.says(f"{PERSON} Wie melde ich Sperrmüll an?")
    someone.hears()
    page = look(desk, someone)
    assert keys(page) == ["article:sperrmuell"]
    reply = {"mode": "reply", "text": "Gern!", "version": value(page, "version")}
    desk.post(f"{thread(someone)}/replies", reply)
    assert keys(look(desk, someone)) == []
    someone.hears()
    someone.says("Und wie hoch ist die Hundesteuer?")
    city.until(lambda: keys(look(desk, someone)) == ["article:hundesteuer"])


def test_a_suggestion_that_is_gone_says_so_and_keeps_the_text(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    someone = waiting(city, f"{PERSON} Wie melde ich Sperrmüll an?")
    form = {"suggestion": "article:gibt-es-nicht", "text": "Begonnen", "mode": "reply"}
    page = desk.post(f"{thread(someone)}/suggestion", form)
    assert page.status_code == 422
    assert "Diesen Vorschlag gibt es nicht mehr" in page.text
    assert draft(page.text) == "Begonnen"
    part = desk.post(f"{thread(someone)}/suggestion", form, fragment=True)
    assert part.status_code == 422
    assert "<textarea" not in part.text


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OFFICE])
def test_only_who_may_reply_gets_suggestions(city: City, role: Role) -> None:
    someone = waiting(city, f"{PERSON} Wie melde ich Sperrmüll an?")
    desk = city.staff(role, office="tbl" if role is Role.OFFICE else None)
    assert keys(look(desk, someone)) == []
    assert desk.get(f"{thread(someone)}/suggestions", fragment=True).status_code in {403, 404}
    taken = desk.post(f"{thread(someone)}/suggestion", {"suggestion": "article:sperrmuell"})
    assert taken.status_code in {403, 404}
    reader = city.staff(Role.MANAGER)
    refused = reader.post(f"{thread(someone)}/suggestion", {"suggestion": "market"}, csrf="falsch")
    assert refused.status_code == 403


def test_at_most_three_are_suggested(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    for number in range(5):
        new(desk, title_de=f"Seilbahn {number}", questions_de="Wann fährt die Seilbahn?")
    someone = waiting(city, f"{PERSON} Wann fährt die Seilbahn?")
    assert len(keys(look(desk, someone))) == 3
    with city.database.unit_of_work() as session:
        for slug in [f"seilbahn-{number}" for number in range(5)]:
            knowledge.delete_article(session, slug, 1, actor=CLI, now=clock.now())


def test_the_language_of_the_citizen_counts(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    words = {"de": Wording("Drachen", "Drachen?"), "en": Wording("Kites", "Kites are fine.")}
    questions = {
        code: Wording(one.title, one.body, "Where may I fly a kite? Kites")
        for code, one in words.items()
    }
    article = ArticleFacts("drachen", questions, source="Amtsblatt")
    with city.database.unit_of_work() as session:
        knowledge.add_article(session, article, actor=CLI, now=clock.now())
    someone = waiting(city, "I want to talk to a real person. Where may I fly a kite?")
    assert "Kites are fine." in draft(take(desk, someone, "article:drachen"))
    with city.database.unit_of_work() as session:
        knowledge.delete_article(session, "drachen", 1, actor=CLI, now=clock.now())
