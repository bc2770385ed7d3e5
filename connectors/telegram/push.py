"""Updates that Telegram posts to us: checked, and made into the same raw items as when polled."""

import hmac
import json
from collections.abc import Mapping
from datetime import datetime

from pydantic import ValidationError

from connectors.push import Answer, Call
from connectors.shapes import Object, at, obj, text
from connectors.telegram.addressing import Me
from connectors.telegram.connector import CONNECTOR
from connectors.telegram.items import items
from connectors.telegram.settings import Settings

_SECRET = "x-telegram-bot-api-secret-token"  # noqa: S105 (the name of a header)


def receive(call: Call, values: Mapping[str, str], now: datetime) -> Answer:  # noqa: ARG001
    """Return what a request brings; pure (https://core.telegram.org/bots/api#setwebhook).

    It has no signature and no time: the secret that we have given to Telegram proves it.
    """
    try:
        settings = Settings.model_validate(dict(values))
    except ValidationError:  # stored by another version; it tells of the token
        return Answer(503)
    shown = call.headers.get(_SECRET, "").encode("utf-8", "replace")
    if not hmac.compare_digest(shown, settings.webhook_secret.encode()):
        return Answer(401)
    if call.method != "POST":
        return Answer(405)
    update = _update(call.body)
    if update is None:
        return Answer(400)
    me = Me(settings.bot_id, settings.username)
    found = items([update], me, CONNECTOR.capabilities.max_media_bytes)
    pressed = text(at(update, "callback_query", "id"))
    if pressed is None:
        return Answer(200, tuple(found))
    # The answer to a push may ask for one thing in turn: that the button stops to turn.
    # https://core.telegram.org/bots/api#making-requests-when-getting-updates
    asked = {"method": "answerCallbackQuery", "callback_query_id": pressed}
    return Answer(200, tuple(found), json.dumps(asked).encode(), "application/json")


def _update(body: bytes) -> Object | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return obj(found) or None
