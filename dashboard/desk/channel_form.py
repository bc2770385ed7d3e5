"""Adding and changing a channel: the form of its kind, tested before it is saved."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request, Response

from bot.channels import accounts, details, forms, kinds, texts
from bot.channels.accounts import Added, ChannelChangedError
from bot.channels.forms import Field, SettingsRefusedError
from bot.errors import InvalidError
from bot.staff.permissions import Permission, StaffUser
from connectors import registry
from connectors.base import PlatformError
from dashboard.desk import access
from dashboard.desk.channel_kinds import KINDS
from dashboard.desk.channels import LIST, caretaker, is_own, one
from dashboard.desk.page import page
from dashboard.desk.posted import Posted
from dashboard.desk.route import new_router
from dashboard.desk.words import Words
from dashboard.security import csrf
from dashboard.web import see_other, web_of

router = new_router()

NAME_MISSING = "Bitte geben Sie dem Kanal einen Namen."
KEPT = "Ist gespeichert. Leer lassen, um es zu behalten."
AGAIN = "Bitte noch einmal eingeben: Geheimes schickt Stadtdraht nie zurück."
NOT_CHOSEN = "nicht festgelegt"
_PREFIX = "set_"  # before the settings' names, so that none is taken for a field of the form
_NAME = "name"


@dataclass(frozen=True, slots=True)
class Input:
    """A field of the form; a secret never has a value."""

    name: str
    title: str
    hint: str
    type: str  # "text", "password" or "select"
    value: str
    is_required: bool
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a kind; `refused`: what a refusal means, `detail`: its cause, if known."""

    kind: str
    kind_label: str
    about: str
    name: str
    inputs: list[Input]
    is_own: bool
    refused: str | None
    detail: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of channel; `address` leads to its form, or to why there is none."""

    kind: str
    label: str
    about: str
    address: str
    is_allowed: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """What a form shows: what was typed or is stored, and which secrets are kept."""

    kind: str
    name: str
    values: Mapping[str, str]
    kept: frozenset[str] = frozenset()
    typed: frozenset[str] = frozenset()


@router.get("/channels/new")
def show_new(request: Request, kind: str = "") -> Response:
    """Let a kind be chosen, then show its form."""
    user = _manager(request)
    words = Words(user.language)
    with web_of(request).app.database.read() as session:
        forbidden = kinds.forbidden_kinds(session)
        kinds.demand(session, kind)
    if kind in registry.kinds():
        return _new(request, user, Shown(kind, words.channel_kind(kind), {}))
    shown = [
        Kind(
            one,
            words.channel_kind(one),
            words.channel_about(one),
            f"{KINDS}/{one}" if one in forbidden else f"{LIST}/new?kind={one}",
            one not in forbidden,
        )
        for one in registry.kinds()
    ]
    return page(request, user, "desk/channel_kinds.html", kinds=shown)


@router.post("/channels/new")
def add(request: Request, posted: Posted) -> Response:
    """Add a channel that works, or, when that is wanted, one that does not yet, paused."""
    user = _manager(request, posted)
    kind, name = posted.get("kind", ""), posted.get(_NAME, "")
    given = _given(posted)
    shown = Shown(kind, name, given, typed=_typed(kind, given))
    try:
        added = caretaker(request, user).add(kind, name, given, untested=_untested(posted))
    except PlatformError as refused:
        return _new(request, user, shown, refused=refused)
    except InvalidError as error:
        return _new(request, user, shown, errors=_errors(error, user))
    web_of(request).app.bells.events.ring()
    if added.token:
        return _added(request, user, added)
    return see_other(f"{LIST}/{added.slug}?done=added")


@router.get("/channels/{slug}/change")
def show_change(request: Request, slug: str) -> Response:
    """Show the form of a channel."""
    user = _manager(request)
    shown, version = _stored(request, slug)
    return _change(request, user, slug, shown, version)


@router.post("/channels/{slug}/change")
def change(request: Request, slug: str, posted: Posted) -> Response:
    """Change a channel into one that works; errors as in `add`, 409 when somebody was faster."""
    user = _manager(request, posted)
    stored, version = _stored(request, slug)
    given = _given(posted)
    name = posted.get(_NAME, "")
    shown = Shown(stored.kind, name, given, stored.kept, _typed(stored.kind, given))
    seen = posted.get("version", "")
    try:
        caretaker(request, user).change(
            slug,
            name,
            given,
            seen=int(seen) if seen.isdecimal() and len(seen) < 19 else -1,
            untested=_untested(posted),
        )
    except PlatformError as refused:
        return _change(request, user, slug, shown, version, refused=refused)
    except ChannelChangedError:
        return _change(request, user, slug, shown, version, is_stale=True)
    except InvalidError as error:
        return _change(request, user, slug, shown, version, errors=_errors(error, user))
    web_of(request).app.bells.events.ring()
    return see_other(f"{LIST}/{slug}?done=saved")


def _manager(request: Request, posted: Mapping[str, str] | None = None) -> StaffUser:
    token = None if posted is None else posted.get(csrf.FIELD, "")
    return access.entitled(request, Permission.CHANNELS_MANAGE, token)


def _stored(request: Request, slug: str) -> tuple[Shown, int]:
    with web_of(request).app.database.read() as session:
        channel = accounts.by_slug(session, slug)
    stored = accounts.stored(channel, web_of(request).key)
    kept = frozenset(stored.values.secrets)
    return Shown(channel.kind, channel.name, stored.values.settings, kept), stored.version


def _given(posted: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix(_PREFIX): value
        for name, value in posted.items()
        if name.startswith(_PREFIX)
    }


def _typed(kind: str, given: Mapping[str, str]) -> frozenset[str]:
    """Return the names of the secrets that were typed: they will have to be typed again."""
    return frozenset(
        one.name for one in forms.fields(kind) if one.is_secret and given.get(one.name)
    )


def _untested(posted: Mapping[str, str]) -> bool:
    return posted.get("untested") == "yes"


def _errors(error: InvalidError, user: StaffUser) -> dict[str, str]:
    """Return what to say beside which field; raises what concerns none of them."""
    if isinstance(error, SettingsRefusedError):
        return {
            f"{_PREFIX}{name}" if name else "form": texts.PROBLEMS[problem].to(user.language)
            for name, problem in error.problems.items()
        }
    if error.field == _NAME:
        return {_NAME: Words(user.language).say(NAME_MISSING)}
    raise error


def _new(
    request: Request,
    user: StaffUser,
    shown: Shown,
    *,
    errors: Mapping[str, str] | None = None,
    refused: PlatformError | None = None,
) -> Response:
    return page(
        request,
        user,
        "desk/channel_form.html",
        status=422 if errors or refused else 200,
        channel=None,
        action=f"{LIST}/new",
        version=0,
        is_stale=False,
        form=_form(request, user, shown, refused),
        errors=errors or {},
    )


def _change(
    request: Request,
    user: StaffUser,
    slug: str,
    shown: Shown,
    version: int,
    *,
    errors: Mapping[str, str] | None = None,
    refused: PlatformError | None = None,
    is_stale: bool = False,
) -> Response:
    return page(
        request,
        user,
        "desk/channel_form.html",
        status=409 if is_stale else 422 if errors or refused else 200,
        channel=one(request, slug, user),
        action=f"{LIST}/{slug}/change",
        version=version,
        is_stale=is_stale,
        form=_form(request, user, shown, refused),
        errors=errors or {},
    )


def _form(request: Request, user: StaffUser, shown: Shown, refused: PlatformError | None) -> Form:
    words = Words(user.language)
    return Form(
        kind=shown.kind,
        kind_label=words.channel_kind(shown.kind),
        about=words.channel_about(shown.kind),
        name=shown.name,
        inputs=[
            _input(words, field, shown)
            for field in forms.fields(shown.kind)
            if not field.comes_from_login
        ],
        is_own=is_own(request, shown.kind),
        refused=texts.trouble(refused.trouble, refused.detail).to(user.language)
        if refused
        else None,
        detail=details.to(refused.detail, user.language) if refused and refused.detail else "",
    )


def _input(words: Words, field: Field, shown: Shown) -> Input:
    hint = words.say(field.description)
    value = shown.values.get(field.name, "")
    options: tuple[tuple[str, str], ...] = ()
    kind = "text"
    if field.is_secret:
        kind, value = "password", ""
        if field.name in shown.typed:
            hint = f"{hint} {words.say(AGAIN)}"
        elif field.name in shown.kept:
            hint = f"{hint} {words.say(KEPT)}"
    elif field.choices:
        kind, value = "select", value or field.default
        options = tuple((key, words.say(label)) for key, label in field.choices)
        if not field.default and not field.is_required:
            options = (("", words.say(NOT_CHOSEN)), *options)
    return Input(
        name=f"{_PREFIX}{field.name}",
        title=words.say(field.title),
        hint=hint,
        type=kind,
        value=value or ("" if kind != "text" else field.default),
        is_required=field.is_required and field.name not in shown.kept,
        options=options,
    )


def _added(request: Request, user: StaffUser, added: Added) -> Response:
    """Show the token, which is seen only now."""
    found = one(request, added.slug, user)
    answer = page(
        request, user, "desk/channel_token.html", channel=found, channel_token=added.token
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
