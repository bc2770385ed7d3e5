"""Structured logs: one JSON line each on stderr; ids, never texts, names or numbers of people."""

import logging
import re
import sys
import traceback

import structlog

_FRAMES = 4
_TRACEBACK = "Traceback (most recent call last)"
_NAME = re.compile(r"^([A-Za-z_][\w.]*)", re.MULTILINE)  # its first line that is not indented
_PLACE = re.compile(r'^  File "([^"]+)", line (\d+)', re.MULTILINE)


class _Lines(logging.Handler):
    """Writes what libraries log as lines like ours.

    Of an exception only its type and place are kept: its words may hold what a citizen wrote.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        fields: dict[str, object] = {"logger": record.name}
        if record.exc_info and record.exc_info[0]:
            fields["error"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])[-_FRAMES:]
            fields["at"] = [f"{frame.filename}:{frame.lineno}" for frame in frames]
        else:
            message = record.getMessage()
            if message.startswith(_TRACEBACK):  # of a failed start, as text
                last = message.rpartition(_TRACEBACK)[2]
                named = _NAME.search(last)
                fields["error"] = named[1] if named else "unknown"
                fields["at"] = [":".join(place) for place in _PLACE.findall(last)[-_FRAMES:]]
            else:
                fields["message"] = message
        structlog.get_logger().log(record.levelno, "library", **fields)


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
