"""What deploy/ tells people to do can be done."""

import re

from click import Group

from bot.cli import cli
from tests.deploy.files import DEPLOY, texts

README = (DEPLOY / "README.md").read_text("utf-8")
_COMMAND = re.compile(
    r"(?<!--namespace )(?<!--entrypoint )\b"
    r"(?:stadtdraht(?:-as-service)?|run --rm (?:city|migrate)) "
    r"((?:db|user|channel|demo|nlp|market) [a-z]+|[a-z0-9]+)(?=[ `\"\n)])"
)


def test_every_command_that_is_named_exists() -> None:
    named = {
        found[1]
        for path, text in texts()
        if path.suffix in {".md", ".service", ".yaml", ".example", ""}
        for found in _COMMAND.finditer(text)
    }
    assert {"run", "user add", "db backup"} <= named
    assert {words for words in named if not _exists(words)} == set()


def _exists(words: str) -> bool:
    first, *rest = words.split()
    command = cli.commands.get(first)
    return command is not None and (
        not rest or (isinstance(command, Group) and rest[0] in command.commands)
    )


def test_every_file_is_spoken_of() -> None:
    for path, _ in texts():
        name, folder = path.name, path.parent.name
        named = name in README or folder in {"instances", "kubernetes", "systemd"}
        assert named or path == DEPLOY / "README.md", name
    folders = {path.parent.name for path, _ in texts()} - {DEPLOY.name}
    assert all(folder in README for folder in folders)
