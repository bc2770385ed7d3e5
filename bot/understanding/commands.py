"""`stadtdraht nlp`: understanding texts, training, and the model in use."""

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
def evaluate() -> None:
    """Measure the shipped model on the held-out part of the corpus."""
    from nlp import evaluate as measured

    click.echo(measured.report())


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
