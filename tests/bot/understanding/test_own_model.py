"""A model of the city's own: taken by every process, refused where it does not fit."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy import func, select

from bot.audit.models import AuditEntry
from bot.audit.service import CLI
from bot.city import queries as cities
from bot.db.engine import Database
from bot.dialogue.facts import FactsCache
from bot.errors import InvalidError
from bot.operation.checks import city
from bot.operation.findings import Level
from bot.understanding import queries
from bot.understanding import service as understanding
from bot.understanding.models import ModelVersion
from bot.understanding.process import LanguageBusyError, LanguageProcess
from nlp import heads
from nlp.types import Context, Weights

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
SHIPPED = heads.shipped().name


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    """Return a model that takes every text for a compliment, as no shipped one does."""
    folder = tmp_path_factory.mktemp("own")
    model = heads.shipped()
    shift = model.intents.shift.copy()
    shift[model.intents.labels.index("thanks")] = 40.0
    heads.save(replace(model, name="eigen", intents=replace(model.intents, shift=shift)), folder)
    return heads.stored(folder)


@pytest.fixture(scope="module")
def language() -> Iterator[LanguageProcess]:
    language = LanguageProcess()
    yield language
    language.stop()


def told(language: LanguageProcess, facts: FactsCache, database: Database) -> tuple[str, str]:
    """Return what a process makes of a text now, and with which model."""
    with database.read() as session:
        informed = language.of(facts.current(session).knowledge)
    while True:
        try:
            found = informed.understand("Auf der Wiese steht etwas", Context(NOW))
        except LanguageBusyError:
            continue
        return found.intent, found.model


def test_a_process_takes_the_new_model_and_the_old_one_again(
    database: Database, language: LanguageProcess, own: Weights
) -> None:
    facts = FactsCache()
    before = told(language, facts, database)
    assert before[1] == SHIPPED
    with database.unit_of_work() as session:
        assert understanding.use(session, own, actor=CLI, now=NOW) == "eigen"
    assert told(language, facts, database) == ("thanks", "eigen")
    with database.unit_of_work() as session:
        understanding.use(session, own, actor=CLI, now=NOW)
        assert session.scalar(select(func.count()).select_from(ModelVersion)) == 1
    with database.unit_of_work() as session:
        assert understanding.use_shipped(session, actor=CLI, now=NOW) == SHIPPED
    assert told(language, facts, database) == before
    with database.read() as session:
        trail = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        assert city.model(queries.weights(session)).level is Level.OK
        version = cities.data_version(session)
    assert trail == ["model.used", "model.used", "model.left"]
    with database.unit_of_work() as session:
        assert understanding.use_shipped(session, actor=CLI, now=NOW) == SHIPPED
        assert cities.data_version(session) == version, "nothing has changed"


def narrower(weights: Weights) -> Weights:
    """Return it as a version with fewer features would have trained it."""
    with np.load(io.BytesIO(weights.arrays)) as file:
        arrays = {name: file[name] for name in file.files}
    arrays["intents_dense"] = arrays["intents_dense"][:-1]
    return Weights(weights.meta, packed(**arrays))


def packed(**arrays: np.ndarray) -> bytes:
    stored = io.BytesIO()
    np.savez_compressed(stored, allow_pickle=False, **arrays)
    return stored.getvalue()


def endless(weights: Weights) -> bytes:
    """Return its arrays with a number in them that is none."""
    with np.load(io.BytesIO(weights.arrays)) as file:
        arrays = {name: file[name] for name in file.files}
    arrays["intents_shift"][0] = np.nan
    return packed(**arrays)


def single() -> bytes:
    stored = io.BytesIO()
    np.save(stored, np.zeros(3))
    return stored.getvalue()


def foreign() -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as file:
        file.writestr("idf", "no array")
    return stored.getvalue()


def damaged(weights: Weights) -> list[Weights]:
    middle = len(weights.arrays) // 2
    return [
        Weights(weights.meta, weights.arrays[:middle]),
        Weights(weights.meta, b""),
        *(
            Weights(weights.meta, weights.arrays[:at] + bytes(512) + weights.arrays[at + 512 :])
            for at in range(0, len(weights.arrays) - 512, len(weights.arrays) // 16)
        ),
        Weights(weights.meta, endless(weights)),
        Weights(weights.meta, single()),
        Weights(weights.meta, foreign()),
        Weights(b"[" * 100_000, weights.arrays),
        Weights(weights.meta.replace(b'"eigen"', b"null"), weights.arrays),
        Weights(b"{", weights.arrays),
        Weights(b"[]", weights.arrays),
        Weights(b'{"name": "x"}', weights.arrays),
        Weights(weights.meta.replace(b"eigen", b"e" * 81), weights.arrays),
        Weights(weights.meta.replace(b'"thanks"', b'"dank"'), weights.arrays),
        narrower(weights),
    ]


def test_what_does_not_fit_is_refused_and_changes_nothing(database: Database, own: Weights) -> None:
    for wrong in damaged(own):
        with pytest.raises(InvalidError), database.unit_of_work() as session:
            understanding.use(session, wrong, actor=CLI, now=NOW)
    with database.read() as session:
        assert queries.weights(session) is None


def test_after_an_upgrade_the_shipped_model_stands_in(
    database: Database, language: LanguageProcess, own: Weights
) -> None:
    """The row of an older version is there, and nobody has looked at it since."""
    old = narrower(own)
    with database.unit_of_work() as session:
        session.add(
            ModelVersion(
                name="eigen",
                digest="0" * 64,
                meta=old.meta,
                arrays=old.arrays,
                refusals=[],
                active=True,
                made_at=NOW,
            )
        )
    assert told(language, FactsCache(), database)[1] == SHIPPED
    found = city.model(old)
    assert found.level is Level.WARNING
    assert "nlp use --shipped" in found.cure
