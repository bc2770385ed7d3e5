"""A Dockerfile, read as far as this project writes one."""

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

_STEP = re.compile(r"([A-Z]+)\s+(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction: `name` such as RUN, and what stands behind it on one line."""

    name: str
    text: str

    @property
    def words(self) -> list[str]:
        """The words behind the instruction, flags left out; the JSON form is read as such."""
        if self.text.startswith("["):
            return [str(word) for word in json.loads(self.text)]
        return [word for word in shlex.split(self.text) if not word.startswith("--")]

    @property
    def flags(self) -> dict[str, str]:
        """The flags in front, such as `from` of a COPY."""
        found = (word[2:] for word in shlex.split(self.text) if word.startswith("--"))
        return dict(flag.split("=", 1) for flag in found)


@dataclass(frozen=True, slots=True)
class Stage:
    """What begins with a FROM: the image beneath, and the steps on it."""

    base: str
    name: str | None
    steps: tuple[Step, ...]

    def of(self, name: str) -> list[Step]:
        """Return the steps of one instruction."""
        return [step for step in self.steps if step.name == name]


def read(path: Path) -> list[Stage]:
    """Return the stages of a Dockerfile."""
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    steps = [Step(*match.groups()) for match in map(_STEP.fullmatch, joined.splitlines()) if match]
    stages: list[Stage] = []
    for step in steps:
        if step.name == "FROM":
            base, *name = re.split(r"\s+AS\s+", step.text)
            stages.append(Stage(base, name[0] if name else None, ()))
        else:
            last = stages[-1]
            stages[-1] = Stage(last.base, last.name, (*last.steps, step))
    return stages
