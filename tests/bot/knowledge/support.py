"""Articles for tests."""

import datetime as dt
from dataclasses import replace

from bot.audit.service import CLI
from bot.db.engine import Database
from bot.knowledge import service as knowledge
from bot.knowledge.rules import ArticleFacts, Wording

NOW = dt.datetime(2026, 11, 19, 11, tzinfo=dt.UTC)
OFFICE = ArticleFacts(
    slug="buergerbuero",
    wordings={
        "de": Wording(
            "Bürgerbüro: Öffnungszeiten",
            "Das **Bürgerbüro** hat montags von 8 bis 12 Uhr auf.\n\n"
            "Mehr auf [der Seite](https://stadt.example/amt) oder unter 0214 47110.",
            "Wann hat das Bürgerbüro auf?",
        ),
        "en": Wording(
            "Citizens' office: opening hours",
            "The citizens' office is open on Mondays from 8 to 12.",
            "When is the citizens' office open?",
        ),
    },
    source="Website der Stadt, 2026",
    source_url="https://stadt.example/amt",
    checked_on=dt.date(2026, 11, 2),
)
LIBRARY = ArticleFacts(
    slug="bibliothek",
    wordings={
        "de": Wording(
            "Bibliothek: Öffnungszeiten",
            "Die Bibliothek ist dienstags offen.",
            "Wann hat die Bibliothek geöffnet?",
        )
    },
    source="Amtsblatt, 2025",
)
SECRET = ArticleFacts(
    slug="intern",
    wordings={
        "de": Wording(
            "Intern: Drohnen",
            "Drohnenflüge genehmigt nur das Ordnungsamt, bitte nicht selbst zusagen.",
            "Darf ich eine Drohne fliegen lassen?",
        )
    },
    source="Absprache im Team",
    internal=True,
)


def add(database: Database, *articles: ArticleFacts, **changes: object) -> None:
    """Store articles, each with the same changes."""
    with database.unit_of_work() as session:
        for article in articles:
            changed = replace(article, **changes)  # type: ignore[arg-type]  # checked by use
            knowledge.add_article(session, changed, actor=CLI, now=NOW)
