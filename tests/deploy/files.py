"""The files of deploy/, and how the tests read them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
# What a city makes from the examples, and this repository never holds.
PRIVATE = (".env", "stadtdraht.env", "secrets", "backups", "secret.env", "secret.key")

Tree = dict[str, object]


def texts() -> Iterator[tuple[Path, str]]:
    """Yield every file of deploy/ with its text."""
    for path in sorted(DEPLOY.rglob("*")):
        if path.is_file() and not set(path.relative_to(DEPLOY).parts) & set(PRIVATE):
            yield path, path.read_text("utf-8")


def documents(path: Path) -> list[Tree]:
    """Return the documents of a YAML file."""
    return [tree for tree in yaml.safe_load_all(path.read_text("utf-8")) if tree]


def at(tree: object, *keys: str) -> object:
    """Return what stands under `keys`, None where nothing does."""
    for key in keys:
        if not isinstance(tree, dict):
            return None
        tree = tree.get(key)
    return tree


def branches(tree: object) -> Iterator[Tree]:
    """Yield every mapping in `tree`, itself included."""
    if isinstance(tree, dict):
        yield cast("Tree", tree)
        for value in tree.values():
            yield from branches(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from branches(value)


def environment(path: Path) -> dict[str, str]:
    """Return what an env file sets."""
    return dict(re.findall(r"^(\w+)=(.*)$", path.read_text("utf-8"), re.MULTILINE))
