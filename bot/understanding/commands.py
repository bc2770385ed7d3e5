"""`stadtdraht nlp`: understanding texts, training, and the model in use."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot import clock
from bot.audit.service import CLI
from bot.console import open_database

if TYPE_CHECKING:
    from bot.understanding.service import Trained

_PERCENT = 100
_LEARNING = "learning"
REFUSALS: Mapping[str, str] = {
    "intents": "it finds the intents in more than one point fewer of the frozen messages",
    "categories": "it finds the category in more than one point fewer of the frozen messages",
    "emergencies": "it misses an emergency",
}


@click.group()
def nlp() -> None:
    """Understanding texts."""


@nlp.command()
def predict() -> None:
    """Read JSON lines (UTF-8) from stdin and write what was understood, line by line.

    A line that cannot be read is named on stderr, the others are answered, and it ends with 1.
    """
    from nlp import pipeline
    from nlp import predict as lines

    understander = pipeline.load()
    given = TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", errors="surrogateescape")
    failed = False
    for answer in lines.predict_lines(given, understander, now=clock.now()):
        if isinstance(answer, lines.LineError):
            failed = True
            click.echo(f"Error: {answer}", err=True)
        else:
            click.echo(answer)
    if failed:
        raise SystemExit(1)


@nlp.command()
@click.option("--quick", is_flag=True, help="The examinations only: seconds instead of minutes.")
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Write the report with plots."
)
def evaluate(html: Path | None, *, quick: bool) -> None:
    """Measure how well texts are understood, on those that were not learned from.

    Models are fitted without each group of voices and without a part of the sentences, and judged
    by these; the shipped model is judged by the examinations. Three baselines stand beside them.
    """
    # Several fits run beside one another, each on a core of its own: NumPy must not split them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from nlp import corpus
    from nlp.evaluation import document, page, report, run

    if quick:
        found = run.quick(run.examinations(), _tell)
    else:
        found = run.full(corpus.templates(), run.examinations(), _tell)
    told = report.write(found, clock.now().date())
    click.echo(document.as_text(told), nl=False)
    if html:
        html.write_text(page.as_html(told), "utf-8")


def _tell(step: str, share: float) -> None:
    """Show on stderr how far a long run has come, where somebody looks."""
    if sys.stderr.isatty():
        click.echo(f"\r{step} {share:4.0%}\033[K", nl=False, err=True)


@nlp.command()
@click.option(
    "--shipped",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Train the model of this version anew from the corpus, and write it into this folder.",
)
def train(folder: Path | None) -> None:
    """Learn from what colleagues have said on the desk, and use the new model if it is no worse."""
    if folder:
        _train_shipped(folder)
    else:
        _learn()


def _train_shipped(folder: Path) -> None:
    from nlp import train as training

    with _progress("reading") as tell:
        training.train(folder, tell)
    click.echo(f"The model is in {folder}.")


def _learn() -> None:
    from bot.learning import queries as learning
    from bot.learning.rules import NEEDED
    from bot.understanding import service as understanding
    from bot.understanding.queries import Figures
    from nlp.learning import learn

    with open_database() as database:
        with database.read() as session:
            said = learning.examples(session)
        if len(said) < NEEDED:
            click.echo(f"Colleagues have judged {len(said)} messages; {NEEDED} are needed.")
            return
        with _progress(_LEARNING) as tell:
            learned = learn(said, partial(tell, _LEARNING))
        trained = understanding.Trained(
            learned.weights,
            len(said),
            Figures(**asdict(learned.before)),
            Figures(**asdict(learned.after)),
            learned.refusals,
        )
        with database.unit_of_work() as session:
            understanding.keep(session, trained, actor=CLI, now=clock.now())
    click.echo(_table(trained))
    if trained.refusals:
        reasons = " and ".join(REFUSALS[name] for name in trained.refusals)
        raise click.ClickException(f"{learned.name} is kept, but not used: {reasons}.")
    click.echo(f"The model {learned.name} understands now.")


def _table(trained: "Trained") -> str:
    """Return what was reached before and after, in columns."""
    before, after = trained.before, trained.after
    rows = (
        (f"{trained.corrections} judgements", "before", "after"),
        ("intents", f"{before.intents:.1%}", f"{after.intents:.1%}"),
        ("categories", f"{before.categories:.1%}", f"{after.categories:.1%}"),
        (
            "emergencies",
            f"{before.emergencies}/{before.emergencies_of}",
            f"{after.emergencies}/{after.emergencies_of}",
        ),
    )
    return "\n".join(f"{name:<18}{one:>10}{other:>10}" for name, one, other in rows)


@contextmanager
def _progress(first: str) -> Iterator[Callable[[str, float], None]]:
    """Yield what is told the name of a step and its share; a bar on the error output shows it."""
    with click.progressbar(length=_PERCENT, label=first, file=sys.stderr) as bar:

        def tell(step: str, share: float) -> None:
            bar.label = step
            bar.update(round(share * _PERCENT) - bar.pos)

        yield tell


@nlp.command()
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option("--shipped", is_flag=True, help="Go back to the model of this version.")
def use(folder: Path | None, *, shipped: bool) -> None:
    """Let the model in FOLDER, which `nlp train` wrote, understand in every process at once."""
    from bot.understanding import service as understanding
    from nlp import heads

    if (folder is None) is not shipped:
        raise click.UsageError("Name a folder, or --shipped.")
    weights = heads.stored(folder) if folder else None
    with open_database() as database, database.unit_of_work() as session:
        if weights:
            name = understanding.use(session, weights, actor=CLI, now=clock.now())
        else:
            name = understanding.use_shipped(session, actor=CLI, now=clock.now())
    click.echo(f"The model {name} understands now.")


@nlp.command()
@click.argument("text", required=False)
@click.option("--language", default="de", show_default=True, help="Of the text: de, en, tr or uk.")
def lexicon(text: str | None, language: str) -> None:
    """Show which entries of the lexicon fire on TEXT; without it, which never fire."""
    from nlp.lexicon import usage

    if text is not None:
        for hit, words in usage.fired(text, language):
            denied = "\tdenied" if hit.negated else ""
            click.echo(f"{hit.target}\t{hit.kind}\t{hit.entry.written}\t{words}{denied}")
        return
    with _progress("reading") as tell:
        counted = usage.uses(partial(tell, "reading"))
    silent = [entry for entry, texts in counted.items() if not texts]
    for entry in silent:
        click.echo(f"{entry.target}\t{entry.kind}\t{entry.language}\t{entry.written}")
    click.echo(f"{len(silent)} of {len(counted)} entries never fire.", err=True)
