"""Structured logs: one JSON line each on stderr; ids, never texts, names or numbers of people."""

import logging
import sys
import traceback

import structlog

_FRAMES = 4


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
            fields["message"] = record.getMessage()
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
