"""The log: one JSON object a line, on stderr alone, and no word of anybody's in it."""

import json
import subprocess
import sys

_OURS = """
import structlog
structlog.get_logger().info("thing.done", thing_id=7, text="two\\nlines")
structlog.get_logger().debug("thing.too_small_to_tell")
"""
_LIBRARIES = """
import logging
library = logging.getLogger("library.part")
library.warning("Ada wrote %s", "Geheimnis")
library.warning("Geheimnis")
try:
    raise LookupError("Geheimnis")
except LookupError:
    library.exception("Geheimnis")
"""
_START = """
import uvicorn
from contextlib import asynccontextmanager
from fastapi import FastAPI

@asynccontextmanager
async def lifespan(_):
    raise LookupError("Geheimnis\\nValueError: Geheimnis")
    yield

uvicorn.Server(uvicorn.Config(FastAPI(lifespan=lifespan), port=0, log_config=None)).run()
"""


def logged(script: str) -> list[dict[str, object]]:
    """Return the lines that a process writes; it writes nothing else."""
    code = f"from bot import logs\nlogs.configure('INFO')\n{script}"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == ""
    assert "Geheimnis" not in done.stderr
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_a_line_is_one_json_object_with_its_instant() -> None:
    [line] = logged(_OURS)
    assert str(line.pop("timestamp")).endswith("Z")
    assert line == {"event": "thing.done", "level": "info", "thing_id": 7, "text": "two\nlines"}


def test_of_what_libraries_say_only_the_place_is_kept() -> None:
    lines = logged(_LIBRARIES)
    assert [line.get("error") for line in lines] == [None, None, "LookupError"]
    for line in lines:
        assert (line["event"], line["logger"]) == ("library", "library.part")
        [place] = line["at"] if isinstance(line["at"], list) else []
        assert place.startswith("<string>:")


def test_a_start_that_fails_says_where_and_not_what() -> None:
    first, *rest = logged(_START)
    assert first["error"] == "LookupError"
    assert "<string>:" in str(first["at"])
    assert {line["event"] for line in rest} <= {"library"}
