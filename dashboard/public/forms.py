"""Reading what citizens send in: fields made harmless, files counted and measured, tokens checked.

Nothing here trusts the browser: a field may be missing, a file, endless, or no text at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated

from fastapi import Depends, Request, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from bot.errors import StadtdrahtError
from connectors.base import RawFile
from connectors.text import clean
from dashboard.public import words
from dashboard.reports import fields
from dashboard.security import cookies, csrf
from dashboard.speech import say
from dashboard.web import web_of

MAX_PHOTOS = 3
_MAX_FIELDS = 40
_MAX_PART = 1024 * 1024  # bytes of one text field; far more than any of them may have
_FILES = "photos"
_NAME = 120
_TOO_MUCH = ("Part exceeded", "Field exceeded", "Too many")


class FormTooLargeError(StadtdrahtError):
    """One field is endless, or there are far too many."""

    code = "too_large"
    status = 413


class FormUnreadableError(StadtdrahtError):
    """The body is not the form that it says it is."""

    code = "unreadable"
    status = 400


@dataclass(frozen=True, slots=True)
class Posted:
    """A form as it was posted: its texts, cleaned, and its files as they came."""

    fields: Mapping[str, str]
    files: tuple[RawFile, ...]

    def text(self, name: str) -> str:
        """Return a field, empty when it is missing."""
        return self.fields.get(name, "")

    def line(self, name: str) -> str:
        """Return a field that is a single line."""
        return " ".join(self.text(name).split())

    @property
    def key(self) -> str:
        """The form's own key; one that this site cannot have made is replaced."""
        return fields.sound_key(self.text("key"))


async def _read(request: Request) -> Posted:
    fields, files = {}, []
    try:
        async with request.form(
            max_files=MAX_PHOTOS * 4, max_fields=_MAX_FIELDS, max_part_size=_MAX_PART
        ) as form:
            for name, value in form.multi_items():
                if isinstance(value, str):
                    fields[name] = clean(value)
                elif name == _FILES and (value.filename or value.size):
                    files.append(await _file(value))
    except HTTPException as error:
        if str(error.detail).startswith(_TOO_MUCH):
            raise FormTooLargeError("The form holds too much.") from None
        raise FormUnreadableError("The form cannot be read.") from None
    return Posted(fields, tuple(files))


async def _file(upload: UploadFile) -> RawFile:
    content = await upload.read()
    return RawFile(_file_name(upload.filename or ""), "application/octet-stream", content)


def _file_name(given: str) -> str:
    """Return the last part of a name, which may be a path of any system."""
    name = PurePosixPath(PureWindowsPath(clean(given)).name).name
    name = " ".join(name.split())
    return name[-_NAME:] or "Bild"


Form = Annotated[Posted, Depends(_read)]


def lost_photos(posted: Posted, language: str) -> dict[str, str]:
    """Return what to say about the photos of a form that comes back: browsers forget them."""
    return {_FILES: say(language, words.PHOTOS_AGAIN)} if posted.files else {}


def token(request: Request) -> csrf.FormToken:
    """Return the pair that protects this visitor's forms."""
    web = web_of(request)
    return csrf.form_token(web.cookies.read(request.cookies, cookies.FORM), secret=web.key)


def keep(
    request: Request, response: Response, pair: csrf.FormToken, *, embedded: bool = False
) -> None:
    """Set the visitor's half of a new pair."""
    if pair.is_new:
        put = web_of(request).cookies.put
        put(response, cookies.FORM, pair.cookie, embedded=embedded)


def is_own(request: Request, posted: Posted) -> bool:
    """Tell whether this site made the form for this visitor."""
    web = web_of(request)
    cookie = web.cookies.read(request.cookies, cookies.FORM)
    try:
        csrf.require_form(cookie, posted.text(csrf.FIELD), secret=web.key)
    except csrf.CsrfError:
        return False
    return True
