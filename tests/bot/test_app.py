"""A start that fails leaves no thread and no claim behind, and tells no more than it may."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import App
from bot.config import MissingKeyError
from tests.support import places
from tests.support.places import Place


@pytest.fixture(params=["sqlite", "postgresql"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Yield an empty place on each engine."""
    with places.empty(request, request.param, tmp_path) as place:
        yield place


def test_a_start_that_fails_ends_what_it_has_begun(elsewhere: Place) -> None:
    before = set(threading.enumerate())
    app = App.create(elsewhere.settings)
    app.prepare()
    (elsewhere.folder / "secret.key").unlink()  # in the middle of the start
    del app.settings.key
    with pytest.raises(MissingKeyError):
        app.start()
    assert set(threading.enumerate()) == before

    again = App.create(elsewhere.settings)
    again.prepare()
    again.stop()


_LOGS = """
import logging, traceback
from bot import logs
logs.configure("INFO")
try:
    raise ValueError("Erika Muster:\\nwohnt: hier")
except ValueError:
    logging.getLogger("uvicorn.error").error(traceback.format_exc())
"""


def test_a_traceback_that_is_logged_as_text_keeps_type_and_place_only() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOGS], capture_output=True, text=True, check=True, timeout=60
    )
    line = json.loads(done.stderr)
    assert (line["error"], line["at"]) == ("ValueError", ["<string>:6"])
    assert "Erika" not in done.stderr
    assert "wohnt" not in done.stderr
