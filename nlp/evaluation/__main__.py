"""`make evaluation`: measure everything and write `docs/evaluation.md` and `docs/corpus.md`."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from nlp import corpus
from nlp.evaluation import card, document, report, run


def main(folder: Path) -> None:
    """Write both pages into `folder`."""
    sentences, examinations = corpus.templates(), run.examinations()
    written = document.as_markdown(card.write(sentences, examinations))
    (folder / "corpus.md").write_text(written, "utf-8")
    found = run.full(sentences, examinations, _tell)
    told = report.write(found, datetime.now(UTC).date())
    (folder / "evaluation.md").write_text(document.as_markdown(told), "utf-8")


def _tell(step: str, share: float) -> None:
    sys.stderr.write(f"\r{step} {share:4.0%}\033[K")
    sys.stderr.flush()


main(Path(sys.argv[1]))
