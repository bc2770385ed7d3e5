"""What an account needs to know: the fields of a kind's settings, and reading what was entered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import get_args

from pydantic import AnyUrl, BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from bot.channels import texts
from bot.channels.states import Problem
from bot.errors import InvalidError
from connectors import registry
from connectors.text import clean

WHOLE = ""  # the name under which a problem stands that belongs to no single field


_PROBLEMS: Mapping[str, Problem] = MappingProxyType(
    {
        "missing": Problem.MISSING,
        "string_too_long": Problem.LONG,
        "too_long": Problem.LONG,
        "url_too_long": Problem.LONG,
        "string_too_short": Problem.SHORT,
        "too_short": Problem.SHORT,
        "string_pattern_mismatch": Problem.SHAPE,
        "url_parsing": Problem.ADDRESS,
        "url_syntax_violation": Problem.ADDRESS,
        "url_scheme": Problem.ADDRESS,
        "url_type": Problem.ADDRESS,
        "mail_server": Problem.MAIL_SERVER,
        "enum": Problem.CHOICE,
        "literal_error": Problem.CHOICE,
        "bool_parsing": Problem.CHOICE,
        "int_parsing": Problem.NUMBER,
        "int_from_float": Problem.NUMBER,
        "float_parsing": Problem.NUMBER,
        "greater_than": Problem.NUMBER,
        "greater_than_equal": Problem.NUMBER,
        "less_than": Problem.NUMBER,
        "less_than_equal": Problem.NUMBER,
        "extra_forbidden": Problem.UNKNOWN,
        "unsafe": Problem.UNSAFE,
        "login": Problem.LOGIN,
    }
)


class SettingsRefusedError(InvalidError):
    """Some settings do not fit; `problems` names them, never what was entered."""

    code = "settings_refused"

    def __init__(self, problems: Mapping[str, Problem]) -> None:
        super().__init__(texts.refusals(problems), field=next(iter(problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Field:
    """A setting as a form shows it; title, description and the labels of choices are German.

    Nobody enters one that `comes_from_login`: only a link renews it.
    """

    name: str
    title: str
    description: str
    is_secret: bool
    is_required: bool
    is_address: bool
    comes_from_login: bool
    default: str
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Values:
    """Settings that fit their kind: those that anybody may read, and the others."""

    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


def fields(kind: str) -> tuple[Field, ...]:
    """Return the settings of a kind in their order; raises `InvalidError` for an unknown kind."""
    return tuple(_field(name, info) for name, info in model(kind).model_fields.items())


def demand_enterable(kind: str, given: Mapping[str, str]) -> None:
    """Refuse what only a log-in brings; raises `SettingsRefusedError` as for an unknown setting."""
    foreign = [one.name for one in fields(kind) if one.comes_from_login and given.get(one.name)]
    if foreign:
        raise SettingsRefusedError(dict.fromkeys(foreign, Problem.UNKNOWN))


def read(kind: str, given: Mapping[str, str]) -> Values:
    """Return the values that were entered, an empty one is none.

    Raises `SettingsRefusedError`, and `InvalidError` for an unknown kind.
    """
    known = {one.name: one for one in fields(kind)}
    entered = {
        name: value if name in known and known[name].is_secret else clean(value)
        for name, value in given.items()
    }
    entered = {name: value for name, value in entered.items() if value or name not in known}
    try:
        model(kind).model_validate(entered)
    except ValidationError as error:
        raise SettingsRefusedError(_problems(error)) from None
    return Values(
        {name: value for name, value in entered.items() if not known[name].is_secret},
        {name: value for name, value in entered.items() if known[name].is_secret},
    )


def read_open(kind: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return those entered values that are no secrets, cleaned, without empty ones; unchecked."""
    secret = {one.name for one in fields(kind) if one.is_secret}
    cleaned = {name: clean(value) for name, value in given.items() if name not in secret}
    return {name: value for name, value in cleaned.items() if value}


def model(kind: str) -> type[BaseModel]:
    """Return the settings model of a kind; raises `InvalidError` for an unknown one."""
    if kind not in registry.kinds():
        known = ", ".join(registry.kinds())
        raise InvalidError(f"There is no kind of channel named {kind}. Known: {known}.")
    return registry.settings(kind)


def _field(name: str, info: FieldInfo) -> Field:
    extra = info.json_schema_extra
    told = extra if isinstance(extra, dict) else {}
    labels = told.get("labels")
    default = info.get_default()
    types = {info.annotation, *get_args(info.annotation)}
    return Field(
        name=name,
        title=info.title or name,
        description=info.description or "",
        is_secret=SecretStr in types,
        is_required=info.is_required(),
        is_address=any(isinstance(one, type) and issubclass(one, AnyUrl) for one in types),
        comes_from_login=told.get("comes_from_login") is True,
        default=str(default) if isinstance(default, str | int | float) else "",
        choices=tuple((value, str(label)) for value, label in labels.items())
        if isinstance(labels, dict)
        else (),
    )


def _problems(error: ValidationError) -> dict[str, Problem]:
    found: dict[str, Problem] = {}
    for one in error.errors(include_input=False, include_url=False, include_context=False):
        name = str(one["loc"][0]) if one["loc"] else WHOLE
        other = Problem.OTHER if one["loc"] else Problem.TOGETHER
        found.setdefault(name, _PROBLEMS.get(one["type"], other))
    return found
