"""Roles: the table is the whole truth, everything else is denied."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import PermissionDeniedError
from bot.staff import permissions
from bot.staff.permissions import (
    TABLE,
    PasswordChangeRequiredError,
    Permission,
    Reach,
    StaffUser,
    UnknownPermissionError,
)
from bot.staff.states import Role, StaffLanguage

roles = st.sampled_from(Role)
offices = st.none() | st.integers(1, 4)


def user(
    role: Role,
    office_id: int | None = None,
    *,
    session_id: int | None = 1,
    must_change_password: bool = False,
) -> StaffUser:
    return StaffUser(
        id=1,
        name="Mira",
        role=role,
        office_id=office_id,
        language=StaffLanguage.DE,
        session_id=session_id,
        must_change_password=must_change_password,
    )


@given(roles, st.sampled_from(Permission), offices, offices)
def test_whatever_the_table_does_not_say_is_denied(
    role: Role, permission: Permission, own: int | None, asked: int | None
) -> None:
    reach = TABLE[role].get(permission)
    may = reach is Reach.CITY or (reach is Reach.OWN_OFFICE and asked is not None and asked == own)
    person = user(role, own)

    assert permissions.allows(person, permission, office_id=asked) is may
    if may:
        permissions.require(person, permission.value, office_id=asked)
    else:
        with pytest.raises(PermissionDeniedError):
            permissions.require(person, permission, office_id=asked)


@given(roles, st.text())
def test_an_unknown_permission_is_a_mistake_of_the_program(role: Role, name: str) -> None:
    if name in set(Permission):
        return
    with pytest.raises(UnknownPermissionError):
        permissions.require(user(role), name)
    with pytest.raises(UnknownPermissionError):
        permissions.office_filter(user(role), name)


@given(roles, st.sampled_from(Permission), offices)
def test_a_list_shows_no_more_than_each_item_would_allow(
    role: Role, permission: Permission, own: int | None
) -> None:
    person = user(role, own)
    try:
        only = permissions.office_filter(person, permission)
    except PermissionDeniedError:
        assert not any(
            permissions.allows(person, permission, office_id=office)
            for office in (None, 1, 2, 3, 4)
        )
        return
    for office in (None, 1, 2, 3, 4):
        listed = only is None or office == only
        assert listed is permissions.allows(person, permission, office_id=office)


def test_each_role_is_what_its_name_says() -> None:
    clerk = user(Role.OFFICE, 3)
    assert set(TABLE) == set(Role)
    assert set(TABLE[Role.ADMIN]) == set(Permission)
    assert permissions.allows(clerk, "inbox.reply", office_id=3)
    assert not permissions.allows(clerk, "inbox.reply", office_id=4)
    assert not permissions.allows(clerk, "inbox.read")
    assert not permissions.allows(clerk, "inbox.assign", office_id=3)
    assert permissions.office_filter(clerk, "tickets.read") == 3
    assert permissions.office_filter(user(Role.VIEWER), "tickets.read") is None
    writes = {name for name in Permission if not name.endswith((".read", "search"))}
    assert not writes & set(TABLE[Role.VIEWER])
    for name in (
        "users.manage",
        "audit.read",
        "privacy.erase",
        "settings.manage",
        "channels.permit",
    ):
        assert [role for role in Role if Permission(name) in TABLE[role]] == [Role.ADMIN]


def test_a_first_password_opens_nothing_but_its_own_change() -> None:
    fresh = user(Role.ADMIN, must_change_password=True)
    with pytest.raises(PasswordChangeRequiredError):
        permissions.require(fresh, "inbox.read")
    with pytest.raises(PasswordChangeRequiredError):
        permissions.office_filter(fresh, "inbox.read")
    program = user(Role.ADMIN, must_change_password=True, session_id=None)
    permissions.require(program, "inbox.read")
