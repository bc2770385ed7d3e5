"""`stadtdraht city`: lists of streets, and outlines of districts."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click
from sqlalchemy.orm import Session

from bot import clock
from bot.audit.service import CLI
from bot.city import imports, lists
from bot.city.imports import Changes
from bot.city.lists import ListError
from bot.console import open_database

_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_name = click.option(
    "--name-property",
    default="name",
    show_default=True,
    help="GeoJSON: the property that holds the name.",
)
_remove = click.option("--remove", is_flag=True, help="Remove what the file does not hold.")
_json = click.option("--json", "as_json", is_flag=True)


@click.group()
def city() -> None:
    """Streets and districts."""


@city.command("import-streets")
@_file
@_name
@_remove
@_json
def import_streets(file: Path, name_property: str, *, remove: bool, as_json: bool) -> None:
    """Take over the streets of FILE: CSV with a header, or lines as GeoJSON.

    CSV columns: name, and optionally district and aliases (several parted by |).
    """
    text = _read(file)
    is_geojson = text.lstrip().startswith("{")
    entries = (
        lists.streets_from_geojson(text, name_property)
        if is_geojson
        else lists.streets_from_csv(text)
    )
    _store(
        "Streets",
        lambda session: imports.put_streets(
            session, entries, removing=remove, actor=CLI, now=clock.now()
        ),
        as_json=as_json,
    )


@city.command("import-districts")
@_file
@_name
@_remove
@_json
def import_districts(file: Path, name_property: str, *, remove: bool, as_json: bool) -> None:
    """Take over the outlines of FILE: (multi)polygons with a name, as GeoJSON in WGS 84."""
    entries = lists.districts_from_geojson(_read(file), name_property)
    _store(
        "Districts",
        lambda session: imports.put_districts(
            session, entries, removing=remove, actor=CLI, now=clock.now()
        ),
        as_json=as_json,
    )


def _read(file: Path) -> str:
    if file.stat().st_size > lists.LARGEST:
        raise ListError(f"The file is larger than {lists.LARGEST // 2**20} MB.")
    text, remark = lists.text_of(file.read_bytes())
    if remark:
        click.echo(f"stadtdraht: {remark}", err=True)
    return text


def _store(what: str, put: Callable[[Session], Changes], *, as_json: bool) -> None:
    with open_database() as database, database.unit_of_work() as session:
        changes = put(session)
    if as_json:
        click.echo(json.dumps(asdict(changes)))
        return
    left = f", {changes.left} not in the file (kept; --remove removes them)" if changes.left else ""
    click.echo(
        f"{what}: {changes.added} added, {changes.changed} changed, {changes.unchanged} unchanged,"
        f" {changes.removed} removed{left}."
    )
