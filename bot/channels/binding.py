"""Accounts that keep state beside the database, and the data folder that they are bound to."""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.audit.service import Actor
from bot.channels import service as channels
from bot.channels.models import Channel
from bot.channels.service import ChannelNotFoundError
from bot.channels.states import ChannelState
from bot.errors import StadtdrahtError
from bot.operation import folders

_ID = Path("channels") / ".folder" / "id"  # among the accounts' folders: it is in the backup


class BoundElsewhereError(StadtdrahtError):
    """The account belongs to another data folder, in which its state lies."""

    code = "bound_elsewhere"
    status = 409


@dataclass(frozen=True, slots=True)
class Folder:
    """A data folder: its random id, and the name of the machine, for people."""

    id: str
    host: str


def folder_id(data_dir: Path) -> str | None:
    """Return the id of a data folder; None for one in which no account was held yet."""
    with suppress(FileNotFoundError):
        return (data_dir / _ID).read_text("ascii").strip()
    return None


def named(data_dir: Path) -> str:
    """Return the id of a data folder, made where there is none; processes may share a folder."""
    path = data_dir / _ID
    if not path.exists():
        for folder in (path.parent.parent, path.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folders.sync(folder.parent)
        folders.create_once(path, secrets.token_hex(16).encode("ascii"))
    return path.read_text("ascii").strip()


def bind(session: Session, channel_id: int, folder: Folder) -> None:
    """Bind an account to a folder for as long as nobody releases it.

    Raises `BoundElsewhereError`.
    """
    bound = session.scalar(
        update(Channel)
        .where(
            Channel.id == channel_id,
            or_(Channel.folder_id.is_(None), Channel.folder_id == folder.id),
        )
        .values(folder_id=folder.id, folder_host=folder.host[:255])
        .returning(Channel.id)
        .execution_options(synchronize_session=False)
    )
    if bound is None:
        raise BoundElsewhereError("The account is bound to another data folder.")


def release(session: Session, slug: str, *, actor: Actor, now: datetime) -> None:
    """Let whoever holds the account next go on with it, as a new device where its state is lost.

    Raises `ChannelNotFoundError`.
    """
    released = session.scalar(
        update(Channel)
        .where(Channel.slug == slug, Channel.state != ChannelState.REMOVED)
        .values(folder_id=None, folder_host=None, version=Channel.version + 1)
        .returning(Channel.id)
        .execution_options(synchronize_session=False)
    )
    if released is None:
        raise ChannelNotFoundError(f"There is no channel {slug}.")
    audit.note(session, actor, "channel.released", "channel", released, "folder_id", now=now)
    channels.announce(session, now=now)
