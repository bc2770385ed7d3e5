"""What citizens read: complete in every language, and composed without gaps."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tickets import rules, texts
from bot.tickets.messages import citizen_message
from bot.tickets.states import CitizenState, TicketKind, TicketStatus

EVERY = list(itertools.product(TicketStatus, TicketKind, texts.LANGUAGES))


@pytest.mark.parametrize(("status", "kind", "language"), EVERY)
def test_every_status_has_its_words(status: TicketStatus, kind: TicketKind, language: str) -> None:
    text = texts.status_text(status, kind, language)
    for part in (text.sentence, text.next_step, text.headline):
        assert part
        assert "{" not in part
    assert text.sentence.endswith((".", "!"))
    assert not text.headline.endswith(".")


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_six_plain_states_have_six_words(language: str) -> None:
    assert len({texts.state_word(state, language) for state in CitizenState}) == 6


def test_german_is_read_where_there_is_no_translation() -> None:
    assert texts.words("tr") is texts.words(None) is texts.words("und") is texts.words("de")


def test_german_and_english_are_two_languages() -> None:
    for status in TicketStatus:
        german = texts.status_text(status, TicketKind.REPORT, "de")
        english = texts.status_text(status, TicketKind.REPORT, "en")
        assert german.sentence != english.sentence
        assert not set("äöüß") & set(english.sentence + english.next_step + english.headline)


def test_staff_read_every_status() -> None:
    assert len(set(texts.STAFF_LABELS.values())) == len(TicketStatus)


def test_the_message_says_what_why_and_where() -> None:
    text = citizen_message(
        TicketStatus.RESOLVED,
        "LEV-2026-004711",
        "Das Kabel ist repariert, die Laterne leuchtet wieder.",
        "https://stadt.example/t/abc",
        "de",
    )
    assert text == (
        "Neuer Stand zu Ihrer Meldung LEV-2026-004711: Erledigt\n"
        "Ihre Meldung ist erledigt. Vielen Dank!\n\n"
        "Das Kabel ist repariert, die Laterne leuchtet wieder.\n\n"
        "Alles dazu: https://stadt.example/t/abc"
    )


def test_a_question_asks_for_an_answer_in_the_citizens_language() -> None:
    text = citizen_message(
        TicketStatus.WAITING_FOR_CITIZEN,
        "LEV-2026-004711",
        "Which side of the road?",
        None,
        "en",
        kind=TicketKind.COMPLAINT,
    )
    assert text == (
        "News about your complaint LEV-2026-004711: We need something from you\n"
        "Something is missing before we can go on.\n\n"
        "Which side of the road?\n\n"
        "Please answer us. Then we will continue."
    )


@given(
    st.sampled_from(TicketStatus),
    st.sampled_from([*texts.LANGUAGES, "tr", None]),
    st.none() | st.text(),
    st.none() | st.just("https://stadt.example/t/abc"),
)
def test_a_message_never_loses_the_note_and_has_no_gaps(
    status: TicketStatus, language: str | None, note: str | None, link: str | None
) -> None:
    text = citizen_message(status, "LEV-2026-000001", note, link, language)
    assert "LEV-2026-000001" in text
    assert texts.state_word(rules.citizen_state(status), language) in text
    assert (note or "").strip() in text
    assert (link is None) or text.endswith(link)
    assert text == text.strip()
