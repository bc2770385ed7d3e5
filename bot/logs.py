"""Structured logs: one JSON line each on stderr; ids, never texts, names or numbers of people."""

import logging
import re
import sys
import traceback

import structlog

_FRAMES = 4
_TRACE = "Traceback (most recent call last):\n"
_FRAME = re.compile(r'^  File "([^"]+)", line (\d+)', re.MULTILINE)
_ERROR = re.compile(r"^[\w.]+", re.MULTILINE)  # the first line that is not indented


class _Lines(logging.Handler):
    """Writes what libraries log as lines like ours.

    Of their words nothing is kept: they may hold what a citizen wrote. Logger and place tell what
    it was, and of an error its type.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        fields: dict[str, object] = {"at": [f"{record.pathname}:{record.lineno}"]}
        if record.exc_info and record.exc_info[0]:
            frames = traceback.extract_tb(record.exc_info[2])
            fields = _error(
                record.exc_info[0].__name__,
                [f"{frame.filename}:{frame.lineno}" for frame in frames],
            )
        elif (text := record.getMessage()).startswith(_TRACE):  # as of a server that cannot start
            first = _ERROR.search(text, len(_TRACE))
            end = first.start() if first else len(text)
            fields = _error(
                first.group().rpartition(".")[2] if first else "",
                [":".join(frame) for frame in _FRAME.findall(text[:end])],
            )
        structlog.get_logger().log(record.levelno, "library", logger=record.name, **fields)


def configure(level: str) -> None:
    """Set up structlog, and send the libraries' warnings the same way."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level.lower()),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_Lines()], force=True)


def _error(name: str, places: list[str]) -> dict[str, object]:
    return {"error": name, "at": places[-_FRAMES:]}
