"""What an office is, and when a category's tickets may be public."""

from enum import StrEnum


class OfficeKind(StrEnum):
    """A part of the administration, or a company, which never learns who reported."""

    CITY = "city"
    COMPANY = "company"


class Publication(StrEnum):
    """Whether a ticket of a category may stand on the map and in Open311."""

    AFTER_RELEASE = "after_release"
    NEVER = "never"
