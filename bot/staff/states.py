"""Roles and languages of the staff."""

from enum import StrEnum


class Role(StrEnum):
    """What somebody is; `bot.staff.permissions` says what that allows."""

    ADMIN = "admin"
    MANAGER = "manager"  # the community manager: everything except accounts
    OFFICE = "office"  # an office's clerk: only what lies with the own office
    VIEWER = "viewer"  # reads, changes nothing


class StaffLanguage(StrEnum):
    """A language of the desk."""

    DE = "de"
    EN = "en"
