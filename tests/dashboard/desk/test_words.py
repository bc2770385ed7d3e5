from enum import EnumType

import pytest

from bot.channels import forms
from bot.tickets import texts
from connectors import registry
from connectors.base import Lost
from connectors.results import Refusal
from dashboard.desk import (
    account,
    actions,
    alarms,
    channel_form,
    channel_kinds,
    channels,
    login,
    meaning,
    models,
    page,
    reasons,
    record,
    tickets,
    words,
)
from dashboard.desk import texts as pages
from dashboard.desk.words import Words
from dashboard.render import Texts
from nlp import taxonomy

# These read the same in both languages, or are no words.
SAME = {
    "Stadtdraht",
    "Spam",
    "Sticker",
    "Video",
    "Bluesky",
    "Handle",
    "Server",
    "Administration",
    "Matrix",
    "Telegram",
    "Mastodon",
    "Homeserver",
    "X (Twitter)",
    "Webhook",
    channels.LIST,
    channel_kinds.KINDS,
    meaning.QUEUE,
    meaning.FIRST,
    "–",
}
MODULES = (
    account,
    actions,
    alarms,
    channel_form,
    channel_kinds,
    channels,
    login,
    pages,
    record,
    tickets,
    words,
)


def sentences() -> set[str]:
    """Return every German text that the desk's modules say."""
    tables = (
        words.INTENTS,
        words.SYSTEM_LINES,
        words.EVENTS,
        words.LANGUAGES,
        words.ORIGINS,
        words.ROLES,
        words.FAILURES,
        words.CHANNEL_KINDS,
        words.CHANNEL_ABOUT,
        words.CONDITIONS,
        words.LOST,
        reasons.SPEAKS_FOR,
        reasons.DECISIONS,
        models.REFUSALS,
        texts.STAFF_LABELS,
    )
    found = {text for table in tables for text in table.values()}
    found |= {text for _, text in reasons.SURENESS}
    found |= {text for _, text in page.NOTICES.values()}
    found |= {text for said in (*words.UNREAD.values(), words.OTHER_UNREAD) for text in said}
    for field in (field for kind in registry.kinds() for field in forms.fields(kind)):
        found |= {field.title, field.description, *(label for _, label in field.choices)}
    for module in MODULES:
        found |= {
            value
            for name, value in vars(module).items()
            if name.isupper() and name[0] != "_" and type(value) is str
        }
    return found


def test_every_intent_has_a_label() -> None:
    assert set(words.INTENTS) == set(taxonomy.intents())


def test_whatever_a_connector_reports_is_put_into_words() -> None:
    assert set(words.LOST) == set(Lost)
    assert set(words.FAILURES) >= set(Refusal)


def test_every_kind_of_channel_has_a_name_and_every_choice_a_label() -> None:
    assert set(words.CHANNEL_KINDS) == set(words.CHANNEL_ABOUT) == set(registry.kinds())
    for kind in registry.kinds():
        infos = registry.settings(kind).model_fields
        for field in forms.fields(kind):
            annotation = infos[field.name].annotation
            values = [str(one) for one in annotation] if isinstance(annotation, EnumType) else []
            assert [value for value, _ in field.choices] == values, field.name


def test_every_sentence_has_an_english_one() -> None:
    english = Texts("en")
    said = sentences() - SAME
    assert len(said) > 70
    assert {text for text in said if english.gettext(text) == text} == set()


@pytest.mark.parametrize("language", ["de", "en"])
def test_codes_that_nobody_knows_are_shown_as_they_are(language: str) -> None:
    say = Words(language)
    assert say.intent("new_intent") == "new_intent"
    assert say.system_line("conversation.merged", "Mia") == "conversation.merged"
    assert say.system_line("conversation.taken", "100 % Mia").startswith("100 % Mia ")


def test_counts_end_at_ninety_nine() -> None:
    assert [words.shown(count) for count in (0, 99, 100)] == [0, 99, "99+"]
