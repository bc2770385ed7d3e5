"""`stadtdraht nlp train`: learns from judgements, and goes live only where it is no worse."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from bot import clock
from bot.db.engine import Database
from bot.inbox.models import TurnUnderstanding
from bot.learning.models import Correction
from bot.learning.rules import NEEDED
from bot.staff.models import User
from bot.understanding import queries
from nlp import corpus
from nlp.corpus import Example
from tests.support.command import stadtdraht
from tests.support.server import Server
from tests.support.waiting import until


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """Return the database of a demo city; training is the same on every engine."""
    assert stadtdraht(tmp_path, "demo", "load").returncode == 0
    return Database(url(tmp_path))


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'data' / 'stadtdraht.sqlite3'}"


def judge(database: Database, said: Sequence[Example]) -> None:
    """Have a colleague judge these sentences."""
    with database.unit_of_work() as session:
        user_id = session.scalars(select(User.id)).all()[0]
        session.add_all(
            Correction(
                text=one.text,
                language=one.language,
                intents=list(one.intents),
                category=one.category,
                said_intents=[],
                confidence=0.5,
                model="-",
                user_id=user_id,
                judged_at=clock.now(),
            )
            for one in said
        )


def reports(many: int) -> list[Example]:
    found = [one for one in corpus.templates() if one.intents == ("report_defect",)]
    return found[:: len(found) // many][:many]


def test_few_judgements_are_not_worth_a_training(tmp_path: Path, database: Database) -> None:
    judge(database, reports(NEEDED - 1))
    done = stadtdraht(tmp_path, "nlp", "train")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"Colleagues have judged {NEEDED - 1} messages; {NEEDED} are needed.\n"
    with database.read() as session:
        assert queries.versions(session) == []
    database.close()


def test_a_model_that_was_misled_is_kept_and_not_used(tmp_path: Path, database: Database) -> None:
    """Whoever judges every report to be a thank-you does no harm."""
    judge(database, [replace(one, intents=("thanks",), category=None) for one in reports(300)])
    done = stadtdraht(tmp_path, "nlp", "train")
    assert done.returncode == 1
    assert "learning" in done.stderr, "the bar says what it is about"
    assert "is kept, but not used: it finds the intents in more than one point fewer" in done.stderr
    with database.read() as session:
        [version] = queries.versions(session)
        assert queries.weights(session) is None
    assert "intents" in version.refusals
    assert version.before is not None
    assert version.after is not None
    assert version.after.intents < version.before.intents
    for told in (f"{version.before.intents:.1%}", f"{version.after.intents:.1%}"):
        assert told in done.stdout
    database.close()


def test_a_model_that_learned_is_used_by_the_running_server(
    tmp_path: Path, database: Database
) -> None:
    server = Server(url(tmp_path), tmp_path)
    judge(database, reports(NEEDED))
    slug, token = server.channel("Training")
    server.start()
    try:
        done = stadtdraht(tmp_path, "nlp", "train")
        with database.read() as session:
            [version] = queries.versions(session)
        assert (done.returncode, version.refusals) == (0, ())
        assert f"The model {version.name} understands now." in done.stdout
        httpx.post(
            f"{server.url}/api/v1/channels/{slug}/messages",
            json={"external_id": "m", "thread": "t", "sender": {"id": "p"}, "text": "Hallo"},
            headers={"Authorization": f"Bearer {token}"},
        ).raise_for_status()

        def names() -> list[str]:
            with database.read() as session:
                return list(session.scalars(select(TurnUnderstanding.model)))

        until("the message is understood", lambda: bool(names()))
        assert names() == [version.name]
    finally:
        server.stop()
        database.close()
