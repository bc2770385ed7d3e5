"""`stadtdraht nlp`: understanding texts, training, and the model in use."""

import os
import sys
from pathlib import Path

import click

from bot import clock
from bot.audit.service import CLI
from bot.console import open_database


@click.group()
def nlp() -> None:
    """Understanding texts."""


@nlp.command()
def predict() -> None:
    """Read JSON lines from stdin and write what was understood, line by line."""
    from nlp import pipeline
    from nlp import predict as lines

    understander = pipeline.load()
    try:
        for line in lines.predict_lines(sys.stdin, understander, now=clock.now()):
            click.echo(line)
    except lines.LineError as error:
        raise click.ClickException(str(error)) from None


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
@click.argument("output", type=click.Path(file_okay=False, path_type=Path))
def train(output: Path) -> None:
    """Train the model anew from the corpus, and write it into the folder OUTPUT."""
    from nlp import train as training

    training.train(output)


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
