"""General questions: a message in, and what an article makes the citizen hear."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.audit.service import CLI
from bot.city import service as city
from bot.demo import entries
from bot.dialogue.texts import say
from bot.inbox.models import TurnUnderstanding
from bot.knowledge import service as knowledge
from bot.knowledge.rules import ArticleFacts, Wording
from bot.outbox.models import Delivery
from bot.tickets.models import Ticket
from tests.bot.knowledge.support import LIBRARY, NOW, OFFICE, SECRET, add
from tests.fakes.town import FACTS, Town

ASKED = "Auskunft bitte. Wann hat das Bürgerbüro auf?"
FOR_A_PERSON = "Ein Mensch aus unserem Team"
MOBILE = replace(
    LIBRARY,
    slug="mobil",
    wordings={"de": Wording("Bürgerbüro im Bus", "Der Bus kommt freitags.", "Bürgerbüro")},
)


def buttons(town: Town) -> list[tuple[str, str]]:
    with town.database.read() as session:
        rows = session.scalars(select(Delivery.buttons).order_by(Delivery.id)).all()
    return [(str(one["id"]), str(one["label"])) for one in rows[-1] if isinstance(one, dict)]


def test_an_article_answers_in_plain_words_with_source_and_date(town: Town) -> None:
    add(town.database, OFFICE, LIBRARY)
    answer = town.turn("t", ASKED)
    assert answer.startswith(
        "Das Bürgerbüro hat montags von 8 bis 12 Uhr auf.\n\n"
        "Mehr auf der Seite (https://stadt.example/amt) oder unter 0214 47110.\n\n"
        "Quelle: Website der Stadt, 2026, geprüft am 02.11.2026.\nhttps://stadt.example/amt\n\n"
        "Hilft Ihnen das nicht weiter? Schreiben Sie „Mensch“."
    )
    assert town.conversation("t").waiting_since is None
    with town.database.read() as session:
        assert session.scalars(select(TurnUnderstanding.outcome)).all() == ["city_info"]


def test_beside_a_doubted_emergency_no_article_answers(town: Town) -> None:
    add(town.database, OFFICE, LIBRARY)
    assert FOR_A_PERSON not in town.turn("sure", f"Womöglich. {ASKED}")
    answer = town.turn("t", f"Oma wird vermisst, womöglich. {ASKED}")
    assert FOR_A_PERSON in answer
    assert "montags" not in answer


def test_what_nobody_has_confirmed_says_so(town: Town) -> None:
    add(town.database, LIBRARY, valid_until=dt.date(2026, 12, 31))
    answer = town.turn("t", "Auskunft bitte. Wann hat die Bibliothek geöffnet?")
    assert (
        "Amtsblatt, 2025. Die Angaben sind noch nicht bestätigt. Gültig bis 31.12.2026." in answer
    )


@pytest.mark.parametrize(
    ("prefix", "said", "source"),
    [
        ("EN", "The citizens' office is open on Mondays from 8 to 12.", "Source: Website der"),
        ("TR", "Bu bilgi yalnızca Almanca olarak mevcut:", "Quelle: Website der"),
        ("UK", "Ця інформація є лише німецькою мовою:", "Quelle: Website der"),
    ],
)
def test_everybody_is_answered_in_their_language_or_told_that_it_is_german(
    town: Town, prefix: str, said: str, source: str
) -> None:
    add(town.database, OFFICE)
    answer = town.turn("t", f"{prefix}. {ASKED}")
    assert answer.startswith(said)
    assert source in answer
    assert ("Das Bürgerbüro hat montags" in answer) == (prefix != "EN")


def test_english_speakers_are_told_where_only_german_is_there(town: Town) -> None:
    add(town.database, LIBRARY)
    answer = town.turn("t", "EN. Auskunft bitte. Bibliothek?")
    assert answer.startswith("We have this information in German only.\n\nDie Bibliothek ist")


def test_a_question_without_an_article_goes_to_a_person(town: Town) -> None:
    add(town.database, OFFICE, LIBRARY)
    assert FOR_A_PERSON in town.turn("t", "Auskunft bitte. Wann fährt der Bus nach Köln?")
    assert town.conversation("t").waiting_since is not None


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "answers"),
    [
        (None, dt.date(2026, 11, 18), False),
        (None, dt.date(2026, 11, 19), True),
        (dt.date(2026, 11, 19), None, True),
        (dt.date(2026, 11, 20), None, False),
    ],
)
def test_only_what_is_valid_today_answers(
    town: Town, valid_from: dt.date | None, valid_until: dt.date | None, *, answers: bool
) -> None:
    add(town.database, OFFICE, valid_from=valid_from, valid_until=valid_until)
    assert ("montags von 8 bis 12" in town.turn("t", ASKED)) == answers


def test_the_last_day_ends_at_midnight_in_berlin(town: Town) -> None:
    add(town.database, OFFICE, valid_until=dt.date(2026, 11, 19))
    town.clock.at = dt.datetime(2026, 11, 19, 22, 59, 50, tzinfo=dt.UTC)
    assert "montags" in town.turn("a", ASKED)
    assert "montags" not in town.turn("b", ASKED)


def test_what_is_internal_is_told_to_nobody(town: Town) -> None:
    add(town.database, SECRET)
    for visibility in ("private", "public"):
        question = "Auskunft bitte. Darf ich eine Drohne fliegen lassen?"
        said = town.turn(visibility, question, visibility=visibility)
        assert "Drohnenflüge" not in said
        assert "Drohnen" not in said


def test_two_that_fit_alike_are_offered_and_the_chosen_one_is_told(town: Town) -> None:
    add(town.database, OFFICE, MOBILE, SECRET)
    asked = "Auskunft bitte. Bürgerbüro?"
    assert "mehrere Auskünfte" in town.turn("a", asked)
    offered = buttons(town)
    assert sorted(offered[:2]) == [
        ("buergerbuero", "Bürgerbüro: Öffnungszeiten"),
        ("mobil", "Bürgerbüro im Bus"),
    ]
    assert offered[2:] == [("human_handoff", "Mit einem Menschen sprechen")]
    assert town.turn("a", "", choice="mobil").startswith("Der Bus kommt freitags.")
    town.turn("b", asked)
    number = 1 + [key for key, _ in offered].index("mobil")
    assert town.turn("b", str(number)).startswith("Der Bus kommt freitags.")
    town.turn("c", asked)
    assert "an einen Menschen" in town.turn("c", "3")
    assert town.conversation("c").waiting_since is not None


def test_what_only_half_fits_is_asked_about(town: Town) -> None:
    add(town.database, OFFICE)
    unsure = "Auskunft bitte. Bürgerbüro Parkhaus?"
    assert "Meinen Sie das?" in town.turn("a", unsure)
    assert [key for key, _ in buttons(town)] == ["yes", "no"]
    assert town.turn("a", "ja").startswith("Das Bürgerbüro hat montags")
    town.turn("b", unsure)
    assert "an einen Menschen" in town.turn("b", "nein")


def test_an_offered_article_that_ran_out_meanwhile_is_not_told(town: Town) -> None:
    add(town.database, OFFICE)
    town.turn("t", "Auskunft bitte. Bürgerbüro Parkhaus?")
    ended = replace(OFFICE, valid_until=dt.date(2026, 11, 18))
    with town.database.unit_of_work() as session:
        knowledge.change_article(session, ended, actor=CLI, now=NOW)
    assert FOR_A_PERSON in town.turn("t", "ja")


def test_an_unsure_understanding_is_helped_by_a_fitting_article(town: Town) -> None:
    """What is not surely a question is one where an article says the same."""
    add(town.database, OFFICE)
    assert "montags" in town.turn("a", f"womöglich. {ASKED}")
    assert FOR_A_PERSON in town.turn("b", "womöglich. Auskunft zum Busfahrplan")
    assert FOR_A_PERSON in town.turn("c", "womöglich. Laterne am Bürgerbüro")


def test_a_report_beside_a_question_without_an_article_is_only_a_report(town: Town) -> None:
    add(town.database, LIBRARY)
    answer = town.turn("t", "Auskunft: Wer repariert die Laterne in der Dorfstraße 5?")
    with town.database.read() as session:
        number = session.scalars(select(Ticket.number)).one()
    assert number in answer
    assert FOR_A_PERSON not in answer


def test_a_place_that_is_asked_for_may_be_named_like_an_article(town: Town) -> None:
    add(town.database, OFFICE)
    town.turn("t", "Die Laterne ist kaputt")
    answer = town.turn("t", "Am Bürgerbüro, beim Eingang, sagt die Auskunft")
    with town.database.read() as session:
        assert session.scalars(select(Ticket.place)).one().startswith("Am Bürgerbüro")
    assert "montags" not in answer


def test_a_changed_article_is_told_at_once(town: Town) -> None:
    worker = town.worker()
    add(town.database, OFFICE)
    town.says("a", ASKED)
    town.work(worker=worker)
    with town.database.unit_of_work() as session:
        german = Wording("Bürgerbüro", "Jetzt auch dienstags.", "Wann hat das Bürgerbüro auf?")
        changed = replace(OFFICE, wordings={"de": german})
        knowledge.change_article(session, changed, actor=CLI, now=NOW)
    town.says("b", ASKED)
    town.work(worker=worker)
    assert "montags" in town.answers("a")[0].text
    assert town.answers("b")[0].text.startswith("Jetzt auch dienstags.")


def test_in_public_only_the_gist_is_said_and_its_own_number_passes_the_guard(
    town: Town,
) -> None:
    told = Wording(
        "Bürgerbüro", "Das Bürgerbüro erreichen Sie unter 0214 47110.\n\nMehr dazu später.",
        "Wann hat das Bürgerbüro auf?",
    )  # fmt: skip
    add(town.database, replace(OFFICE, wordings={"de": told}))
    answer = town.turn("t", ASKED, visibility="public", name="Karla Komet")
    assert answer.startswith("Das Bürgerbüro erreichen Sie unter 0214 47110.\n\nQuelle:")
    assert "später" not in answer
    town.send()
    assert "0214 47110" in town.platform.texts[-1]


def test_in_public_a_number_that_no_article_holds_is_stopped(town: Town) -> None:
    """Not even one of an article that has run out, or of an internal one."""
    told = {"de": Wording("Bürgerbüro", "Rufen Sie 0214 47110 an.", "Bürgerbüro?")}
    add(town.database, replace(OFFICE, wordings=told, valid_until=dt.date(2026, 11, 18)))
    add(town.database, replace(SECRET, wordings=told))
    facts = replace(FACTS, name="Bürgerbüro 0214 47110")
    with town.database.unit_of_work() as session:
        city.save(session, facts, actor=CLI, now=NOW)
    said = town.turn("t", "Hallo", visibility="public")
    assert "47110" not in said or say("public_withheld", "de") in said


def test_in_public_what_does_not_fit_for_sure_goes_on_in_private(town: Town) -> None:
    add(town.database, OFFICE, MOBILE)
    answer = town.turn("t", "Auskunft bitte. Bürgerbüro?", visibility="public")
    assert "privat" in answer
    assert "Bus" not in answer


def test_the_demo_articles_are_all_unconfirmed_and_hold_no_foreign_promise() -> None:
    def said(article: ArticleFacts) -> str:
        return " ".join(wording.body for wording in article.wordings.values())

    articles = entries.articles()
    assert 12 <= len(articles) <= 20
    assert all(article.checked_on is None for article in articles)
    assert sum("en" in article.wordings for article in articles) >= 6
    assert [one.slug for one in articles if one.internal] == ["intern-presse"]
    assert "€" not in " ".join(map(said, articles)), "no price stands in a source"
