"""What each role may do: one table, and whatever is not in it is denied."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from bot.errors import PermissionDeniedError, StadtdrahtError
from bot.staff.states import Role, StaffLanguage


class Permission(StrEnum):
    """Something that somebody may do."""

    INBOX_READ = "inbox.read"
    INBOX_REPLY = "inbox.reply"
    INBOX_NOTE = "inbox.note"
    INBOX_ASSIGN = "inbox.assign"
    INBOX_CLOSE = "inbox.close"
    INBOX_MODERATE = "inbox.moderate"  # judge what others wrote, hide it on its platform
    UNDERSTANDING_JUDGE = "understanding.judge"  # say what a message meant: training learns it
    TICKETS_READ = "tickets.read"
    TICKETS_CREATE = "tickets.create"
    TICKETS_CHANGE = "tickets.change"
    TICKETS_ROUTE = "tickets.route"  # hand over to another office
    SEARCH = "search"
    STATISTICS_READ = "statistics.read"
    KNOWLEDGE_READ = "knowledge.read"
    TEXTS_EDIT = "texts.edit"
    MARKETS_READ = "markets.read"
    MARKETS_EDIT = "markets.edit"
    ANNOUNCEMENTS_SEND = "announcements.send"
    DELIVERIES_READ = "deliveries.read"
    DELIVERIES_REQUEUE = "deliveries.requeue"
    QUARANTINE_READ = "quarantine.read"
    QUARANTINE_RETRY = "quarantine.retry"
    CHANNELS_READ = "channels.read"
    CHANNELS_PAUSE = "channels.pause"
    CHANNELS_MANAGE = "channels.manage"
    CHANNELS_PERMIT = "channels.permit"  # decide which kinds the city uses at all
    ALARMS_READ = "alarms.read"
    ALARMS_ACKNOWLEDGE = "alarms.acknowledge"
    OFFICES_MANAGE = "offices.manage"
    PRIVACY_EXPORT = "privacy.export"  # Art. 15 GDPR
    PRIVACY_ERASE = "privacy.erase"  # Art. 17 GDPR
    AUDIT_READ = "audit.read"
    USERS_MANAGE = "users.manage"
    SETTINGS_MANAGE = "settings.manage"


class Reach(StrEnum):
    """How far a permission goes."""

    CITY = "city"
    OWN_OFFICE = "own_office"


class UnknownPermissionError(StadtdrahtError):
    """The program asked for a permission that does not exist: a mistake in the program."""

    code = "unknown_permission"
    status = 500


class PasswordChangeRequiredError(PermissionDeniedError):
    """The first password has to be replaced before anything else."""

    code = "password_change_required"


@dataclass(frozen=True, slots=True)
class StaffUser:
    """Who is logged in. A program with an API token has no session and no `csrf`."""

    id: int
    name: str
    role: Role
    office_id: int | None
    language: StaffLanguage
    csrf: str = ""
    session_id: int | None = None
    must_change_password: bool = False


_P = Permission
_READS = (
    _P.INBOX_READ,
    _P.TICKETS_READ,
    _P.SEARCH,
    _P.STATISTICS_READ,
    _P.KNOWLEDGE_READ,
    _P.MARKETS_READ,
)
_MANAGES = (
    *_READS,
    _P.INBOX_REPLY,
    _P.INBOX_NOTE,
    _P.INBOX_ASSIGN,
    _P.INBOX_CLOSE,
    _P.INBOX_MODERATE,
    _P.UNDERSTANDING_JUDGE,
    _P.TICKETS_CREATE,
    _P.TICKETS_CHANGE,
    _P.TICKETS_ROUTE,
    _P.TEXTS_EDIT,
    _P.MARKETS_EDIT,
    _P.ANNOUNCEMENTS_SEND,
    _P.DELIVERIES_READ,
    _P.DELIVERIES_REQUEUE,
    _P.QUARANTINE_READ,
    _P.QUARANTINE_RETRY,
    _P.CHANNELS_READ,
    _P.CHANNELS_PAUSE,
    _P.ALARMS_READ,
    _P.ALARMS_ACKNOWLEDGE,
    _P.PRIVACY_EXPORT,
)
_ADMINISTERS = (
    *_MANAGES,
    _P.CHANNELS_MANAGE,
    _P.CHANNELS_PERMIT,
    _P.OFFICES_MANAGE,
    _P.PRIVACY_ERASE,
    _P.AUDIT_READ,
    _P.USERS_MANAGE,
    _P.SETTINGS_MANAGE,
)


def _everywhere(permissions: tuple[Permission, ...]) -> Mapping[Permission, Reach]:
    return MappingProxyType(dict.fromkeys(permissions, Reach.CITY))


TABLE: Mapping[Role, Mapping[Permission, Reach]] = MappingProxyType(
    {
        Role.ADMIN: _everywhere(_ADMINISTERS),
        Role.MANAGER: _everywhere(_MANAGES),
        Role.VIEWER: _everywhere(_READS),
        Role.OFFICE: MappingProxyType(
            {
                _P.INBOX_READ: Reach.OWN_OFFICE,
                _P.INBOX_REPLY: Reach.OWN_OFFICE,
                _P.INBOX_NOTE: Reach.OWN_OFFICE,
                _P.INBOX_CLOSE: Reach.OWN_OFFICE,
                _P.UNDERSTANDING_JUDGE: Reach.OWN_OFFICE,
                _P.TICKETS_READ: Reach.OWN_OFFICE,
                # At a counter people tell of anything; a company has none, see `desk/access.py`.
                _P.TICKETS_CREATE: Reach.CITY,
                _P.TICKETS_CHANGE: Reach.OWN_OFFICE,
                _P.TICKETS_ROUTE: Reach.OWN_OFFICE,
                _P.SEARCH: Reach.OWN_OFFICE,
                _P.KNOWLEDGE_READ: Reach.CITY,
                _P.MARKETS_READ: Reach.CITY,
                _P.ALARMS_READ: Reach.OWN_OFFICE,  # emergencies, the only ones with an office
                _P.ALARMS_ACKNOWLEDGE: Reach.OWN_OFFICE,
            }
        ),
    }
)


def allows(user: StaffUser, permission: str, *, office_id: int | None = None) -> bool:
    """Whether `user` may do it to something of the office `office_id` (None: of no office).

    Raises `UnknownPermissionError`.
    """
    reach = _reach(user.role, permission)
    if reach is Reach.OWN_OFFICE:
        return office_id is not None and office_id == user.office_id
    return reach is Reach.CITY


def require(user: StaffUser, permission: str, *, office_id: int | None = None) -> None:
    """Let `user` pass, or raise `PermissionDeniedError`.

    Raises `PasswordChangeRequiredError` in a session whose first password still stands, and
    `UnknownPermissionError`.
    """
    _require_own_password(user)
    if not allows(user, permission, office_id=office_id):
        raise PermissionDeniedError(f"The role {user.role} does not allow {permission} here.")


def office_filter(user: StaffUser, permission: str) -> int | None:
    """Return the only office whose things `user` may list, or None for all of the city.

    Lists and searches put it into their query. Raises `PermissionDeniedError` when there is
    nothing that may be listed, `PasswordChangeRequiredError` and `UnknownPermissionError`.
    """
    _require_own_password(user)
    reach = _reach(user.role, permission)
    if reach is Reach.CITY:
        return None
    if reach is Reach.OWN_OFFICE and user.office_id is not None:
        return user.office_id
    raise PermissionDeniedError(f"The role {user.role} does not allow {permission}.")


def _reach(role: Role, permission: str) -> Reach | None:
    try:
        known = Permission(permission)
    except ValueError:
        raise UnknownPermissionError(f"There is no permission {permission!r}.") from None
    return TABLE.get(role, {}).get(known)


def _require_own_password(user: StaffUser) -> None:
    if user.must_change_password and user.session_id is not None:
        raise PasswordChangeRequiredError("Please choose a password of your own first.")
