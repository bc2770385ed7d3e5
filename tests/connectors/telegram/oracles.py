"""Two oracles that keep the fake honest: python-telegram-bot, and Telegram's own description."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from telegram import File, Message, Update, User, WebhookInfo

from tests.fakes.telegram import Json, Telegram

_SPEC = Path(__file__).parents[4] / "shared/specs/telegram-bot-api-10.1.json"
_FILES = frozenset({"photo", "document"})
_OURS = frozenset({"_name", "_type"})  # what the fake notes beside a form
_PLAIN: Mapping[str, tuple[type, ...]] = {
    "Integer": (int,),
    "String": (str,),
    "Boolean": (bool,),
    "Float": (float, int),
}
_READERS: Mapping[str, Callable[[Any, None], object]] = {
    "getMe": User.de_json,
    "getFile": File.de_json,
    "getWebhookInfo": WebhookInfo.de_json,
    "sendMessage": Message.de_json,
    "sendPhoto": Message.de_json,
    "sendDocument": Message.de_json,
    "editMessageText": Message.de_json,
    "editMessageCaption": Message.de_json,
}


def described() -> bool:
    """Tell whether Telegram's description is here."""
    return _SPEC.is_file()


def demand_readable(telegram: Telegram) -> None:
    """Every answer is read by the library, but for what is broken on purpose."""
    for method, _, result in telegram.exchanges:
        if method == "getUpdates":
            for update in _updates(result):
                if update["update_id"] not in telegram.broken:
                    assert Update.de_json(update, None) is not None
        elif method in _READERS:
            assert _READERS[method](result, None) is not None, method
        else:
            assert result is True, method


def demand_described(telegram: Telegram) -> None:
    """Every request and answer is as described, but for what is broken or strange on purpose."""
    odd = telegram.broken | telegram.strange
    for method, asked, result in telegram.exchanges:
        wanted = _spec()["methods"][method]
        given = {name: one for name, one in asked.items() if name not in _OURS}
        _demand_fields(given, wanted.get("fields", ()), method, missing=_FILES)
        if method == "getUpdates":
            for update in _updates(result):
                if update["update_id"] not in odd:
                    _demand(update, ["Update"], method)
        else:
            _demand(result, wanted["returns"], method)


def _updates(result: object) -> Sequence[Json]:
    assert isinstance(result, list)
    return result


@cache
def _spec() -> Json:
    found: Json = json.loads(_SPEC.read_text("utf-8"))
    return found


def _demand(value: object, types: Sequence[str], place: str) -> None:
    problems = []
    for name in types:
        try:
            _demand_one(value, name, place)
        except AssertionError as error:
            problems.append(str(error))
        else:
            return
    raise AssertionError("; ".join(problems) or place)


def _demand_one(value: object, name: str, place: str) -> None:
    if name.startswith("Array of "):
        assert isinstance(value, list), place
        for one in value:
            _demand(one, [name.removeprefix("Array of ")], place)
    elif name in _PLAIN:
        fits = isinstance(value, _PLAIN[name]) and (name == "Boolean") == isinstance(value, bool)
        assert fits, f"{place}: {value!r} is no {name}"
    elif subtypes := _spec()["types"][name].get("subtypes"):
        _demand(value, subtypes, f"{place}.{name}")
    else:
        assert isinstance(value, dict), f"{place}: {value!r} is no {name}"
        _demand_fields(value, _spec()["types"][name].get("fields", ()), f"{place}.{name}")


def _demand_fields(
    value: Json, fields: Sequence[Json], place: str, *, missing: frozenset[str] = frozenset()
) -> None:
    known = {one["name"]: one for one in fields}
    assert value.keys() <= known.keys(), f"{place}: nobody knows {value.keys() - known.keys()}"
    for name, one in known.items():
        if name in value:
            _demand(value[name], one["types"], f"{place}.{name}")
        else:
            assert not one["required"] or name in missing, f"{place}: without {name}"
