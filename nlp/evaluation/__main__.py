"""`make evaluation`: measure everything and write `docs/evaluation.md` and `docs/corpus.md`."""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from nlp import corpus
from nlp.evaluation import card, document, report, run
from nlp.evaluation.document import Document

_NOTICE = "Written by `make evaluation`; a change by hand is lost."


def main(folder: Path) -> None:
    """Write both pages into `folder`."""
    sentences, examinations = corpus.templates(), run.examinations()
    _write(folder / "corpus.md", card.write(sentences, examinations))
    found = run.full(sentences, examinations, _tell)
    _write(folder / "evaluation.md", report.write(found, datetime.now(UTC).date()))


def _write(file: Path, told: Document) -> None:
    noticed = replace(told, paragraphs=(*told.paragraphs, _NOTICE))
    file.write_text(document.as_markdown(noticed), "utf-8")


def _tell(step: str, share: float) -> None:
    sys.stderr.write(f"\r{step} {share:4.0%}\033[K")
    sys.stderr.flush()


main(Path(sys.argv[1]))
